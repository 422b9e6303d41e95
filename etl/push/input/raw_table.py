"""Read a user's own table as it came, even if some rows have more fields than its header has names."""

from __future__ import annotations

from pathlib import Path

from etl.tables.read_table import Table, read_own_table

BEYOND = "beyond_the_header"
"""The column that holds a row's fields beyond the header's last name."""


def read_own(path: Path, sheet: str | None = None) -> Table:
    """Read a table as `read_own_table` does; fields beyond the header of a CSV go into the column BEYOND. Raises as
    that does."""
    return read_own_table(path, sheet, BEYOND)
