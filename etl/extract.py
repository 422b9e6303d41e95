"""One stream of one account, page by page: fetch, land, judge, decode, journal.

    parameters -> GET -> landed file (durable) -> judged and decoded -> the journal moves to the next parameters

A page counts only when it is landed, whole, and told apart from an error. Raises ProtocolBroken where the paging
cannot be right: a cursor that repeats or goes back, an empty page with a next; the cursor then stays where it was.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from etl.clock import Clock
from etl.decode import Decoded, cut, decode, pointer
from etl.errors import ProtocolBroken
from etl.http.answer import Bounds, Response
from etl.http.client import Client
from etl.http.judge import Repeatable, judge
from etl.http.retry import retry_after_s
from etl.settings import Account
from etl.state.journal import Extraction, Journal, LandedPage
from etl.state.landing import Landed, Landing
from etl.systems.declare import IdAfter, NextOffset, Stream

WHOLE = Bounds(max_bytes=2 << 30, total_s=3600)
CIRCLE = "The pages before it are kept; --full begins anew."
HTML = re.compile(rb"\s*<(?:!doctype|html|\?xml|head|body)", re.IGNORECASE)


@dataclass(frozen=True)
class Fetched:
    """A page just landed: its journal entry, and its records while they are at hand."""

    page: LandedPage
    decoded: Decoded


@dataclass(frozen=True)
class _Read:
    response: Response
    landed: Landed
    envelope: Any
    decoded: Decoded


def path_of(account: Account, template: str, record_id: str | None = None) -> str:
    """A declared path with the account's options, and an id, in it."""
    from urllib.parse import quote

    path = template.format(**account.options, id=quote(record_id or "", safe=""))
    return "/" + path.lstrip("/")


def first_parameters(stream: Stream, account: Account, since: str | None) -> dict[str, str]:
    """The parameters of a stream's first page."""
    declared = {
        name.format(**account.options): value.format(**account.options) for name, value in stream.parameters.items()
    }
    return {**declared, **({stream.since: since} if since and stream.since else {})}


async def extract(
    extraction: Extraction,
    landed: Sequence[LandedPage],
    *,
    stream: Stream,
    client: Client,
    landing: Landing,
    journal: Journal,
    clock: Clock,
) -> AsyncIterator[Fetched]:
    """Fetch what an extraction still lacks beyond the pages that landed, journalling as it goes."""
    where = f"{client.account.name}.{stream.name}"
    asked = [dict(page.parameters) for page in landed]
    seen: set[str] = set()
    if isinstance(stream.paging, IdAfter):
        for page in landed:
            body = await asyncio.to_thread(landing.read, page.file)
            seen.update(decode(cut(body, stream.envelope).records or b"[]", stream).keys(stream))
    parameters = extraction.next
    while parameters is not None:
        at = f"{where}, page {len(asked) + 1}"
        read = await _fetch(stream, parameters, client=client, landing=landing, where=at)
        following = _following(stream, parameters, read, seen, at)
        asked.append(dict(parameters))
        if following in asked:
            raise ProtocolBroken(f"{at}: the next page is one that was already given.", remedy=CIRCLE)
        page = LandedPage(
            len(asked) - 1,
            parameters,
            read.landed.file,
            read.landed.size,
            read.decoded.received,
            read.response.received_at,
        )
        date = read.response.date
        await asyncio.to_thread(
            journal.land, extraction.id, page, following=following, server_date=date, now=clock.now()
        )
        yield Fetched(page, read.decoded)
        parameters = following


async def _fetch(
    stream: Stream, parameters: Mapping[str, str], *, client: Client, landing: Landing, where: str
) -> _Read:
    account = client.account

    def land(response: Response) -> Landed:
        return landing.write(account.name, stream.name, response.raw, response.encoding)

    def read_page(response: Response) -> _Read:
        landed = land(response)
        if HTML.match(response.body[:200]):
            raise ProtocolBroken(f"{where}: the server sent a web page where JSON was asked for.")
        with _worth_another_try(where):
            page = cut(response.body, stream.envelope)
        judge(account.declaration, response.status, page.envelope, where)
        if not page.records or any(pointer(page.envelope, name) is None for name in stream.envelope.required):
            raise ProtocolBroken(f"{where}: the answer is JSON, but not the list that the document describes.")
        with _worth_another_try(where):
            decoded = decode(page.records, stream)
        _check_count(stream, page.envelope, decoded, where)
        return _Read(response, landed, page.envelope, decoded)

    async def read(response: Response) -> _Read:
        if response.status == 200:
            return await asyncio.to_thread(read_page, response)
        body = error_body(response)
        if is_nothing(account, stream, response.status, body):
            return _Read(response, await asyncio.to_thread(land, response), None, decode(b"[]", stream))
        judge(account.declaration, response.status, body, where, retry_after_s=asked_wait_s(response))
        raise ProtocolBroken(f"{where}: the server answers {response.status}, which is no list.")

    bounds = Bounds() if isinstance(stream.paging, NextOffset) else WHOLE
    return await client.ask(path_of(account, stream.path), parameters, read, where=where, bounds=bounds)


@contextmanager
def _worth_another_try(where: str) -> Iterator[None]:
    """What is no whole JSON may be a line that was cut: it is asked for again before that is believed."""
    try:
        yield
    except ProtocolBroken as broken:
        raise Repeatable(ProtocolBroken(f"{where}: {broken.message[0].lower()}{broken.message[1:]}")) from None


def error_body(response: Response) -> Any:
    """The JSON of an answer that is no success, or None."""
    try:
        return orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None


def is_nothing(account: Account, stream: Stream, status: int, body: Any) -> bool:
    """Whether this is the answer of a server that has no record, where that is no list."""
    refusal = account.declaration.refusal(body)
    return refusal is not None and (status, refusal.message.strip()) == stream.nothing


def asked_wait_s(response: Response) -> float | None:
    """What a Retry-After header asks for; a date is read against the server's own clock where it tells its time."""
    return retry_after_s(response.headers.get("Retry-After"), response.date or response.received_at)


def _check_count(stream: Stream, envelope: Any, decoded: Decoded, where: str) -> None:
    said = pointer(envelope, stream.envelope.count) if stream.envelope.count else None
    if said is not None and str(said) != str(decoded.received):
        told = said if re.fullmatch(r"\d{1,9}", str(said)) else "another number of"  # any text may stand there
        raise ProtocolBroken(
            f"{where}: the answer says {told} records, but holds {decoded.received}; it is incomplete."
        )


def _following(
    stream: Stream, parameters: Mapping[str, str], read: _Read, seen: set[str], where: str
) -> dict[str, str] | None:
    match stream.paging:
        case NextOffset(parameter, path):
            return _next_offset(parameter, pointer(read.envelope, path), parameters, read.decoded.received, where)
        case IdAfter(parameter):
            ids = set(read.decoded.keys(stream))
            new, numbers = ids - seen, [int(i) for i in ids | seen if re.fullmatch(r"\d{1,18}", i)]
            seen |= ids
            return {**parameters, parameter: str(max(numbers))} if new and numbers else None
        case _:
            return None


def _next_offset(
    parameter: str, following: Any, parameters: Mapping[str, str], count: int, where: str
) -> dict[str, str] | None:
    if following is None:
        return None
    if not re.fullmatch(r"\d{1,18}", str(following)):
        raise ProtocolBroken(f"{where}: the next offset is no number.", remedy=CIRCLE)
    if int(following) <= int(parameters.get(parameter, "0")):
        raise ProtocolBroken(f"{where}: the next offset does not advance.", remedy=CIRCLE)
    if count == 0:
        raise ProtocolBroken(f"{where}: the page is empty, and yet has a next one.", remedy=CIRCLE)
    return {**parameters, parameter: str(following)}
