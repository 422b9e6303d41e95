"""Read a user's own table as it came, even if some rows have more fields than its header has names."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from etl.push.input.spreadsheet import FALSE_WORDS, TRUE_WORDS
from etl.records import kinds
from etl.tables.read_table import Table, read_own_table

BEYOND = "beyond_the_header"
"""The column that holds a row's fields beyond the header's last name."""
COMMA = r"^(-?[0-9]+),([0-9]+(?:[eE][+-]?[0-9]+)?)$"
"""A number with a decimal comma."""


def read_own(path: Path, sheet: str | None = None) -> Table:
    """Read a table as `read_own_table` does; fields beyond the header of a CSV go into the column BEYOND. Raises as
    that does."""
    return read_own_table(path, sheet, BEYOND)


def as_typed(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return the texts of a table of ours as they were before a spreadsheet wrote them in its language: `WAAR` is true,
    `7,25` a number."""
    names = {name: kind for name, kind in kinds(table).items() if frame.schema.get(name) == pl.String}
    return frame.with_columns(
        *(
            pl.col(name).str.replace(COMMA, "$1.$2")
            for name, kind in names.items()
            if kind.startswith(("float", "decimal"))
        ),
        *(
            pl.col(name).str.replace(f"(?i)^(?:{TRUE_WORDS})$", "true").str.replace(f"(?i)^(?:{FALSE_WORDS})$", "false")
            for name, kind in names.items()
            if kind == "bool"
        ),
    )
