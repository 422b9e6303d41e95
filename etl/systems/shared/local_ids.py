"""Ids that are valid within one account alone: persons, companies, suppliers, groups, materials, places."""

from __future__ import annotations

from typing import Any

from etl.systems.declare import Row
from etl.systems.shared.cells import BLANK, text


def local_id(row: Row, column: str, values: Any = None) -> int | str | None:
    """The id in a cell as the number it is, if it may go: on its way back, or where the user gave it for this target.

    What is no number comes back as its text, for the body to refuse.
    """
    if not may_go(row, column):
        return None
    found = text((row.values if values is None else values).get(column))
    return int(found) if found and found.isascii() and found.isdigit() and len(found) < 19 else found


def may_go(row: Row, column: str) -> bool:
    return row.local or not row.system or column in row.mapped


def lost_ids(row: Row, table: str, *columns: str) -> set[str]:
    """Those of the columns whose ids stay behind, as `table.column`."""
    return {
        f"{table}.{column}"
        for column in columns
        if not may_go(row, column) and any(values.get(column) not in BLANK for values in _rows(row, table))
    }


def _rows(row: Row, table: str) -> Any:
    return row.children.get(table, (row.values,))
