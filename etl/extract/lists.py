"""Read lists of any size in one answer: cut, parse and stage them while they arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import polars as pl

from etl.decode.fast import Parsed, parse, quick
from etl.extract.consumer import PageConsumer
from etl.extract.pages import stage
from etl.extract.source import PageSource, StagedPage
from etl.http.answer import Bounds, Incoming, whole
from etl.paginate import Parameters
from etl.paginate.listing import WHOLE, Listing
from etl.paginate.request import asked
from etl.state.landing import StagedBody

NO_IDS = pl.Series(dtype=pl.String())


class ListReader:
    """Reads one list at a time, and passes its records to `consumer` as they come, anew if an attempt is truncated."""

    def __init__(self, source: PageSource, consumer: PageConsumer, *, ids: bool) -> None:
        self._source = source
        self._consumer = consumer
        self._ids = ids
        self.where = source.where
        self.over_fetched = source.over_fetched

    async def page(self, parameters: Parameters, number: int, sent: Callable[[], None]) -> StagedPage:
        """Fetch one list. Raises what the client, the check and the landing raise."""
        source, where = self._source, self.where(number)
        attempts = 0

        async def take(incoming: Incoming) -> StagedPage:
            nonlocal attempts
            attempts += 1
            if attempts > 1:
                await self._consumer.again()
            if incoming.status != 200:
                response = await whole(incoming, source.clock.now, Bounds(), where)
                return await asyncio.to_thread(stage, source, response, where)
            return await self._arrive(incoming, number)

        query, search = asked(source.stream, parameters)
        return await source.client.receive(
            source.path(parameters), query, take, where=where, bounds=WHOLE, sent=sent, cost=source.cost, search=search
        )

    async def _arrive(self, incoming: Incoming, number: int) -> StagedPage:
        source, received_at = self._source, incoming.received_at
        arriving = source.landing.begin(source.account.name, source.stream.name, incoming.encoding)
        staging = _Staging(source, arriving, incoming, self.where(number))
        ids: list[pl.Series] = []

        async def hand_on(parts: Sequence[Parsed]) -> None:
            ids.extend(part.ids(source.stream) for part in parts if self._ids)
            await self._consumer.parts(number - 1, received_at, parts)

        try:
            async for raw in incoming.pieces:
                if parts := await asyncio.to_thread(staging.feed, raw):
                    await hand_on(parts)
            await hand_on([await asyncio.to_thread(staging.finish)])
        except BaseException:
            arriving.discard()
            raise
        read = staging.listing
        every = pl.concat(ids) if ids else NO_IDS
        return StagedPage(arriving, read.envelope, read.received, every, received_at, incoming.date, incoming.headers)


class _Staging:
    """A list that is arriving: its bytes are staged as they came, and cut into parts."""

    def __init__(self, source: PageSource, arriving: StagedBody, incoming: Incoming, where: str) -> None:
        stream = source.stream
        self._arriving = arriving
        self.listing: Listing[Parsed] = Listing(
            source.check(where),
            incoming,
            quick=lambda array: quick(array, stream),
            parse=lambda array: parse(array, stream),
            size=lambda parsed: parsed.received,
        )

    def feed(self, raw: bytes) -> Sequence[Parsed]:
        self._arriving.feed(raw)
        return self.listing.feed(raw)

    def finish(self) -> Parsed:
        last = self.listing.finish()
        self._arriving.finish()
        return last
