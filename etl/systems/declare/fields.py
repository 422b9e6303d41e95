"""A record's fields, each told once: for reading it into columns, and for making a body of columns.

"country_code_iso_3166": Field(Text(), "country_code", raw="country", writable=True)

wires          field -> what stands there on the wire
raw_names      column before it is normalised -> field
published      column of the table -> field, with what stands around it
written        field that can be written -> column that it is made of
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from etl.systems.declare.reading import Wire


@dataclass(frozen=True)
class Field:
    """One field of a record: its form on the wire, the column of the table made of it, and whether it can be written.

    `raw` is the column's name before it is normalised, where that is another one. A field without a column is kept in
    `extra`.
    """

    wire: Wire
    column: str | None = None
    raw: str | None = None
    writable: bool = False


Fields = Mapping[str, Field]


def wires(fields: Fields) -> dict[str, Wire]:
    """The wire schema of a record."""
    return {name: field.wire for name, field in fields.items()}


def raw_names(fields: Fields) -> dict[str, str]:
    """The field behind each column, before it is normalised."""
    return {field.raw or field.column: name for name, field in fields.items() if field.column}


def published(fields: Fields, prefix: str = "") -> dict[str, str]:
    """The field behind each column of a table, for descriptions: its name after a prefix such as `Locaties[].`."""
    return {field.column: f"{prefix}{name}" for name, field in fields.items() if field.column}


def written(fields: Fields) -> dict[str, str]:
    """The column that each writable field is made of."""
    return {name: field.column for name, field in fields.items() if field.column and field.writable}


def read_only(fields: Fields) -> frozenset[str]:
    """The fields that cannot be written."""
    return frozenset(name for name, field in fields.items() if not field.writable)
