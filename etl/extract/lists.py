"""A list that comes whole, in one answer of any size: cut, parsed and staged while it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from etl.decode import Parsed, parse, quick
from etl.decompress import BadEncoding, Inflate, TooLarge
from etl.errors import ProtocolBroken, TryLater
from etl.extract.request import HTML
from etl.extract.source import Source, worth_another_try
from etl.extract.walk import Feed, Walked, Window
from etl.http.answer import AGAIN, Bounds, Incoming, too_large, whole
from etl.http.judge import Repeatable
from etl.page import Cutter
from etl.state.landing import Arriving

WHOLE = Bounds(max_bytes=64 << 30, total_s=6 * 3600)
ERROR = Bounds()


async def walk_list(
    source: Source, parameters: Mapping[str, str], *, feed: Feed, window: Window
) -> AsyncIterator[Walked]:
    """The one page of a stream that has no more."""
    await window.acquire()
    yield await take_list(source, parameters, 0, feed=feed)


async def take_list(
    source: Source,
    parameters: Mapping[str, str],
    position: int,
    *,
    feed: Feed,
    see: Callable[[Parsed], None] = lambda _: None,
) -> Walked:
    """A list as the page at a position. Its records go to `feed` as they come, anew where an attempt breaks off.

    `see` is shown them, too, perhaps more than once.
    """
    where = f"{source.name}, page {position + 1}"
    attempts = 0

    async def hand_on(received_at: datetime, parts: Sequence[Parsed]) -> None:
        for part in parts:
            see(part)
        await feed.parts(position, received_at, parts)

    async def take(incoming: Incoming) -> Walked:
        nonlocal attempts
        attempts += 1
        if attempts > 1:
            await feed.again()
        if incoming.status != 200:
            response = await whole(incoming, source.clock.now, ERROR, where)
            return Walked.of(await asyncio.to_thread(source.judged, response, parameters, where), None)
        return await _arrive(source, incoming, parameters, hand_on, where)

    return await source.client.receive(source.path, parameters, take, where=where, bounds=WHOLE)


async def _arrive(
    source: Source,
    incoming: Incoming,
    parameters: Mapping[str, str],
    hand_on: Callable[[datetime, Sequence[Parsed]], Awaitable[None]],
    where: str,
) -> Walked:
    received_at = source.clock.now()
    arriving = source.landing.begin(source.account.name, source.stream.name, incoming.encoding)
    listing = Listing(source, arriving, incoming.encoding, where)
    try:
        async for raw in incoming.pieces:
            if parts := await asyncio.to_thread(listing.feed, raw):
                await hand_on(received_at, parts)
        await hand_on(received_at, [await asyncio.to_thread(listing.finish)])
    except BaseException:
        arriving.discard()
        raise
    return Walked(parameters, arriving, listing.received, received_at, incoming.date, (), None)


class Listing:
    """A list on its way: what arrives is staged as it came, and cut into parts."""

    def __init__(self, source: Source, arriving: Arriving, encoding: str, where: str) -> None:
        stream = source.stream
        self._source = source
        self._arriving = arriving
        self._where = where
        self._inflate = Inflate(encoding, WHOLE.max_bytes)
        self._cutter = Cutter(stream.envelope, lambda array: quick(array, stream), lambda array: parse(array, stream))
        self._begun = False
        self.received = 0

    def feed(self, raw: bytes) -> Sequence[Parsed]:
        """The parts that these bytes complete. Raises Repeatable, ProtocolBroken, InputOutputError."""
        self._arriving.feed(raw)
        parts: list[Parsed] = []
        try:
            for body in self._inflate.feed(raw):
                self._refuse_html(body)
                with worth_another_try(self._where):
                    parts += self._cutter.feed(body)
        except BadEncoding as error:
            raise Repeatable(TryLater(f"{self._where}: {error}.", remedy=AGAIN)) from None
        except TooLarge:
            raise too_large(self._where, WHOLE) from None
        self.received += sum(part.received for part in parts)
        return parts

    def _refuse_html(self, body: bytes) -> None:
        if not self._begun and HTML.match(body[:200]):
            raise ProtocolBroken(f"{self._where}: the server sent a web page where JSON was asked for.")
        self._begun = True

    def finish(self) -> Parsed:
        """The last part. Raises where the list is not whole, or none."""
        try:
            self._inflate.finish()
        except BadEncoding as error:
            raise Repeatable(TryLater(f"{self._where}: {error}.", remedy=AGAIN)) from None
        with worth_another_try(self._where):
            page = self._cutter.finish()
        self._source.check_envelope(page.envelope, page.records, self._where)
        with worth_another_try(self._where):
            last = parse(page.records, self._source.stream)
        self.received += last.received
        self._source.check_count(page.envelope, self.received, self._where)
        self._arriving.finish()
        return last
