"""Read users' own tables: CSV in any dialect, XLSX, Parquet. Every cell is read as text, blanks as null.

A CSV's encoding (UTF-8 with or without BOM, UTF-16, cp1252) and separator are detected from its bytes.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import polars as pl

from etl.errors import InputOutputError, UsageError

SEPARATORS = (";", ",", "\t", "|")
SAMPLE = 64 << 10


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
    except OSError as error:
        raise InputOutputError(f"{path} cannot be read: {error.strerror or 'it failed'}.") from None
    frame = frame.rename({name: name.strip().lstrip("\ufeff") for name in frame.columns})
    return frame.with_columns(
        pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).alias(name)
        for name, dtype in frame.schema.items()
        if dtype == pl.String
    )


def _read_csv(path: Path) -> pl.DataFrame:
    text = decode_text(path.read_bytes())
    if not text.strip():
        raise UsageError(f"{path} is empty.")
    declared = re.match(r"sep=(.)\r?\n", text)  # Excel's own way to declare it
    text = text[declared.end() :] if declared else text
    separator = declared[1] if declared else find_separator(text[:SAMPLE])
    try:
        return pl.read_csv(io.BytesIO(text.encode()), separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        line = _ragged_line(text, separator)
        where = f"line {line} has more fields than the header" if line else f"it is not CSV ({type(error).__name__})"
        raise UsageError(f"{path}: {where}.", remedy="Save it again as CSV from your spreadsheet.") from None


def decode_text(data: bytes) -> str:
    """Decode UTF-8, UTF-16 with BOM, or what Windows writes (cp1252)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
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


def _ragged_line(text: str, separator: str) -> int | None:
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    header = next(reader, [])
    return next((reader.line_num for row in reader if len(row) > len(header)), None)


def _read_xlsx(path: Path) -> pl.DataFrame:
    import fastexcel

    with path.open("rb"):
        pass
    try:
        book = fastexcel.read_excel(path)
        return book.load_sheet(0, dtypes="string").to_polars() if book.sheet_names else pl.DataFrame()
    except fastexcel.FastExcelError:
        raise UsageError(f"{path} is not a readable XLSX workbook.") from None


def _read_parquet(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except pl.exceptions.PolarsError:
        raise UsageError(f"{path} is not a readable Parquet file.") from None
