"""Bytes of an array -> a polars frame in the stream's wire schema, and the records that do not fit.

    array --parse--> frame, count ─┬─ decode_all: proved, many arrays at a time
                                   └─ where no proof is found: careful, record by record -> frame + misfits

The fast path is polars' own reader with the declared schema, all scalars as text, and a proof by counting that no
key was dropped. Whatever it cannot prove (an unknown key, a value of another type, a lone surrogate, a float as
an id) sends that array down the careful path, which looks at every record and sets misfits aside with their reason.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import polars as pl

from etl.careful import PATTERNS, Misfit, read_carefully
from etl.systems.declare import (
    UNKNOWN,
    AnyJson,
    Items,
    Number,
    Object,
    Scalars,
    Stream,
    Wire,
)

SUSPICIOUS = r"\\u(?:0000|[dD][89a-fA-F])"
"""A NUL, or what may be half of a surrogate pair."""
SPACED = (r"[ \t\r\n]:", r"[0-9][ \t]+[,}\]\r\n]")
"""White space before a colon, or behind a number: what is counted would be missed."""
NOTHING = r"-0[,}\]\r\n]"
"""-0, or a text that looks like it."""
FLOAT = r"[0-9][.eE][0-9+-][0-9.eE+-]*[,}\]\r\n]"
"""A number that polars may spell otherwise than it came: 1e3, 1.10. Each ends so, and some text may, too."""
EXACT = r"-?[0-9]{1,9}\.[0-9]{1,6}[,}\]\r\n]"
"""A decimal that comes through a float as it was."""
ODD_ID = r"^[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?$"
PLAIN_ID = r"^\d{1,36}$"


@dataclass(frozen=True)
class Decoded:
    """`received` records, of which `frame` holds those that fit and `misfits` the others."""

    frame: pl.DataFrame
    misfits: list[Misfit] = field(default_factory=list)

    @property
    def received(self) -> int:
        return self.frame.height + len(self.misfits)

    def keys(self, stream: Stream) -> pl.Series:
        """The records' ids, as exact text."""
        return self.frame.select(key_of(stream).alias("key")).to_series()


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


@dataclass(frozen=True)
class Parsed:
    """An array of records as it was read: `frame` is still to be proved, or `decoded` was read carefully."""

    records: bytes
    frame: pl.DataFrame
    decoded: Decoded | None = None

    @property
    def received(self) -> int:
        return self.decoded.received if self.decoded else self.frame.height


def parse(records: bytes, stream: Stream) -> Parsed:
    """Read an array. Raises ProtocolBroken where the bytes are no JSON array."""
    parsed = quick(records, stream)
    if parsed is None:
        decoded = _carefully(records, stream)
        return Parsed(records, decoded.frame, decoded)
    return parsed


def quick(records: bytes, stream: Stream) -> Parsed | None:
    """The array as polars reads it, which proves that it is a whole one; None where polars does not."""
    if records[1:-1].strip() == b"":
        return Parsed(records, pl.DataFrame(schema=wire_schema(stream.wire))) if records[:1] == b"[" else None
    shapes = _shapes(stream)
    try:
        return Parsed(records, pl.read_json(io.BytesIO(records), schema={**wire_schema(stream.wire), **shapes}))
    except pl.exceptions.PolarsError:
        return None


def decode_all(parts: Sequence[Parsed], stream: Stream) -> list[Decoded]:
    """Prove what was parsed, all at once where that can be done, else one by one."""
    unproved = [part for part in parts if part.decoded is None]
    proved = _is_proved(unproved, stream)

    def told(part: Parsed) -> Decoded:
        if part.decoded is not None:
            return part.decoded
        if proved or (len(unproved) > 1 and _is_proved([part], stream)):
            return Decoded(part.frame.with_columns(_json_text(name, dtype) for name, dtype in _shapes(stream).items()))
        return _carefully(part.records, stream)

    return [told(part) for part in parts]


def decode(records: bytes, stream: Stream) -> Decoded:
    """The array's records as a frame. Raises ProtocolBroken where the bytes are no JSON array."""
    return decode_all([parse(records, stream)], stream)[0]


def _carefully(records: bytes, stream: Stream) -> Decoded:
    good, misfits = read_carefully(records, stream.wire, stream.key)
    schema = wire_schema(stream.wire)
    frame = pl.read_json(io.BytesIO(orjson.dumps(good)), schema=schema) if good else pl.DataFrame(schema=schema)
    return Decoded(frame, misfits)


# -- the fast path --------------------------------------------------------------------------------


def _is_proved(parts: Sequence[Parsed], stream: Stream) -> bool:
    """Whether every record came through as it was."""
    parts = [part for part in parts if part.frame.height]
    if not parts:
        return True
    frame = pl.concat([part.frame for part in parts])
    try:
        text = pl.Series([part.records for part in parts], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False  # not UTF-8
    return (
        _is_plain(text, stream)
        and _every_key_is_declared(text, list(_leaves(frame)))
        and _every_value_fits(frame, stream)
    )


def _is_plain(text: pl.Series, stream: Stream) -> bool:
    """Whether nothing stands in it that polars may change: half surrogates, -0, numbers that no float holds.

    Whole numbers come through as they are, or polars refuses them.
    A decimal is left to polars under the keys that are numbers: each of those found there is one of all that are
    found, so that equal counts prove that there are no others.
    """
    if any(text.str.contains(pattern).any() for pattern in (SUSPICIOUS, *SPACED, NOTHING)):
        return False
    floats = text.str.count_matches(FLOAT).sum()
    names = "|".join(sorted(_numbers(stream.wire)))
    return floats == 0 or floats == text.str.count_matches(f'"(?:{names})":\\s*{EXACT}').sum()


def _shapes(stream: Stream) -> dict[str, pl.DataType]:
    return {name: shape(wire.shape) for name, wire in stream.wire.items() if isinstance(wire, AnyJson) and wire.shape}


def _json_text(name: str, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Struct):
        return pl.when(pl.col(name).is_not_null()).then(pl.col(name).struct.json_encode()).alias(name)
    return pl.col(name).cast(pl.String)


def shape(example: Any) -> pl.DataType:
    """The dtype of a JSON shape given as Python types in dicts and lists."""
    if isinstance(example, dict):
        return pl.Struct({name: shape(inner) for name, inner in example.items()})
    if isinstance(example, list):
        return pl.List(shape(example[0]))
    return {str: pl.String(), bool: pl.Boolean(), int: pl.Int64()}[example]


def _leaves(frame: pl.DataFrame) -> Iterator[pl.Series]:
    """Every column, and every field of every nested object, over the objects that are there."""
    for column in frame.iter_columns():
        if column.name == UNKNOWN:
            continue
        yield column
        nested = column.explode() if isinstance(column.dtype, pl.List) else column
        if isinstance(nested.dtype, pl.Struct):
            yield from _leaves(nested.drop_nulls().struct.unnest())


def _every_key_is_declared(text: pl.Series, leaves: list[pl.Series]) -> bool:
    """Whether the keys on the wire are just those that became a value, and declared ones that are null.

    A quote and a colon stand behind every key where no colon has a space before it; inside a string they can only
    add to the count, and a key that the schema lacks adds to it too. So equality proves that nothing was dropped.
    """
    values = sum(leaf.len() - leaf.null_count() for leaf in leaves)
    with_nulls = "|".join(sorted({re.escape(leaf.name) for leaf in leaves if leaf.null_count()}))
    nulls = text.str.count_matches(f'"(?:{with_nulls})":\\s*null').sum() if with_nulls else 0
    return bool(text.str.count_matches('":').sum() == values + nulls)


def _numbers(fields: Mapping[str, Wire]) -> set[str]:
    """The keys that are numbers wherever they are declared."""
    numbers, others = set(), set()
    for name, wire in fields.items():
        if isinstance(wire, (Object, Items)):
            numbers |= _numbers(wire.fields)
            others |= {inner for inner, kind in wire.fields.items() if not isinstance(kind, Number)}
        (numbers if isinstance(wire, Number) else others).add(name)
    return numbers - others


def _every_value_fits(frame: pl.DataFrame, stream: Stream) -> bool:
    untold = [name for name, wire in stream.wire.items() if isinstance(wire, AnyJson) and wire.shape is None]
    if any(frame[name].null_count() < frame.height for name in untold):
        return False  # as text, the JSON types of its values cannot be told any more
    key = key_of(stream)
    odd = frame.select(
        (key.is_null() | (key == "") | (key.str.contains(ODD_ID) & ~key.str.contains(PLAIN_ID))).any()
    ).item()
    return not odd and all(
        not values.drop_nulls().str.contains(pattern).not_().any() for values, pattern in _typed(frame, stream.wire)
    )


def key_of(stream: Stream) -> pl.Expr:
    """The id of a record in the wire schema, trimmed; it may stand in a nested object."""
    first, *rest = stream.key.split(".")
    key = pl.col(first)
    for name in rest:
        key = key.struct.field(name)
    return key.str.strip_chars()


def _typed(frame: pl.DataFrame, fields: Mapping[str, Wire]) -> Iterator[tuple[pl.Series, str]]:
    """Every scalar that must look like its type, with what it must look like."""
    for name, wire in fields.items():
        column = frame[name]
        if isinstance(wire, (Object, Items)):
            nested = column.explode() if isinstance(wire, Items) else column
            yield from _typed(nested.drop_nulls().struct.unnest(), wire.fields)
        elif type(wire) in PATTERNS:
            yield column, PATTERNS[type(wire)]
