"""The polars types of records on the wire: every scalar as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from etl.systems.declare import UNKNOWN, Items, Object, Scalars, Wire


def wire_dtype(wire: Wire) -> pl.DataType:
    match wire:
        case Object(inner):
            return pl.Struct({**{k: wire_dtype(v) for k, v in inner.items()}, UNKNOWN: pl.String()})
        case Items(inner):
            return pl.List(wire_dtype(Object(inner)))
        case Scalars():
            return pl.List(pl.String())
        case _:
            return pl.String()


def wire_schema(fields: Mapping[str, Wire]) -> dict[str, pl.DataType]:
    """The schema of a decoded frame: every scalar as text, `_unknown` beside the declared keys."""
    return {**{name: wire_dtype(wire) for name, wire in fields.items()}, UNKNOWN: pl.String()}


def shape(example: Any) -> pl.DataType:
    """The dtype of a JSON shape that is declared as Python types in dicts and lists."""
    if isinstance(example, dict):
        return pl.Struct({name: shape(inner) for name, inner in example.items()})
    if isinstance(example, list):
        return pl.List(shape(example[0]))
    return {str: pl.String(), bool: pl.Boolean(), int: pl.Int64()}[example]
