"""Declare each field of a record once, for reading it into a column and for building a body from that column.

"country_code_iso_3166": Field(Text(), "country_code", raw="country", writable=True)
"billing.city": Field(Text(), "city")

wires          field -> its type on the wire
raw_names      column before it is normalised -> field
published      column of the table -> path of the field
written        writable field -> column that it is built from
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from etl.systems.declare.reading import Object, Wire

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Field:
    """One field of a record: its type on the wire, the column it fills, and whether it can be written.

    `raw` is the column's name before it is normalised, where that differs. A field without a column is kept in `extra`.
    `read` makes the text for the column of the field's own, and null where it knows none: the field then stays in
    `extra`. `write` makes the field's value of the column's, and None where it is not to be sent.
    """

    wire: Wire
    column: str | None = None
    raw: str | None = None
    writable: bool = False
    read: Callable[[pl.Expr], pl.Expr] | None = None
    write: Callable[[Any], Any] | None = None


Fields = Mapping[str, Field]
"""Fields by their names; that of a field in an object has the object's in front: `address.city`."""


@dataclass(frozen=True)
class Children:
    """A list in a record of which each object becomes a row of another table: the list's name, and its fields."""

    name: str
    fields: Fields


def wires(fields: Fields) -> dict[str, Wire]:
    """Return the wire schema of a record."""
    found: dict[str, Wire] = {}
    objects: dict[str, dict[str, Field]] = {}
    for path, field in fields.items():
        name, dot, inner = path.partition(".")
        if dot:
            objects.setdefault(name, {})[inner] = field
            found[name] = Object({})
        else:
            found[name] = field.wire
    return {**found, **{name: Object(wires(inner)) for name, inner in objects.items()}}


def raw_names(fields: Fields) -> dict[str, str]:
    """Map each raw column, before it is normalised, to its field. Raises ValueError for a column of two fields."""
    return _by_column((field.raw or field.column, name) for name, field in fields.items() if field.column)


def published(fields: Fields, prefix: str = "") -> dict[str, str]:
    """Map each column of a table to its field's path, for descriptions: a prefix such as `Locaties[].` and its name.

    Raises ValueError for a column of two fields.
    """
    return _by_column((field.column, f"{prefix}{name}") for name, field in fields.items() if field.column)


def _by_column(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column, name in pairs:
        if column in found:
            raise ValueError(f"the fields {found[column]} and {name} are both for the column {column}")
        found[column] = name
    return found


def written(fields: Fields) -> dict[str, str]:
    """Map each writable field to the column that it is built from."""
    return {name: field.column for name, field in fields.items() if field.column and field.writable}


def read_only(fields: Fields) -> frozenset[str]:
    """Return the fields that cannot be written."""
    return frozenset(name for name, field in fields.items() if not field.writable)
