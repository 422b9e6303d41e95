"""Read the target's own list in pieces: of any size, and complete although rows come, change and go meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from typing import TypeAlias
from zoneinfo import ZoneInfo

import orjson
import polars as pl

from etl.clock import SystemClock
from etl.errors import ProtocolBroken, TryLater
from etl.http.answer import Bounds, Incoming, whole
from etl.http.client import Client
from etl.paginate import PageWindow, Parameters, PlainPage, WalkStart, pager_for, walk
from etl.paginate.check import NO_LIST, ListCheck
from etl.paginate.listing import WHOLE, Listing
from etl.paginate.request import asked, first_parameters, path_of
from etl.push.dispatch.record import id_of
from etl.systems.declare import Record, Stream

Use: TypeAlias = Callable[[list[Record]], None]
NO_IDS = pl.Series(dtype=pl.String())
UNPROVEN = "Nothing is taken for absent because of it, and what was sent is kept: run the same command again later."


async def read_list(client: Client, stream: Stream, parameters: Parameters, use: Use) -> None:
    """Pass every record to `use`, some of them perhaps more than once. Raises what the client raises, ProtocolBroken
    where the paging cannot be right, TryLater where rows move faster than they can be read."""
    first = {**first_parameters(stream, client.account, None), **parameters}
    address = client.account.base_url + path_of(client.account, stream.path)
    today = SystemClock().now().astimezone(ZoneInfo(client.account.timezone)).date()
    pager = pager_for(stream.paging, WalkStart(first, restless=TryLater, address=address, today=today))
    reader = RecordReader(client, stream, use, ids=pager.needs_ids)
    async with aclosing(walk(reader, pager, first, window=PageWindow(1), remedy=UNPROVEN)) as pages:
        async for walked in pages:
            walked.lease.release()


class RecordReader:
    """Reads one page at a time, and passes its records on as they arrive, again from the start if an attempt breaks
    off."""

    def __init__(self, client: Client, stream: Stream, use: Use, *, ids: bool) -> None:
        self._client = client
        self._stream = stream
        self._use = use
        self._ids = ids

    def where(self, number: int) -> str:
        return f"{self._client.account.name}.{self._stream.name}, page {number}"

    def over_fetched(self, page: PlainPage | None, calls: int) -> None:
        self._client.calls.over_fetched += calls * self._stream.weight

    async def page(self, parameters: Parameters, number: int, sent: Callable[[], None]) -> PlainPage:
        """Read one page. Raises what the client and the check raise."""
        client, where = self._client, self.where(number)
        check = ListCheck(client.account.declaration, self._stream, where)

        async def take(incoming: Incoming) -> PlainPage:
            if incoming.status != 200:
                check.must_be_empty_list(await whole(incoming, SystemClock().now, Bounds(), where))
                return PlainPage(None, 0, NO_IDS, headers=incoming.headers)
            return await self._arrive(incoming, check)

        path = path_of(client.account, self._stream.path)
        query, search = asked(self._stream, parameters)
        cost = client.account.declaration.cost(self._stream.path, self._stream.weight)
        return await client.receive(path, query, take, where=where, bounds=WHOLE, sent=sent, cost=cost, search=search)

    async def _arrive(self, incoming: Incoming, check: ListCheck) -> PlainPage:
        listing = Listing(check, incoming, quick=_quick, parse=_parse, size=len)
        ids: list[str] = []
        contents: list[int] = []

        def hand_on(records: list[Record]) -> None:
            if self._ids:
                ids.extend(id_of(record, self._stream) for record in records)
                contents.extend(hash(orjson.dumps(record)) for record in records)
            self._use(records)

        async for raw in incoming.pieces:
            for records in listing.feed(raw):
                hand_on(records)
        hand_on(listing.finish())
        every = pl.Series(ids, dtype=pl.String())
        return PlainPage(listing.envelope, listing.received, every, contents, headers=incoming.headers)


def _quick(array: bytes) -> list[Record] | None:
    try:
        found = orjson.loads(array)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, list) and all(isinstance(one, dict) for one in found) else None


def _parse(array: bytes) -> list[Record]:
    found = _quick(array)
    if found is None:
        raise ProtocolBroken(NO_LIST)
    return found
