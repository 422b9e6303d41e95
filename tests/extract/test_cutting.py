"""Bodies taken apart as they arrive, and undone of their encoding: wherever they break, the records are the same."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import brotli
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.decode import decompress as encodings
from etl.decode import envelope as cutting
from etl.decode.decompress import BadEncoding, Inflate, TooLarge, decompress
from etl.decode.envelope import Cutter, cut
from etl.decode.fast import Parsed, decode_all, parse, quick
from etl.errors import ProtocolBroken
from etl.systems import SYSTEMS
from etl.systems.declare import Envelope, Stream
from tests.support import zstd

BIKES = SYSTEMS["cyclesoftware"].stream("customers")
PARK = SYSTEMS["recras"].stream("contacten")
BOOKS = SYSTEMS["invoicing"].stream("contacts")
BARE, WRAPPED, DEEP = Envelope(), BIKES.envelope, BOOKS.envelope

# -- the cutter ---------------------------------------------------------------------------------------

TRAPS = st.sampled_from(
    ["},{", "}]", "]", '"', "\\", "},", '"customers":[', '\\"},{\\"', "}\\", "],[", "\n", "é", "😀"]
)
WORDS = st.lists(TRAPS | st.text(st.characters(exclude_categories=["Cs"]), max_size=4), max_size=4).map("".join)
VALUES = st.recursive(
    WORDS | st.integers(-(10**9), 10**9) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.lists(st.dictionaries(WORDS, VALUES, max_size=4), max_size=8)
STYLES = st.sampled_from(
    [
        {"separators": (",", ":")},
        {},
        {"indent": 2},
        {"indent": "\t", "ensure_ascii": False},
        {"separators": (" , ", " : "), "ensure_ascii": False},
    ]
)
ENVELOPES: dict[str, tuple[Envelope, Callable[[list[Any]], Any]]] = {
    "bare": (BARE, lambda records: records),
    "customers": (
        WRAPPED,
        lambda records: {
            "error": False,
            "customers": records,
            "pagination": {"count": len(records), "next_offset": None},
        },
    ),
    "contacts": (
        DEEP,
        lambda records: {"response": {"code": 200, "data": {"Contacts": records, "count": len(records)}, "tail": "}]"}},
    ),
}


def pieces(body: bytes, cuts: Sequence[int]) -> Iterator[bytes]:
    """The body broken at these places."""
    at = [0, *sorted(place % (len(body) + 1) for place in cuts), len(body)]
    yield from (body[start:end] for start, end in itertools.pairwise(at))


def strict(array: bytes) -> list[Any]:
    parsed = json.loads(array)
    assert isinstance(parsed, list)
    return parsed


def lenient(array: bytes) -> list[Any] | None:
    try:
        return strict(array)
    except ValueError:
        return None


def told(cutter: Cutter[list[Any]], chunks: Iterator[bytes]) -> tuple[list[Any], Any]:
    records = [record for chunk in chunks for part in cutter.feed(chunk) for record in part]
    page = cutter.finish()
    if not page.records:
        raise ProtocolBroken("No list.")
    return records + strict(page.records), page.envelope


@settings(max_examples=300)
@given(
    name=st.sampled_from(sorted(ENVELOPES)),
    records=RECORDS,
    style=STYLES,
    piece=st.integers(1, 40),
    cuts=st.lists(st.integers(0, 3000), max_size=12),
    seen_quickly=st.booleans(),
)
def test_records_are_the_same_wherever_their_bytes_break(
    name: str, records: list[Any], style: Any, piece: int, cuts: list[int], seen_quickly: bool
) -> None:
    envelope, wrap = ENVELOPES[name]
    body = b"\n" + json.dumps(wrap(records), **style).encode() + b" \n"
    cutter = Cutter(envelope, lenient if seen_quickly else lambda _: None, strict)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "PIECE", piece)
        cutter._enough = piece
        found, around = told(cutter, pieces(body, cuts))
    assert found == records
    whole = cut(body, envelope)
    assert around == whole.envelope
    assert strict(whole.records) == records


@settings(max_examples=60)
@given(
    records=st.lists(st.fixed_dictionaries({"id": st.integers(1, 99), "naam": WORDS}), min_size=1, max_size=12),
    piece=st.integers(1, 60),
    cuts=st.lists(st.integers(0, 3000), max_size=8),
)
def test_what_polars_reads_of_a_piece_is_what_it_reads_of_the_whole(
    records: list[Any], piece: int, cuts: list[int]
) -> None:
    body = json.dumps(records, ensure_ascii=False).encode()
    cutter = Cutter(BARE, lambda array: quick(array, PARK), lambda array: parse(array, PARK))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "PIECE", piece)
        cutter._enough = piece
        parts = [part for chunk in pieces(body, cuts) for part in cutter.feed(chunk)]
        parts.append(parse(cutter.finish().records, PARK))
    assert rows(parts, PARK) == rows([parse(body, PARK)], PARK)
    assert sum(part.received for part in parts) == len(records)


def rows(parts: Sequence[Parsed], stream: Stream) -> tuple[list[Any], list[str]]:
    decoded = decode_all(parts, stream)
    return (
        [row for one in decoded for row in one.frame.rows()],
        [misfit.raw for one in decoded for misfit in one.misfits],
    )


@pytest.mark.parametrize("array", [b"[]", b"[ ]", b"\xef\xbb\xbf[]", b'\xef\xbb\xbf [{"a": 1}]'])
def test_a_list_of_nothing_or_behind_a_byte_order_mark_is_a_list(array: bytes) -> None:
    cutter = Cutter(BARE, lenient, strict)
    assert told(cutter, iter([array]))[0] == strict(array.removeprefix(b"\xef\xbb\xbf"))


@given(st.binary(max_size=60), st.integers(1, 8), st.sampled_from([BARE, WRAPPED, DEEP]))
@example(b'{"customers": [{"a": 1}, {"b": 2}]', 3, WRAPPED)
@example(b'[{"a": 1}, {"b": 2}', 3, BARE)
@example(b'[{"a": 1}, {"b": 2}] [', 3, BARE)
def test_what_is_no_list_is_never_taken_for_one(noise: bytes, piece: int, envelope: Envelope) -> None:
    """Whatever comes: the cutter gives just the records of a body that is JSON, or says that it is none."""
    cutter = Cutter(envelope, lenient, strict)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "PIECE", piece)
        cutter._enough = piece
        try:
            found, _ = told(cutter, iter([noise]))
        except (ProtocolBroken, ValueError):
            return
    assert json.loads(noise.decode("utf-8-sig")) == (found if envelope is BARE else json.loads(noise))


def test_a_record_that_never_ends_is_refused_and_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "LARGEST_RECORD", 4 << 20)
    cutter = Cutter(BARE, lenient, strict)
    with pytest.raises(ProtocolBroken, match="larger than 4 MB"):
        for _ in range(32):
            list(cutter.feed(b'[{"a":"' if not cutter._head and not cutter._waiting else b"x" * (1 << 19)))


def test_records_are_handed_on_before_the_body_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "PIECE", 1 << 10)
    cutter = Cutter(BARE, lenient, strict)
    cutter._enough = 1 << 10
    body = json.dumps([{"id": n, "text": "},{" * 5} for n in range(2_000)]).encode()
    got = most = 0
    for start in range(0, len(body), 700):
        got += sum(len(part) for part in cutter.feed(body[start : start + 700]))
        most = max(most, len(cutter._waiting))
    assert got + len(strict(cutter.finish().records)) == 2_000
    assert got > 1_900 and most < 4 << 10


# -- encodings ----------------------------------------------------------------------------------------

PACKED = {
    "identity": lambda body: body,
    "gzip": lambda body: gzip.compress(body[: len(body) // 2]) + gzip.compress(body[len(body) // 2 :]),
    "br": brotli.compress,
    "zstd": lambda body: zstd.compress(body[: len(body) // 3]) + zstd.compress(body[len(body) // 3 :]),
}


@settings(max_examples=60)
@given(
    body=st.binary(max_size=300) | st.binary(max_size=20).map(lambda some: some * 400),
    cuts=st.lists(st.integers(0, 9_000), max_size=8),
    step=st.sampled_from([1, 7, 100, 1 << 20]),
)
@pytest.mark.parametrize("encoding", PACKED)
def test_a_body_is_undone_wherever_its_bytes_break(encoding: str, body: bytes, cuts: list[int], step: int) -> None:
    raw = PACKED[encoding](body)
    inflate = Inflate(encoding, 1 << 20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encodings, "STEP", step)
        found = b"".join(piece for chunk in pieces(raw, cuts) for piece in inflate.feed(chunk))
        inflate.finish()
    assert found == body == decompress(raw, encoding, 1 << 20)


@settings(max_examples=40)
@given(body=st.binary(min_size=1, max_size=300), cut_off=st.integers(1, 400), cuts=st.lists(st.integers(0, 500)))
@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_a_body_that_breaks_off_is_noticed_wherever_it_does(
    encoding: str, body: bytes, cut_off: int, cuts: list[int]
) -> None:
    raw = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress}[encoding](body)
    raw = raw[: max(len(raw) - cut_off, 0)]
    inflate = Inflate(encoding, 1 << 20)
    with pytest.raises(BadEncoding):
        for chunk in pieces(raw, cuts):
            list(inflate.feed(chunk))
        inflate.finish()


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_a_bomb_is_refused_as_it_unfolds(encoding: str) -> None:
    raw = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress}[encoding](bytes(8 << 20))
    inflate = Inflate(encoding, 3 << 20)
    came = 0
    with pytest.raises(TooLarge):
        for chunk in pieces(raw, [n * 50 for n in range(200)]):
            for piece in inflate.feed(chunk):
                came += len(piece)
                assert len(piece) <= encodings.STEP * 2
    assert came <= 3 << 20
