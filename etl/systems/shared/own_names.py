"""Look up the systems' own names of fields: those behind a column, and those that only a server writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from etl.systems import SYSTEMS
from etl.systems.declare import Stream


def _streams(systems: tuple[str, ...]) -> Iterator[Stream]:
    return (stream for system in systems for stream in SYSTEMS[system].streams)


def _bare(names: str) -> Iterator[str]:
    """Yield the field names of `SubContact[].phone, Contact.fax`, without their objects."""
    return (name.rpartition(".")[2] for name in names.split(", "))


def own_names(table: str, *columns: str) -> tuple[str, ...]:
    """List the fields that any system maps to these columns of a table."""
    return _own_names(tuple(SYSTEMS.loaded), table, columns)


@cache
def _own_names(systems: tuple[str, ...], table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    behind = (stream.names.get(table, {}).get(column) for stream in _streams(systems) for column in columns)
    return tuple(dict.fromkeys(name for names in behind if names for name in _bare(names)))


def columns_of(system: str, table: str) -> Mapping[str, tuple[str, ...]]:
    """Map a system's fields to the columns of a table that they fill; empty for an unknown system."""
    return _columns_of(system, table) if system in SYSTEMS else {}


@cache
def _columns_of(system: str, table: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for stream in SYSTEMS[system].streams:
        for column, names in stream.names.get(table, {}).items():
            for bare in _bare(names):
                found[bare] = (*found.get(bare, ()), column)
    return found


def lists_of(system: str, table: str) -> frozenset[str]:
    """Return the lists in a system's records that columns of a table are taken from; empty for an unknown system."""
    return _lists_of(system, table) if system in SYSTEMS else frozenset()


@cache
def _lists_of(system: str, table: str) -> frozenset[str]:
    behind = (names for stream in SYSTEMS[system].streams for names in stream.names.get(table, {}).values())
    every = (name for names in behind for name in names.split(", "))
    return frozenset(name.partition("[")[0] for name in every if "[" in name)


def server_made() -> frozenset[str]:
    """Return the fields of a record itself that only a server writes, in any system."""
    return _server_made(tuple(SYSTEMS.loaded))


@cache
def _server_made(systems: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(stream.server_made.get(stream.tables[0], ()) for stream in _streams(systems)))


def server_made_in_children() -> frozenset[str]:
    """Return those of a record and of its child tables."""
    return _server_made_in_children(tuple(SYSTEMS.loaded))


@cache
def _server_made_in_children(systems: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(fields for stream in _streams(systems) for fields in stream.server_made.values()))
