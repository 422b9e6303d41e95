"""Bytes of a page -> a polars frame in the stream's wire schema, and the records that do not fit.

    page bytes --cut--> envelope + bytes of the array --fast--> frame, when nothing is odd
                                                     \\-careful-> frame + misfits, record by record

The fast path is polars' own reader with the declared schema, all scalars as text, and a proof by counting that no
key was dropped. Whatever it cannot prove (an unknown key, a value of another type, a lone surrogate, a float as
an id) sends that page down the careful path, which looks at every record and sets misfits aside with their reason.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import polars as pl

from etl.careful import PATTERNS, Misfit, read_carefully
from etl.errors import ProtocolBroken
from etl.systems.declare import (
    UNKNOWN,
    AnyJson,
    Envelope,
    Items,
    Number,
    Object,
    Scalars,
    Stream,
    Wire,
)

SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
INEXACT = re.compile(rb'":\s*(-?\d+[.eE][\d.eE+-]*|-0|\d{37})')
"""A number that polars may spell otherwise than it came: 1e3, 1.10, -0, more digits than it holds."""
LONGEST_FLOAT = 16
"""Fifteen digits and a point come through a float as they were."""
WHITE = (b" ", b"\t", b"\n", b"\r")
LONGEST_TAIL = 1 << 16
"""How much an envelope may hold behind its records: bounds the search for their end in a body that breaks off."""
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
class Page:
    """A response body taken apart: what stands around the records, and the bytes of their array."""

    envelope: Any
    records: bytes


def pointer(envelope: Any, path: str) -> Any:
    """The value at a dotted path; None where it is missing."""
    for name in path.split("."):
        if not isinstance(envelope, dict) or name not in envelope:
            return None
        envelope = envelope[name]
    return envelope


def cut(body: bytes, envelope: Envelope) -> Page:
    """Take a body apart. Raises ProtocolBroken where it is not the JSON that the envelope describes.

    The records are not parsed here: that the rest parses with `[]` in their place, and that they parse as an array
    later, proves the cut.
    """
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body or body[:1] not in b"[{":
        raise ProtocolBroken("The response is not JSON." if body else "The response is empty.")
    if not envelope.records:
        if body[:1] != b"[" or body[-1:] != b"]":
            return Page(_parse(body) if body[:1] == b"{" else None, b"")
        return Page(None, body)
    name = re.escape(envelope.records.rpartition(".")[2].encode())
    found = re.search(rb'"' + name + rb'"\s*:\s*\[', body)
    end = len(body)
    first = max(found.end(), end - LONGEST_TAIL) if found else 0
    while found and (end := body.rfind(b"]", first, end)) >= 0:
        rest = body[: found.end()] + body[end:]
        try:
            around = orjson.loads(rest)
        except orjson.JSONDecodeError:
            continue
        if pointer(around, envelope.records) == [] and _is_array(body, found.end() - 1, end + 1):
            return Page(around, body[found.end() - 1 : end + 1])
    return Page(_parse(body), b"")


def _is_array(body: bytes, start: int, end: int) -> bool:
    """Whether a cut is plausible: the bytes before its last bracket end a record, or there are none."""
    inside = body[start + 1 : end - 1].rstrip()
    return not inside or inside[-1:] not in b",:"


def _parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProtocolBroken(
            f"The response is not whole JSON: it breaks off or is malformed at character {error.pos}."
        ) from None


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


def decode(records: bytes, stream: Stream) -> Decoded:
    """The array's records as a frame. Raises ProtocolBroken where the bytes are no JSON array."""
    if records.strip() == b"[]":
        return Decoded(pl.DataFrame(schema=wire_schema(stream.wire)))
    frame = _fast(records, stream)
    if frame is not None:
        return Decoded(frame)
    good, misfits = read_carefully(records, stream.wire, stream.key)
    frame = (
        pl.read_json(io.BytesIO(orjson.dumps(good)), schema=wire_schema(stream.wire))
        if good
        else pl.DataFrame(schema=wire_schema(stream.wire))
    )
    return Decoded(frame, misfits)


# -- the fast path --------------------------------------------------------------------------------


def _fast(records: bytes, stream: Stream) -> pl.DataFrame | None:
    if b"\\u" in records and SUSPICIOUS.search(records):
        return None
    if _inexact(records, _numbers(stream.wire)) or _inexact_list(records, stream.wire):
        return None
    schema = wire_schema(stream.wire)
    shapes = {name: shape(wire.shape) for name, wire in stream.wire.items() if isinstance(wire, AnyJson) and wire.shape}
    try:
        frame = pl.read_json(io.BytesIO(records), schema={**schema, **shapes})
    except pl.exceptions.PolarsError:
        return None
    leaves = list(_leaves(frame))
    if not _every_key_is_declared(records, leaves) or not _every_value_fits(frame, stream):
        return None
    return frame.with_columns(_json_text(name, dtype) for name, dtype in shapes.items())


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


def _every_key_is_declared(records: bytes, leaves: list[pl.Series]) -> bool:
    """Whether the keys on the wire are just those that became a value, and declared ones that are null.

    A quote and a colon stand behind every key where no colon has a space before it; inside a string they can only
    add to the count, and a key that the schema lacks adds to it too. So equality proves that nothing was dropped.
    """
    if any(white in records and white + b":" in records for white in WHITE):
        return False
    values = sum(leaf.len() - leaf.null_count() for leaf in leaves)
    with_nulls = {leaf.name.encode() for leaf in leaves if leaf.null_count()}
    nulls = sum(records.count(b'"%b":null' % name) for name in with_nulls)
    return records.count(b'":') == values + nulls


def _inexact(records: bytes, numbers: set[bytes]) -> bool:
    """Whether such a number stands under another key than those of numbers, whose spelling does not matter, or has
    an exponent or more digits than a float is sure to hold."""
    return any(
        len(m[1]) > LONGEST_FLOAT
        or b"e" in m[1].lower()
        or records[records.rfind(b'"', 0, m.start()) + 1 : m.start()] not in numbers
        for m in INEXACT.finditer(records)
    )


def _numbers(fields: Mapping[str, Wire]) -> set[bytes]:
    """The keys that are numbers wherever they are declared."""
    numbers, others = set(), set()
    for name, wire in fields.items():
        if isinstance(wire, (Object, Items)):
            numbers |= _numbers(wire.fields)
            others |= {inner.encode() for inner, kind in wire.fields.items() if not isinstance(kind, Number)}
        (numbers if isinstance(wire, Number) else others).add(name.encode())
    return numbers - others


def _inexact_list(records: bytes, fields: Mapping[str, Wire]) -> bool:
    """Whether a list of scalars holds a number that polars may spell otherwise."""
    number = rb'"%b":\s*\[[^\]]*?(?<=[\[,\s])(?:-|\d+[.eE]|\d{37})'
    return any(
        (isinstance(wire, Scalars) and re.search(number % re.escape(name.encode()), records) is not None)
        or (isinstance(wire, (Object, Items)) and _inexact_list(records, wire.fields))
        for name, wire in fields.items()
    )


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
