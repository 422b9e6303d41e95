"""Read a user's own table as it came, even if some rows have more fields than its header has names."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from etl.regular_file import NotUsable
from etl.tables.headers import clean
from etl.tables.odd_csv import LONGEST_CELL, csv_rows
from etl.tables.read_table import csv_text, read_table
from etl.tables.text_of_csv import CsvText

BEYOND = "beyond_the_header"
"""The column that holds a row's fields beyond the header's last name."""
TEXTS = (".csv", ".tsv", ".txt")


def read_own(path: Path) -> pl.DataFrame:
    """Read a table as `read_table` does; fields beyond the header of a CSV go into the column BEYOND. Raises as that
    does."""
    if path.suffix.lower() not in TEXTS:
        return read_table(path)
    try:
        given = csv_text(path)
    except (OSError, NotUsable):
        return read_table(path)  # it says what is wrong
    if not _has_long_rows(given):
        return read_table(path)
    header, *rows = (row for _, row in csv_rows(given))
    width = len(header)
    columns = {clean(name): [_at(row, n) for row in rows] for n, name in enumerate(header)}
    if len(columns) < width or BEYOND in columns:
        return read_table(path)  # it refuses a header that names a column twice
    return pl.DataFrame(
        {**columns, BEYOND: [" | ".join(row[width:]) or None for row in rows]},
        schema=dict.fromkeys([*columns, BEYOND], pl.String()),
    )


def _rows(given: CsvText) -> Iterator[list[str]]:
    """Iterate over header and rows, without empty lines and without holding them in memory. Raises csv.Error."""
    csv.field_size_limit(LONGEST_CELL)
    lines = io.TextIOWrapper(io.BytesIO(given.text.encode()), "utf-8", newline="")
    return (row for row in csv.reader(lines, delimiter=given.separator) if row)


def _has_long_rows(given: CsvText) -> bool:
    rows = _rows(given)
    try:
        width = len(next(rows, []))
        longer = False
        for row in rows:  # to the end: a file that stops being a CSV further on must not be read as one
            longer = longer or any(row[width:])
    except csv.Error:
        return False
    return longer


def _at(row: list[str], place: int) -> str | None:
    return (row[place] if place < len(row) else "").strip() or None
