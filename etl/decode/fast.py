"""Read the bytes of an array into a polars frame in the stream's wire schema, and the records that do not fit.

    array --parse--> frame, count ─┬─ decode_all: proved, many arrays at a time
                                   └─ not proved: carefully, record by record -> frame + misfits

The fast path is polars' own reader with the declared schema, all scalars as text, and a proof by counting that no
key was dropped. Whatever it cannot prove (an unknown key, a value of another type, a lone surrogate, a float as
an id) sends that array down the careful path, which checks every record and sets misfits aside with the reason.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson
import polars as pl

from etl.decode.dtypes import shape, wire_schema
from etl.decode.meant import as_meant, flat
from etl.decode.parent import with_parent
from etl.decode.strict import PATTERNS, Misfit, read_carefully, texts
from etl.errors import ProtocolBroken
from etl.systems.declare import (
    UNKNOWN,
    AnyJson,
    Integer,
    Items,
    Number,
    Object,
    Stream,
    Wire,
)

SUSPICIOUS = r"\\u(?:0000|[dD][89a-fA-F])"
"""A NUL, or possibly half of a surrogate pair."""
SPACED = r"[ \t\r\n]:"
"""White space before a colon: a key that would not be counted."""
END = r"[ \t\r\n]*[,}\]]"
"""What follows a number."""
NOTHING = rf"-0{END}"
"""-0, or a text that looks like it."""
FLOAT = rf"[0-9][.eE][0-9+-][0-9.eE+-]*{END}"
"""A number that polars may spell differently: 1e3, 1.10. Every such number matches, and some text may, too."""
EXACT = rf"-?[0-9]{{1,9}}\.[0-9]{{1,6}}{END}"
"""A decimal that survives a float unchanged."""
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


@dataclass(frozen=True)
class Parsed:
    """A parsed array of records: `frame` is yet to be proved, or `decoded` was read carefully."""

    records: bytes
    frame: pl.DataFrame
    decoded: Decoded | None = None

    @property
    def received(self) -> int:
        return self.decoded.received if self.decoded else self.frame.height

    def ids(self, stream: Stream) -> pl.Series:
        """The ids of all records, in order, as they came; null where one cannot be read."""
        first, *rest = stream.key.split(".")
        ids = self.frame.get_column(first)
        for name in rest:
            ids = ids.struct.field(name)
        misfits = {misfit.position: misfit.key for misfit in self.decoded.misfits} if self.decoded else {}
        if not misfits:
            return ids
        fits = iter(ids)
        return pl.Series([misfits[n] if n in misfits else next(fits) for n in range(self.received)], dtype=pl.String())

    def contents(self) -> Iterator[int]:
        """A number for each record, by which those that are equal can be told."""
        return map(hash, texts(self.records))


def parse(records: bytes, stream: Stream, parent: str | None = None) -> Parsed:
    """Parse an array, which was asked for with that parent. Raises ProtocolBroken if the bytes are not a JSON array."""
    records = with_parent(records, parent)
    parsed = quick(records, stream)
    if parsed is None:
        decoded = _carefully(records, stream)
        return Parsed(records, decoded.frame, decoded)
    return parsed


def quick(records: bytes, stream: Stream, parent: str | None = None) -> Parsed | None:
    """Parse an array with polars, which proves that it is complete; None if polars fails."""
    try:
        records = with_parent(records, parent)
    except ProtocolBroken:
        return None
    if records[1:-1].strip() == b"":
        return Parsed(records, pl.DataFrame(schema=wire_schema(stream.wire))) if records[:1] == b"[" else None
    shapes = _shapes(stream)
    try:
        return Parsed(records, pl.read_json(io.BytesIO(records), schema={**wire_schema(stream.wire), **shapes}))
    except pl.exceptions.PolarsError:
        return None


def decode_all(parts: Sequence[Parsed], stream: Stream) -> list[Decoded]:
    """Prove what was parsed, all at once if possible, else one by one."""
    unproved = [part for part in parts if part.decoded is None]
    proved = _is_proved(unproved, stream)
    shapes = _shapes(stream)

    def decoded(part: Parsed) -> Decoded:
        if part.decoded is not None:
            return part.decoded
        if proved or (len(unproved) > 1 and _is_proved([part], stream)):
            texts = [_json_text(name, dtype) for name, dtype in shapes.items()]
            frame = as_meant(part.frame, stream.wire)
            return Decoded(frame.with_columns(texts) if texts else frame)
        return _carefully(part.records, stream)

    return [decoded(part) for part in parts]


def decode(records: bytes, stream: Stream) -> Decoded:
    """Read an array's records as a frame. Raises ProtocolBroken if the bytes are not a JSON array."""
    return decode_all([parse(records, stream)], stream)[0]


def _carefully(records: bytes, stream: Stream) -> Decoded:
    good, misfits = read_carefully(records, stream.wire, stream.key)
    schema = wire_schema(stream.wire)
    frame = pl.read_json(io.BytesIO(orjson.dumps(good)), schema=schema) if good else pl.DataFrame(schema=schema)
    return Decoded(frame, misfits)


# -- the fast path --------------------------------------------------------------------------------


def _is_proved(parts: Sequence[Parsed], stream: Stream) -> bool:
    """Whether every record was read unchanged."""
    parts = [part for part in parts if part.frame.height]
    if not parts:
        return True
    records = [part.records for part in parts]
    try:
        text = pl.Series(records, dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False  # not UTF-8
    if any(b"\\" in each for each in records) and text.str.contains(SUSPICIOUS).any():
        return False
    frame = pl.concat([part.frame for part in parts])
    return (
        _is_plain(text, stream)
        and _every_key_is_declared(text, list(_leaves(frame)))
        and _every_value_fits(as_meant(frame, stream.wire), stream)
    )


def _is_plain(text: pl.Series, stream: Stream) -> bool:
    """Whether it contains nothing that polars may change: -0, numbers that no float holds.

    Whole numbers are read unchanged, or polars refuses them. Decimals are left to polars under the keys that are
    numbers: those found there are a part of all that are found, so equal counts prove that there are no others.
    """
    if text.str.contains(NOTHING).any():
        return False
    floats = text.str.count_matches(FLOAT).sum()
    names = "|".join(sorted(_numbers(stream.wire)))
    return floats == 0 or floats == text.str.count_matches(f'"(?:{names})":\\s*{EXACT}').sum()


def _shapes(stream: Stream) -> dict[str, pl.DataType]:
    return {name: shape(wire.shape) for name, wire in stream.wire.items() if isinstance(wire, AnyJson) and wire.shape}


def _json_text(name: str, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Struct):
        return pl.when(pl.col(name).is_not_null()).then(pl.col(name).struct.json_encode()).alias(name)
    if isinstance(dtype, pl.List):
        within = pl.struct(pl.col(name).alias("")).struct.json_encode()  # {"":[…]}
        return pl.when(pl.col(name).is_not_null()).then(within.str.slice(4).str.head(-1)).alias(name)
    return pl.col(name).cast(pl.String)


def _leaves(frame: pl.DataFrame) -> Iterator[pl.Series]:
    """Yield every column, and every field of every nested object, over the objects present."""
    for column in frame.iter_columns():
        if column.name == UNKNOWN:
            continue
        yield column
        nested = flat(column)
        if isinstance(nested.dtype, pl.Struct):
            yield from _leaves(nested.struct.unnest())


def _every_key_is_declared(text: pl.Series, leaves: list[pl.Series]) -> bool:
    """Whether the keys on the wire are exactly those that became a value, and declared ones that are null.

    A quote and a colon follow every key if no colon has a space before it; inside a string they can only add to the
    count, and a key that the schema lacks adds to it too. So equality proves that nothing was dropped.
    """
    values = sum(leaf.len() - leaf.null_count() for leaf in leaves)
    with_nulls = "|".join(sorted({re.escape(leaf.name) for leaf in leaves if leaf.null_count()}))
    nulls = text.str.count_matches(f'"(?:{with_nulls})":\\s*null').sum() if with_nulls else 0
    return bool(text.str.count_matches('":').sum() == values + nulls) and not text.str.contains(SPACED).any()


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
    untyped = [name for name, wire in stream.wire.items() if isinstance(wire, AnyJson) and wire.shape is None]
    if any(frame[name].null_count() < frame.height for name in untyped):
        return False  # as text, the JSON types of its values are lost
    return _every_id_is_plain(frame.select(key_of(stream)).to_series()) and all(
        _looks_like(values, kind) for values, kind in _typed(frame, stream.wire)
    )


def _every_id_is_plain(ids: pl.Series) -> bool:
    if ids.null_count() or ids.min() == "":
        return False
    if ids.cast(pl.Int64, strict=False).null_count() == 0 and str(ids.min()) >= "0":  # no sign before any
        return True
    return not (ids.str.contains(ODD_ID) & ~ids.str.contains(PLAIN_ID)).any()


def _looks_like(values: pl.Series, kind: type[Wire]) -> bool:
    """Whether every value present has the form of its type. A cast finds the plain numbers quickly."""
    if kind is Integer and values.cast(pl.Int64, strict=False).null_count() == values.null_count():
        return True
    if kind is Number:
        numbers = values.cast(pl.Float64, strict=False)
        if numbers.null_count() == values.null_count() and numbers.is_finite().all():
            return True
    return not values.str.contains(PATTERNS[kind]).not_().any()


def key_of(stream: Stream) -> pl.Expr:
    """The id of a record in the wire schema, trimmed; it may be in a nested object."""
    first, *rest = stream.key.split(".")
    key = pl.col(first)
    for name in rest:
        key = key.struct.field(name)
    return key.str.strip_chars()


def _typed(frame: pl.DataFrame, fields: Mapping[str, Wire]) -> Iterator[tuple[pl.Series, type[Wire]]]:
    """Yield every scalar column that must have the form of its type."""
    for name, wire in fields.items():
        if isinstance(wire, (Object, Items)):
            yield from _typed(flat(frame[name]).struct.unnest(), wire.fields)
        elif type(wire) in PATTERNS:
            yield frame[name], type(wire)
