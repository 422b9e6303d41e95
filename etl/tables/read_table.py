"""Read users' own tables: CSV in any dialect, XLSX, Parquet. Every cell is read as text, blanks as null.

A CSV's encoding (UTF-8 with or without BOM, UTF-16, cp1252) and separator are detected from its bytes. What would take
memory or time without a bound is refused before it is given to native code, or read apart from this process.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import polars as pl

from etl.errors import InputOutputError, UsageError
from etl.regular_file import NotUsable, open_regular, size_text
from etl.tables.headers import clean, distinct
from etl.tables.odd_csv import odd_frame
from etl.tables.read_apart import most_rows, read_apart, unfolds
from etl.tables.text_of_csv import SAMPLE, CsvText, as_csv_text, encoding_of

LARGEST = 2 << 30
"""The largest file, in bytes."""
LONGEST_ROW = 4 << 20
"""The longest row of a CSV, in bytes: more is a quote that is not closed."""
MOST_COLUMNS = 2000
UNFOLDED = 64 << 20
"""A Parquet file is read in this process if its values take no more bytes of memory, by what it says itself."""
VIEW = 16
"""The bytes that a value takes in memory beside its text."""


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
    frame = frame.rename(dict(zip(frame.columns, distinct([clean(name) for name in frame.columns]), strict=True)))
    return frame.with_columns(
        pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).alias(name)
        for name, dtype in frame.schema.items()
        if dtype == pl.String
    )


def refuse_empty(frame: pl.DataFrame, path: Path) -> None:
    """Raise UsageError for a table without a row."""
    if not frame.height:
        raise UsageError(
            f"{path} has a header and no row: {', '.join(frame.columns[:5])}.",
            remedy="Are its rows on another sheet, or its lines not ended?",
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
        given = as_csv_text(file.read())
    if not given.text.strip():
        raise UsageError(f"{path} is empty.")
    check_width(given.text.partition("\n")[0].count(given.separator) + 1, path)
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
    head = file.read(SAMPLE)
    file.seek(0)
    encoding = encoding_of(head)
    if encoding or (b"\r" in head and b"\n" not in head):
        newline = "\n" if "\n" in head.decode(encoding or "latin-1", "replace") else "\r"
        text = io.TextIOWrapper(file, encoding or "latin-1", "replace", newline=newline)
        while found := text.readline(LONGEST_ROW + 1):
            yield len(found), found.count('"') % 2 == 1
        text.detach()
    else:
        while line := file.readline(LONGEST_ROW + 1):
            yield len(line), line.count(b'"') % 2 == 1


def csv_frame(given: CsvText, path: Path) -> pl.DataFrame:
    """Parse a CSV, all columns as text. Raises UsageError."""
    try:
        return pl.read_csv(io.BytesIO(given.text.encode()), separator=given.separator, infer_schema=False)
    except pl.exceptions.PolarsError:
        return odd_frame(given, path)


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
