"""Read a user's own table as it came, even if some rows have more fields than its header has names."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from etl.errors import InputOutputError, UsageError
from etl.tables.read_table import SAMPLE, decode_text, find_separator, read_table

BEYOND = "beyond_the_header"
"""The column that holds a row's fields beyond the header's last name."""
TEXTS = (".csv", ".tsv", ".txt")
LONGEST_CELL = 1 << 20


def read_own(path: Path) -> pl.DataFrame:
    """Read a table as `read_table` does; fields beyond the header of a CSV go into the column BEYOND. Raises as that
    does."""
    if path.suffix.lower() not in TEXTS:
        return read_table(path)
    text = _text_of(path)
    if not _has_long_rows(text):
        return read_table(path)
    header, *rows = _rows(text)
    width = len(header)
    columns = {name.strip().lstrip("\ufeff"): [_at(row, n) for row in rows] for n, name in enumerate(header)}
    if len(columns) < width or BEYOND in columns:
        return read_table(path)  # it refuses a header that names a column twice
    return pl.DataFrame(
        {**columns, BEYOND: [" | ".join(row[width:]) or None for row in rows]},
        schema=dict.fromkeys([*columns, BEYOND], pl.String()),
    )


def _text_of(path: Path) -> str:
    try:
        return decode_text(path.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"There is no {path}.") from None
    except OSError as error:
        raise InputOutputError(f"{path} cannot be read: {error.strerror or 'it failed'}.") from None


def _rows(text: str) -> Iterator[list[str]]:
    """Iterate over header and rows, without empty lines and without holding them in memory. Raises csv.Error."""
    csv.field_size_limit(LONGEST_CELL)
    separator = find_separator(text[:SAMPLE])
    if text.startswith("sep=") and len(text) > 5:  # Excel's own way to declare the separator
        separator, text = text[4], text.partition("\n")[2]
    lines = io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8", newline="")
    return (row for row in csv.reader(lines, delimiter=separator) if row)


def _has_long_rows(text: str) -> bool:
    rows = _rows(text)
    try:
        width = len(next(rows, []))
        longer = False
        for row in rows:  # to the end: a file that stops being a CSV further on must not be read as one
            longer = longer or len(row) > width
    except csv.Error:
        return False
    return longer


def _at(row: list[str], place: int) -> str | None:
    return (row[place] if place < len(row) else "").strip() or None
