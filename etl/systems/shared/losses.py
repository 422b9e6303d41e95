"""List the columns of a row that the target cannot store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from etl.systems.declare import Row
from etl.systems.shared.cells import BLANK, flag, text
from etl.systems.shared.extra_back import lost_extra_of_children

INTERNAL = frozenset(
    {
        "account", "system", "stream", "source_id", "issues", "suggestions", "extracted_at", "deleted_at",
        "address_rule", "address_alternative", "position", "duration_minutes", "valid", "extra", "is_organisation",
        "display_name", "active", "is_deleted",
    }
)  # fmt: skip
"""Columns about the row and how we read it: nothing is lost if a target does not store them."""
DERIVED = frozenset({"country_code", "province_code"})
"""Columns of a person or a location that follow from its contact or its postcode."""


def losses(row: Row, table: str, holds: Collection[str], lost: Collection[str] = ()) -> tuple[str, ...]:
    """List, sorted, the filled columns that `holds` lacks, as `table.column`, and those of `lost`."""
    found = set(lost)
    rows: dict[str, list[Mapping[str, Any]]] = {table: [row.values]}
    rows |= {name: list(children) for name, children in row.children.items()}
    for name, values_of_rows in rows.items():
        ignored = INTERNAL if name == table else INTERNAL | DERIVED
        for values in values_of_rows:
            found |= {
                f"{name}.{column}"
                for column, value in values.items()
                if column not in ignored and f"{name}.{column}" not in holds and _is_filled(column, value)
            }
    return tuple(sorted(found | lost_extra_of_children(row)))


def lost_inactive(row: Row) -> set[str]:
    """Return `contacts.active` for an inactive row: a target without such a field shows it as active."""
    return {"contacts.active"} if flag(row.values.get("active")) is False else set()


def _is_filled(column: str, value: Any) -> bool:
    if column == "gender" and value == "unknown":
        return False
    return value not in BLANK and not (isinstance(value, str) and text(value) is None)
