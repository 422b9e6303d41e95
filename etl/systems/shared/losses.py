"""List the columns of a row that the target cannot store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from etl.systems.declare import Row
from etl.systems.shared.cells import BLANK, flag, text
from etl.systems.shared.extra_back import lost_extra_of_children

OURS = frozenset(
    {
        "account", "system", "stream", "source_id", "issues", "suggestions", "extracted_at", "deleted_at",
        "address_rule", "address_alternative", "position", "duration_minutes", "valid", "extra", "is_organisation",
        "display_name", "active", "is_deleted",
    }
)  # fmt: skip
"""Columns that tell of the row and of our reading of it: nothing is lost where a target does not take them."""
DERIVED = frozenset({"country_code", "province_code"})
"""Of a person or a place these follow from its contact or its postcode."""


def losses(row: Row, table: str, holds: Collection[str], lost: Collection[str] = ()) -> tuple[str, ...]:
    """The columns with a value, as `table.column`, that are not among `holds`, and those of `lost`; sorted."""
    found = set(lost)
    rows: dict[str, list[Mapping[str, Any]]] = {table: [row.values]}
    rows |= {name: list(children) for name, children in row.children.items()}
    for name, several in rows.items():
        ours = OURS if name == table else OURS | DERIVED
        for values in several:
            found |= {
                f"{name}.{column}"
                for column, value in values.items()
                if column not in ours and f"{name}.{column}" not in holds and _told(column, value)
            }
    return tuple(sorted(found | lost_extra_of_children(row)))


def lost_inactive(row: Row) -> set[str]:
    """`contacts.active` of a row that is not: a target that cannot say so shows it as any other."""
    return {"contacts.active"} if flag(row.values.get("active")) is False else set()


def _told(column: str, value: Any) -> bool:
    if column == "gender" and value == "unknown":
        return False
    return value not in BLANK and not (isinstance(value, str) and text(value) is None)
