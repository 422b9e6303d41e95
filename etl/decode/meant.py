"""Read what servers write for nothing, and for a list, as what they mean.

    false, "false", "null"     in a text, a number or an object, and "null" in a boolean: nothing
    [], ""                     for an object: nothing
    [], {}                     for a text, a number or a boolean: nothing
    {}, "", false, "null"      for a list: an empty one
    {"1": …, "3": …}           for a list: its values; PHP writes a list with gaps in its numbers so
    {"name": …}                for a list of objects, with a key of theirs: a list of one

`meant` is for one value as parsed, `as_meant` for the scalars of a frame in the wire schema: in a frame no list or
object is left that stands for another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from etl.systems.declare import AnyJson, Boolean, Items, Object, Scalars, Wire

NOTHING = ("false", "null")
NO_BOOLEAN = ("null",)
NO_ITEM = (*NOTHING, "")


def meant(value: Any, wire: Wire) -> Any:
    """What a parsed value means in a declared field; None for nothing."""
    match wire:
        case AnyJson():
            return value
        case Items() | Scalars():
            return _listed(value, wire)
        case Object():
            return None if value in ([], "") or _is_nothing(value, wire) else value
    return None if value in ([], {}) or _is_nothing(value, wire) else value


def _listed(value: Any, wire: Items | Scalars) -> Any:
    if value is False or value in NO_ITEM:
        return []
    if isinstance(value, dict):
        if all(name.isdecimal() for name in value):
            value = [*value.values()]
        elif isinstance(wire, Items) and value.keys() & wire.fields.keys():
            return [value]
    if isinstance(wire, Scalars):
        value = value if isinstance(value, list) else [value]
        return [item for item in value if item is not False and item not in NO_ITEM]
    return value


def _is_nothing(value: Any, wire: Wire) -> bool:
    if isinstance(wire, Boolean):
        return value in NO_BOOLEAN
    return value is False or value in NOTHING


def as_meant(frame: pl.DataFrame, fields: Mapping[str, Wire]) -> pl.DataFrame:
    """The frame with what its scalars mean, null for nothing."""
    told = [name for name, wire in fields.items() if _tells_nothing(frame[name], wire)]
    return frame.with_columns(_meant(pl.col(name), fields[name]) for name in told) if told else frame


def flat(column: pl.Series) -> pl.Series:
    """The objects present in a column of objects or of lists of objects."""
    inner = column.explode() if isinstance(column.dtype, pl.List) else column
    return inner.drop_nulls() if inner.null_count() else inner


def _words(wire: Wire) -> tuple[str, ...]:
    return NO_ITEM if isinstance(wire, Scalars) else NO_BOOLEAN if isinstance(wire, Boolean) else NOTHING


def _tells_nothing(column: pl.Series, wire: Wire) -> bool:
    match wire:
        case AnyJson():
            return False
        case Object(fields) | Items(fields):
            objects = flat(column).struct
            return any(_tells_nothing(objects.field(name), inner) for name, inner in fields.items())
    values = column.explode() if isinstance(wire, Scalars) else column
    return any((values == word).any() for word in _words(wire))


def _meant(column: pl.Expr, wire: Wire) -> pl.Expr:
    match wire:
        case Object(fields):
            return column.struct.with_fields(
                _meant(pl.field(name), inner).alias(name) for name, inner in fields.items()
            )
        case Items(fields):
            return column.list.eval(_meant(pl.element(), Object(fields)))
        case Scalars():
            return column.list.eval(pl.element().filter(~pl.element().is_in(NO_ITEM).fill_null(False)))
        case AnyJson():
            return column
    return pl.when(~column.is_in(_words(wire))).then(column)
