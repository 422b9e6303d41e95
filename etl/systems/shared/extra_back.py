"""Restore source-specific fields from `extra` when a row returns to a system of its own kind, and list what is lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from etl.systems.declare import Row
from etl.systems.shared.body import is_json
from etl.systems.shared.cells import BLANK, mapping
from etl.systems.shared.own_names import columns_of, lists_of, server_made, server_made_in_children


def restored_extra(
    row: Row, system: str, body: Mapping[str, Any], *, originals: Collection[str], declared: Collection[str]
) -> dict[str, Any]:
    """Return fields for the body from the row's `extra`; none for a row from another system.

    `originals` are text fields whose value no column could take: they are restored where the `body` has none. Fields
    that are not `declared` for the system's records are restored as received, if they can be sent as JSON.
    """
    if row.system != system:
        return {}
    extra = mapping(row.values.get("extra"))
    return {
        name: value
        for name, value in extra.items()
        if (isinstance(value, str) and name in originals and body.get(name) in BLANK)
        or (name not in declared and name.isidentifier() and is_json({name: value}))
    }


def lost_extra(row: Row, table: str, body: Mapping[str, Any]) -> set[str]:
    """Return `table.extra` if any of its fields is lost.

    Not lost are the original of a value whose column is filled, a field that a row of a child table holds, and one that
    only the source's server writes.
    """
    columns, lists = columns_of(row.system, table), lists_of(row.system, table)
    for name, value in mapping(row.values.get("extra")).items():
        if not value or name in body or name in server_made() or name.partition(".")[0] in lists:
            continue
        if all(row.values.get(column) in BLANK for column in columns.get(name.rpartition(".")[2], ("",))):
            return {f"{table}.extra"}
    return set()


def lost_extra_of_children(row: Row) -> set[str]:
    """Return `table.extra` of each child table with a value there, other than fields that only a server writes."""
    return {
        f"{table}.extra"
        for table, children in row.children.items()
        for values in children
        for name, value in mapping(values.get("extra")).items()
        if value and name not in server_made_in_children() and _has_no_column(row, table, values, name)
    }


def _has_no_column(row: Row, table: str, values: Mapping[str, Any], name: str) -> bool:
    """Check that no column of that row of a child table holds the field's value."""
    return all(values.get(column) in BLANK for column in columns_of(row.system, table).get(name, ()))
