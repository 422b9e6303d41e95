"""Send ids that are valid within one account only (persons, suppliers, materials, …) back to that account."""

from __future__ import annotations

from typing import Any

from etl.systems.declare import Row
from etl.systems.shared.cells import BLANK, text


def local_id(row: Row, column: str, values: Any = None) -> int | str | None:
    """Return the id in a cell as a number, or None if it may not be sent.

    Text that is not a number is returned as it is, for the body to refuse.
    """
    if not may_send(row, column):
        return None
    found = text((row.values if values is None else values).get(column))
    return int(found) if found and found.isascii() and found.isdigit() and len(found) < 19 else found


def may_send(row: Row, column: str) -> bool:
    """Check whether an id is valid at this target: the row returns to its account, or the user supplied the id."""
    return row.local or not row.system or column in row.mapped


def lost_ids(row: Row, table: str, *columns: str) -> set[str]:
    """List the columns whose ids may not be sent, as `table.column`."""
    return {
        f"{table}.{column}"
        for column in columns
        if not may_send(row, column) and any(values.get(column) not in BLANK for values in _rows(row, table))
    }


def _rows(row: Row, table: str) -> Any:
    return row.children.get(table, (row.values,))
