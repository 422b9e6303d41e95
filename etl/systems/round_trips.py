"""List, for each pair of a stream and a target, the columns that survive a move and those that do not.

A column survives if the value that was sent reads back the same; where the source has none, the target may hold a
default. A row whose value does not fit a column that is listed as surviving (two numbers for one field) reports that
when it is sent. An empty phone number is not sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from etl import records
from etl.systems import SYSTEMS
from etl.systems.declare import Stream, System, Target
from etl.systems.shared.address import has_split_address
from etl.systems.targets import targets_of

_SPLIT = ("street", "house_number", "house_number_postfix", "box", "address_extra")
_DERIVED = {
    "contacts": ("kind", "active", "display_name", "province_code", *_SPLIT),
    "contact_persons": _SPLIT,
    "phone_numbers": ("kind", "valid"),
}
"""Columns derived from others, which therefore have no name of their own in an API."""


def pairs() -> Iterator[tuple[System, Stream, Target]]:
    """Yield each system's default stream of contacts with every target that such a stream reads back."""
    read = [(system, stream) for system in SYSTEMS.loaded.values() if (stream := _stream(system)) is not None]
    written = [target for system, stream in read for target in targets_of(system) if target.stream == stream.name]
    for system, stream in read:
        for target in written:
            yield system, stream, target


def _stream(system: System) -> Stream | None:
    of_contacts = (stream for stream in system.streams if stream.by_default and stream.tables[0] == "contacts")
    return next(of_contacts, None)


def name(system: System, target: Target) -> str:
    return f"{system.id}-{owner(target)}"


def owner(target: Target) -> str:
    """Return the id of the system that a target belongs to."""
    return next(system.id for system in SYSTEMS.loaded.values() if target in targets_of(system))


def filled_columns(stream: Stream, table: str) -> list[str]:
    """List the columns of a table that a stream can fill, in the table's order."""
    filled = {*stream.names.get(table, {}), *_DERIVED[table]}
    if "invoice_address_line" in filled:
        filled |= {f"invoice_{part}" for part in _SPLIT}
    return [column for column in records.fields(table) if column in filled and column != "source_id"]


def surviving_columns(system: System, stream: Stream, target: Target) -> dict[str, list[str]]:
    """List, by table, the columns that read back unchanged."""
    kept = target.keeps | (target.keeps_own if owner(target) == system.id else frozenset())
    kept -= {"contacts.address_line"} if has_split_address(system.id) else set()
    return {
        table: [column for column in filled_columns(stream, table) if f"{table}.{column}" in kept]
        for table in stream.tables
    }


def field_table(system: System, stream: Stream, target: Target) -> dict[str, Any]:
    """Render one pair: each table with the columns that survive and those that do not."""
    kept = surviving_columns(system, stream, target)
    lost = {table: [one for one in filled_columns(stream, table) if one not in kept[table]] for table in stream.tables}
    return {
        "from": f"{system.id}.{stream.name}",
        "to": f"{owner(target)}.{target.name}",
        "tables": {table: {"survives": kept[table], "does_not": lost[table]} for table in stream.tables},
    }


def render() -> dict[str, dict[str, Any]]:
    """Render the field table of every pair, by its name."""
    return {name(system, target): field_table(system, stream, target) for system, stream, target in pairs()}
