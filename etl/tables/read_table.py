"""Read users' own tables: CSV in any dialect, XLSX, Parquet. Every cell is read as text, blanks as null.

A CSV's encoding (UTF-8 with or without BOM, UTF-16, cp1252) and separator are detected from its bytes. What would take
memory or time without a bound is refused before it is given to native code, or read apart from this process.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import polars as pl

from etl.errors import InputOutputError, UsageError
from etl.regular_file import NotUsable, open_regular, size_text
from etl.tables.read_apart import most_rows, read_apart, unfolds

SEPARATORS = (";", ",", "\t", "|")
SAMPLE = 64 << 10
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
LARGEST = 2 << 30
"""The largest file, in bytes."""
LONGEST_ROW = 4 << 20
"""The longest row of a CSV, in bytes: more is a quote that is not closed."""
MOST_COLUMNS = 2000
UNFOLDED = 64 << 20
"""A Parquet file is read in this process if its values take no more bytes of memory, by what it says itself."""
VIEW = 16
"""The bytes that a value takes in memory beside its text."""


class CsvText(NamedTuple):
    """The text of a CSV, without Excel's line that declares the separator."""

    text: str
    separator: str


def read_table(path: Path) -> pl.DataFrame:
    """Read the file's first table, all columns as text. Raises UsageError if it is not a table, InputOutputError."""
    readers = {".csv": _read_csv, ".tsv": _read_csv, ".txt": _read_csv, ".xlsx": _read_xlsx, ".parquet": _read_parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise UsageError(
            f"{path}: the suffix {path.suffix or '(none)'} is not known.", remedy="Use .csv, .xlsx or .parquet."
        )
    try:
        frame = reader(path)
    except FileNotFoundError:
        raise UsageError(f"There is no {path}.") from None
    except NotUsable as unfit:
        raise UsageError(f"{path} is {unfit.reason}.", remedy="Name a file with a table in it.") from None
    except OSError as error:
        raise InputOutputError(f"{path} cannot be read: {error.strerror or 'it failed'}.") from None
    except pl.exceptions.PanicException:
        raise UsageError(f"{path} cannot be read.", remedy="Save it again, from your spreadsheet.") from None
    check_width(frame.width, path)
    frame = frame.rename({name: name.strip().lstrip("\ufeff") for name in frame.columns})
    return frame.with_columns(
        pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).alias(name)
        for name, dtype in frame.schema.items()
        if dtype == pl.String
    )


def check_width(columns: int, path: Path) -> None:
    """Raise UsageError for a table that nobody made by hand."""
    if columns > MOST_COLUMNS:
        raise UsageError(
            f"{path} has {columns:,} columns; at most {MOST_COLUMNS:,} are read.",
            remedy="Keep those with contact data.",
        )


def _read_csv(path: Path) -> pl.DataFrame:
    return csv_frame(csv_text(path), path)


def csv_text(path: Path) -> CsvText:
    """Read a CSV's text. Raises UsageError for one that is empty, or larger in some way than it may be, NotUsable and
    OSError."""
    with open_regular(path, LARGEST) as file:
        _check_rows(file, path)
        file.seek(0)
        text = decode_text(file.read())
    if not text.strip():
        raise UsageError(f"{path} is empty.")
    declared = re.match(r"sep=(.)\r?\n", text)  # Excel's own way to declare it
    text = text[declared.end() :] if declared else text
    given = CsvText(text, declared[1] if declared else find_separator(text[:SAMPLE]))
    header = next(csv.reader(io.StringIO(text[:LONGEST_ROW], newline=""), delimiter=given.separator), [])
    check_width(len(header), path)
    return given


def _check_rows(file: BinaryIO, path: Path) -> None:
    """Raise UsageError for a row that is too long, whether it is one line, or a quoted text of many."""
    row, length, quoted = 1, 0, False
    for line, begins_quote in _lines(file):
        length += line
        if length > LONGEST_ROW:
            raise UsageError(
                f"{path}: row {row:,} is longer than {size_text(LONGEST_ROW)}.", remedy="Is a quote not closed?"
            )
        quoted ^= begins_quote
        if not quoted:
            row, length = row + 1, 0


def _lines(file: BinaryIO) -> Iterator[tuple[int, bool]]:
    """The length of each line, or of as much of it as may be, and whether a quoted text begins or ends in it."""
    if file.read(2) in UTF_16:
        file.seek(0)
        text = io.TextIOWrapper(file, "utf-16", "replace", newline="\n")
        while found := text.readline(LONGEST_ROW + 1):
            yield len(found), found.count('"') % 2 == 1
        text.detach()
    else:
        file.seek(0)
        while line := file.readline(LONGEST_ROW + 1):
            yield len(line), line.count(b'"') % 2 == 1


def csv_frame(given: CsvText, path: Path) -> pl.DataFrame:
    """Parse a CSV, all columns as text. Raises UsageError."""
    try:
        return pl.read_csv(io.BytesIO(given.text.encode()), separator=given.separator, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        line = _ragged_line(given)
        where = f"line {line} has more fields than the header" if line else f"it is not CSV ({type(error).__name__})"
        raise UsageError(f"{path}: {where}.", remedy="Save it again as CSV from your spreadsheet.") from None


def decode_text(data: bytes) -> str:
    """Decode UTF-8, UTF-16 with BOM, or what Windows writes (cp1252)."""
    if data[:2] in UTF_16:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def find_separator(sample: str) -> str:
    """The separator that splits the first lines into the most fields, and the same number in each."""
    lines = sample.splitlines()[:50]
    lines = lines[:-1] if len(lines) > 2 and not sample.endswith("\n") else lines
    scores = {}
    for separator in SEPARATORS:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator) if row]
        consistent = sum(width == widths[0] for width in widths) / len(widths) if widths else 0.0
        scores[separator] = (widths[0] > 1 if widths else False, consistent, widths[0] if widths else 0)
    return max(SEPARATORS, key=lambda separator: scores[separator]) if any(s[0] for s in scores.values()) else ","


def _ragged_line(given: CsvText) -> int | None:
    reader = csv.reader(io.StringIO(given.text), delimiter=given.separator)
    try:
        header = next(reader, [])
        return next((reader.line_num for row in reader if len(row) > len(header)), None)
    except csv.Error:
        return None


def _read_xlsx(path: Path) -> pl.DataFrame:
    with open_regular(path, LARGEST):
        return read_apart(path, "xlsx")


def _read_parquet(path: Path) -> pl.DataFrame:
    """Read a file that says it is small here, and any other apart: what it says may not be true of it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with open_regular(path, LARGEST) as file:
        try:
            about = pq.read_metadata(file)
        except pa.ArrowException:
            raise UsageError(f"{path} is not a readable Parquet file.") from None
        check_width(about.num_columns, path)
        if about.num_rows > most_rows(path.stat().st_size):
            raise unfolds(path, "parquet")
        values = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
        if values + VIEW * about.num_rows * about.num_columns > UNFOLDED:
            return read_apart(path, "parquet")
        file.seek(0)
        try:
            return pl.read_parquet(file)
        except pl.exceptions.PolarsError:
            raise UsageError(f"{path} is not a readable Parquet file.") from None
