"""Take a person out of a landed page: every other record keeps its bytes, and an erased one its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from etl.decode.decompress import BadEncoding
from etl.decode.envelope import cut, with_array
from etl.decode.erased import is_place, place_of
from etl.decode.strict import spans
from etl.errors import ProtocolBroken
from etl.person.json_edit import without
from etl.person.judge import Shape, Verdict, id_of, judge
from etl.person.wanted import Record, Wanted
from etl.systems.declare import Stream


@dataclass(frozen=True)
class PageOf:
    """Whose page it is: account and stream by name, the stream's declaration, and the shop; None if nothing tells."""

    account: str
    stream: Stream
    tenant: str | None


@dataclass(frozen=True)
class Holding:
    """A record of a page that holds the person."""

    start: int
    end: int
    text: str
    verdict: Verdict
    value: Any


def holdings(body: bytes, page: PageOf, wanted: Wanted) -> Iterator[Holding]:
    """Yield the records of a page that hold the person, with their places in its array; learns from them."""
    found = _array(_listed(body, page.stream), page.stream)
    if found is None:
        return
    shape = Shape.of(page.stream)
    for start, end, value in spans(found[1]):
        if is_place(value):
            continue
        record = Record(page.account, page.stream.name, id_of(value, shape))
        verdict = judge(value, shape, wanted, record, page.tenant)
        if verdict:
            yield Holding(start, end, found[1][start:end], verdict, value)


def erased_from(body: bytes, page: PageOf, wanted: Wanted) -> tuple[bytes, int]:
    """Return the page without the person, and in how many of its records they were."""
    held = list(holdings(body, page, wanted))
    body = _listed(body, page.stream) if held else body
    found = _array(body, page.stream)
    if found is None or not held:
        return body, 0
    at, text = found
    pieces, done = list[str](), 0
    for one in held:
        pieces += [text[done : one.start], _rest_of(one, page.stream)]
        done = one.end
    array = "".join([*pieces, text[done:]])
    length = len(text.encode("utf-8", "surrogateescape"))
    return body[:at] + array.encode("utf-8", "surrogateescape") + body[at + length :], len(held)


def _rest_of(held: Holding, stream: Stream) -> str:
    """What stays of a record: its place, or all of it but the person."""
    if held.verdict.theirs:
        return place_of(held.value, stream.key)
    persons = Shape.of(stream).persons
    return without(held.text, persons=persons, places=held.verdict.persons, paths=held.verdict.mentions)


def _listed(body: bytes, stream: Stream) -> bytes:
    return with_array(body, stream.envelope) or body


def _array(body: bytes, stream: Stream) -> tuple[int, str] | None:
    """Where the array of records begins in a body, and its text; None if it has none."""
    try:
        records = cut(body, stream.envelope).records
    except (ProtocolBroken, BadEncoding):
        return None
    if not records:
        return None
    return body.index(records), records.decode("utf-8", "surrogateescape")
