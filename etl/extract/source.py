"""One page of a stream: asked for, staged for landing, judged, and parsed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from etl.clock import Clock
from etl.decode import Parsed, parse
from etl.errors import ProtocolBroken
from etl.extract.request import HTML, asked_wait_s, error_body, first_parameters, is_nothing, path_of
from etl.http.answer import Bounds, Response
from etl.http.client import Client
from etl.http.judge import Repeatable, judge
from etl.page import cut, pointer
from etl.settings import Account
from etl.state.landing import Arriving, Landing
from etl.systems.declare import Stream

NO_LIST = "the answer is JSON, but not the list that the document describes."


@dataclass(frozen=True)
class Read:
    """A page that arrived whole and is the list that was asked for; staged, not durable yet.

    `ids` are those of its records in their order, of those that could be read.
    """

    parameters: Mapping[str, str]
    staged: Arriving
    envelope: Any
    parsed: Parsed
    ids: pl.Series
    received_at: datetime
    date: datetime | None

    @property
    def has_misfits(self) -> bool:
        return bool(self.parsed.decoded and self.parsed.decoded.misfits)


@dataclass(frozen=True)
class Source:
    """Where one stream of one account is read from, and where its pages are put."""

    client: Client
    stream: Stream
    landing: Landing
    clock: Clock
    readers: asyncio.Semaphore
    """So many answers are read at once, of all streams together: more than there are cores only costs memory."""

    @property
    def account(self) -> Account:
        return self.client.account

    @property
    def name(self) -> str:
        return f"{self.account.name}.{self.stream.name}"

    @property
    def path(self) -> str:
        return path_of(self.account, self.stream.path)

    def first(self, since: str | None) -> dict[str, str]:
        return first_parameters(self.stream, self.account, since)

    async def page(self, parameters: Mapping[str, str], where: str, *, sent: Callable[[], None] | None = None) -> Read:
        """One page. `where` names it in errors. Raises what the client, the judge and the landing raise."""

        async def read(response: Response) -> Read:
            async with self.readers:
                return await staged(response)

        async def staged(response: Response) -> Read:
            staging = asyncio.ensure_future(asyncio.to_thread(self.judged, response, parameters, where))
            try:
                return await asyncio.shield(staging)
            except asyncio.CancelledError:  # a thread goes on to its end, and what it staged is nobody's
                (outcome,) = await asyncio.gather(staging, return_exceptions=True)
                if isinstance(outcome, Read):
                    outcome.staged.discard()
                raise

        return await self.client.ask(self.path, parameters, read, where=where, bounds=Bounds(), sent=sent)

    def judged(self, response: Response, parameters: Mapping[str, str], where: str) -> Read:
        """An answer as the page it is; it is staged in any case but an error's."""
        if response.status != 200:
            body = error_body(response)
            if not is_nothing(self.account, self.stream, response.status, body):
                judge(self.account.declaration, response.status, body, where, retry_after_s=asked_wait_s(response))
                raise ProtocolBroken(f"{where}: the server answers {response.status}, which is no list.")
            envelope, parsed = None, parse(b"[]", self.stream)
        else:
            envelope, parsed = self._taken_apart(response.body, where)
        staged = self.landing.stage(self.account.name, self.stream.name, response.raw, response.encoding)
        ids = parsed.ids(self.stream)
        return Read(parameters, staged, envelope, parsed, ids, response.received_at, response.date)

    def _taken_apart(self, body: bytes, where: str) -> tuple[Any, Parsed]:
        if HTML.match(body[:200]):
            raise ProtocolBroken(f"{where}: the server sent a web page where JSON was asked for.")
        with worth_another_try(where):
            page = cut(body, self.stream.envelope)
        self.check_envelope(page.envelope, page.records, where)
        with worth_another_try(where):
            parsed = parse(page.records, self.stream)
        self.check_count(page.envelope, parsed.received, where)
        return page.envelope, parsed

    def check_envelope(self, envelope: Any, records: bytes, where: str) -> None:
        """Raises where what stands around the records is an error, or not what the document describes."""
        judge(self.account.declaration, 200, envelope, where)
        if not records or any(pointer(envelope, name) is None for name in self.stream.envelope.required):
            raise ProtocolBroken(f"{where}: {NO_LIST}")

    def check_count(self, envelope: Any, received: int, where: str) -> None:
        """Raises where the answer says that it holds another number of records."""
        counted = self.stream.envelope.count
        said = pointer(envelope, counted) if counted else None
        if said is not None and str(said) != str(received):
            told = said if re.fullmatch(r"\d{1,9}", str(said)) else "another number of"  # any text may stand there
            raise ProtocolBroken(f"{where}: the answer says {told} records, but holds {received}; it is incomplete.")


@contextmanager
def worth_another_try(where: str) -> Iterator[None]:
    """What is no whole JSON may be a line that was cut: it is asked for again before that is believed."""
    try:
        yield
    except ProtocolBroken as broken:
        raise Repeatable(ProtocolBroken(f"{where}: {broken.message[0].lower()}{broken.message[1:]}")) from None
