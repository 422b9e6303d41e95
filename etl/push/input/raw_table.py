"""Read a user's own table as it came, even if some rows have more fields than its header has names."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from etl.tables.headers import clean, distinct
from etl.tables.odd_csv import LongRow, csv_rows
from etl.tables.read_table import read_table

BEYOND = "beyond_the_header"
"""The column that holds a row's fields beyond the header's last name."""


def read_own(path: Path) -> pl.DataFrame:
    """Read a table as `read_table` does; fields beyond the header of a CSV go into the column BEYOND. Raises as that
    does."""
    try:
        return read_table(path)
    except LongRow as long:
        header, *rows = (row for _, row in csv_rows(long.given))
        names = distinct([clean(name) for name in header])
        if BEYOND in names:
            raise
    width = len(header)
    columns = {name: [_at(row, n) for row in rows] for n, name in enumerate(names)}
    return pl.DataFrame(
        {**columns, BEYOND: [" | ".join(row[width:]) or None for row in rows]},
        schema=dict.fromkeys([*names, BEYOND], pl.String()),
    )


def _at(row: list[str], place: int) -> str | None:
    return (row[place] if place < len(row) else "").strip() or None
