"""Restore source-specific fields from `extra` when a row returns to a system of its own kind, and list what is lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from etl.systems.declare import Row
from etl.systems.shared.body import is_json
from etl.systems.shared.cells import BLANK, mapping
from etl.systems.shared.own_names import columns_of, server_made, server_made_in_children


def restored_extra(
    row: Row, system: str, given: Mapping[str, Any], *, originals: Collection[str], known: Collection[str]
) -> dict[str, Any]:
    """Fields for the body out of the row's `extra`; none for a row from another system.

    `originals` are text fields whose value no column could take: they go back where nothing is `given`. Fields that
    are not among the `known` ones of the system's records go back as they came, if JSON can say them.
    """
    if row.system != system:
        return {}
    extra = mapping(row.values.get("extra"))
    return {
        name: value
        for name, value in extra.items()
        if (isinstance(value, str) and name in originals and given.get(name) in BLANK)
        or (name not in known and name.isidentifier() and is_json({name: value}))
    }


def lost_extra(row: Row, table: str, body: Mapping[str, Any]) -> set[str]:
    """`table.extra`, if something of it is lost.

    The original of a value whose column is filled is no loss, nor is one that stands in a row of a child table, nor
    what the source's server makes by itself.
    """
    columns = columns_of(row.system, table)
    for name, value in mapping(row.values.get("extra")).items():
        if not value or name in body or name in server_made() or "." in name:
            continue
        if all(row.values.get(column) in BLANK for column in columns.get(name, ("",))):
            return {f"{table}.extra"}
    return set()


def lost_extra_of_children(row: Row) -> set[str]:
    """`table.extra` of the child tables that have something there, but for what a server makes by itself."""
    return {
        f"{table}.extra"
        for table, children in row.children.items()
        for values in children
        for name, value in mapping(values.get("extra")).items()
        if value and name not in server_made_in_children() and _nowhere(row, table, values, name)
    }


def _nowhere(row: Row, table: str, values: Mapping[str, Any], name: str) -> bool:
    """Whether no column of that row of a child table says what the field does."""
    return all(values.get(column) in BLANK for column in columns_of(row.system, table).get(name, ()))
