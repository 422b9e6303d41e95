"""The target's own list, read in pieces: of any size, and whole although rows come, change and go meanwhile.

Pages by offset are asked for with the last row of the page before: where it is not there, rows were taken away, and
the walk goes back until a page holds a row of the one before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson

from etl.clock import SystemClock
from etl.decompress import BadEncoding, Inflate, TooLarge
from etl.errors import ProtocolBroken, RemoteRefused, TryLater
from etl.extract.request import asked_wait_s, error_body, first_parameters, is_nothing, path_of
from etl.http.answer import AGAIN, Bounds, Incoming, too_large, whole
from etl.http.client import Client
from etl.http.judge import Repeatable, judge
from etl.page import Cutter, pointer
from etl.push.reading import id_of
from etl.systems.declare import IdAfter, NextOffset, Stream
from etl.targets.declare import Record

Use: TypeAlias = Callable[[list[Record]], None]
LIST = Bounds(max_bytes=64 << 30, total_s=6 * 3600)
STEPS_BACK = 50


@dataclass
class _Page:
    """What a walk needs of a page; `ids` only where its rows are found again by them."""

    envelope: Any = None
    rows: int = 0
    highest: int = 0
    ids: list[str] = field(default_factory=list)


async def read_list(client: Client, stream: Stream, parameters: Mapping[str, str], use: Use) -> None:
    """Every record to `use`, some of them perhaps more than once. Raises what the client raises, ProtocolBroken
    where the paging cannot be right."""
    asked = {**first_parameters(stream, client.account, None), **parameters}
    match stream.paging:
        case NextOffset():
            await _Offsets(client, stream, stream.paging, use).walk(asked)
        case IdAfter(parameter):
            await _after_ids(client, stream, parameter, asked, use)
        case _:
            await _read(client, stream, asked, use)


async def _after_ids(client: Client, stream: Stream, parameter: str, asked: Mapping[str, str], use: Use) -> None:
    last = asked.get(parameter)
    while True:
        page = await _read(client, stream, {**asked, **({parameter: last} if last else {})}, use)
        if not page.rows or str(page.highest) == last:
            return
        if last is not None and page.highest < int(last):
            raise ProtocolBroken(f"{client.account.name}.{stream.name}: the list does not advance.")
        last = str(page.highest)


class _Offsets:
    """A walk by offset, one page after another."""

    def __init__(self, client: Client, stream: Stream, paging: NextOffset, use: Use) -> None:
        self._client, self._stream, self._paging, self._use = client, stream, paging, use
        self._where = f"{client.account.name}.{stream.name}"
        self._exact, self._overlap, self._back, self._steps = 0, True, False, 0

    async def walk(self, asked: Mapping[str, str]) -> None:
        offset, stride, tail = 0, 0, list[str]()
        while True:
            page = await self._page(asked, offset)
            named = _offset(pointer(page.envelope, self._paging.pointer), self._where) if page and page.rows else None
            if page is None or (offset < self._exact and named is not None and named <= self._exact and not self._back):
                self._overlap, offset = False, self._exact
            elif self._is_gap(page, offset, tail):
                offset = self._further_back(offset, stride)
            elif named is None:
                return
            else:
                if named <= offset:
                    raise ProtocolBroken(f"{self._where}: the next page is one that was already given.")
                stride, tail, self._back, self._exact = named - offset, page.ids, False, named
                offset = named - 1 if self._overlap and stride > 1 else named

    async def _page(self, asked: Mapping[str, str], offset: int) -> _Page | None:
        """None where the server refuses an offset that it did not name itself."""
        parameters = {**asked, **({self._paging.parameter: str(offset)} if offset else {})}
        try:
            return await _read(self._client, self._stream, parameters, self._use, ids=True)
        except RemoteRefused:
            if offset >= self._exact:
                raise
            return None

    def _is_gap(self, page: _Page, offset: int, tail: list[str]) -> bool:
        """Whether rows may have slid past between the page before and this one."""
        if not offset or not tail or offset >= self._exact:
            return False
        return set(tail if self._back else tail[-1:]).isdisjoint(page.ids)

    def _further_back(self, offset: int, stride: int) -> int:
        self._back, self._steps = True, self._steps + 1
        if self._steps > STEPS_BACK:
            raise TryLater(f"{self._where}: the rows move faster than they can be read.", remedy=AGAIN)
        return max(0, offset - stride)


def _offset(named: Any, where: str) -> int | None:
    if named is None:
        return None
    if not str(named).isascii() or not str(named).isdigit() or len(str(named)) > 18:
        raise ProtocolBroken(f"{where}: the next offset is no number.")
    return int(named)


async def _read(client: Client, stream: Stream, parameters: Mapping[str, str], use: Use, *, ids: bool = False) -> _Page:
    """One answer, its records handed on as they come, anew where an attempt breaks off."""
    where = f"{client.account.name}.{stream.name}"

    async def take(incoming: Incoming) -> _Page:
        if incoming.status != 200:
            await _judge(client, stream, incoming, where)
            return _Page()
        return await _arrive(client, stream, incoming, use, ids=ids)

    return await client.receive(path_of(client.account, stream.path), parameters, take, where=where, bounds=LIST)


async def _judge(client: Client, stream: Stream, incoming: Incoming, where: str) -> None:
    """Return where the server says that there is nothing."""
    response = await whole(incoming, SystemClock().now, Bounds(), where)
    body = error_body(response)
    if not is_nothing(client.account, stream, response.status, body):
        judge(client.account.declaration, response.status, body, where, retry_after_s=asked_wait_s(response))
        raise ProtocolBroken(f"{where}: the server answers {response.status}, which is no list.")


async def _arrive(client: Client, stream: Stream, incoming: Incoming, use: Use, *, ids: bool) -> _Page:
    page, where = _Page(), f"{client.account.name}.{stream.name}"

    def seen(records: list[Record]) -> None:
        keys = [id_of(record, stream) for record in records]
        page.rows += len(records)
        page.highest = max([page.highest, *(int(key) for key in keys if key.isascii() and key.isdigit())])
        page.ids.extend(keys if ids else ())
        use(records)

    with _worth_another_try(where):
        async for records in _taken_apart(client, stream, incoming, page):
            seen(records)
        count = pointer(page.envelope, stream.envelope.count) if stream.envelope.count and page.envelope else None
        if count is not None and str(count) != str(page.rows):
            raise ProtocolBroken(f"{where}: the answer does not hold as many rows as it says.")
    return page


async def _taken_apart(client: Client, stream: Stream, incoming: Incoming, page: _Page) -> AsyncIterator[list[Record]]:
    """The records as they come; the envelope goes into the page at the end."""
    cutter = Cutter(stream.envelope, _records, lambda array: _records(array) or [])
    inflate = Inflate(incoming.encoding, LIST.max_bytes)
    async for raw in incoming.pieces:
        for body in inflate.feed(raw):
            for records in cutter.feed(body):
                yield records
    inflate.finish()
    rest = cutter.finish()
    page.envelope, last = rest.envelope, _records(rest.records)
    if not rest.records and is_nothing(client.account, stream, incoming.status, rest.envelope):
        last = []
    if last is None:
        judge(client.account.declaration, incoming.status, rest.envelope, f"{client.account.name}.{stream.name}")
        raise ProtocolBroken("the answer is not the list that the document describes.")
    yield last


def _records(array: bytes) -> list[Record] | None:
    try:
        found = orjson.loads(array)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, list) and all(isinstance(one, dict) for one in found) else None


@contextmanager
def _worth_another_try(where: str) -> Iterator[None]:
    try:
        yield
    except BadEncoding as error:
        raise Repeatable(TryLater(f"{where}: {error}.", remedy=AGAIN)) from None
    except TooLarge:
        raise too_large(where, LIST) from None
    except ProtocolBroken as error:
        told = error.message if where in error.message else f"{where}: {error.message}"
        raise Repeatable(ProtocolBroken(told)) from None
