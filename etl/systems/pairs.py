"""What survives a move: for each pair of a stream and a target, the columns that read back as they were.

A value that arrives is read back as the same; where the source has none, the target may have one that was filled in.
Rows with a value that a column promised here cannot take along (two numbers for one field) say so when they are sent.
A phone number that is empty does not go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from etl import records
from etl.systems import SYSTEMS
from etl.systems.declare import Stream, System, Target
from etl.systems.shared.address import keeps_apart
from etl.systems.targets import targets_of

_SPLIT = ("street", "house_number", "house_number_postfix", "box", "address_extra")
_MADE = {
    "contacts": ("kind", "active", "display_name", "province_code", *_SPLIT),
    "contact_persons": _SPLIT,
    "phone_numbers": ("kind", "valid"),
}
"""Columns that are made out of others, and so have no name of their own in an API."""


def pairs() -> Iterator[tuple[System, Stream, Target]]:
    """The stream of contacts that an export takes by itself, of each system, with each target that it reads back."""
    read = [(system, stream) for system in SYSTEMS.values() if (stream := _stream(system)) is not None]
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
    """The system that a target belongs to."""
    return next(system.id for system in SYSTEMS.values() if target in targets_of(system))


def published(stream: Stream, table: str) -> list[str]:
    """The columns of a table in which a stream has anything to say, in the table's order."""
    said = {*stream.names.get(table, {}), *_MADE[table]}
    if "invoice_address_line" in said:
        said |= {f"invoice_{part}" for part in _SPLIT}
    return [column for column in records.fields(table) if column in said and column != "source_id"]


def survives(system: System, stream: Stream, target: Target) -> dict[str, list[str]]:
    """Table to the columns that are read back as they were."""
    kept = target.keeps | (target.keeps_own if owner(target) == system.id else frozenset())
    kept -= {"contacts.address_line"} if keeps_apart(system.id) else set()
    return {
        table: [column for column in published(stream, table) if f"{table}.{column}" in kept] for table in stream.tables
    }


def field_table(system: System, stream: Stream, target: Target) -> dict[str, Any]:
    """The field table of a pair: each table with the columns that survive and those that do not."""
    kept = survives(system, stream, target)
    lost = {table: [one for one in published(stream, table) if one not in kept[table]] for table in stream.tables}
    return {
        "from": f"{system.id}.{stream.name}",
        "to": f"{owner(target)}.{target.name}",
        "tables": {table: {"survives": kept[table], "does_not": lost[table]} for table in stream.tables},
    }


def render() -> dict[str, dict[str, Any]]:
    """The field table of every pair, by its name."""
    return {name(system, target): field_table(system, stream, target) for system, stream, target in pairs()}
