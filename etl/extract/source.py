"""Where a stream of an account is read from, and its pages until they have landed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from etl.clock import Clock
from etl.config.settings import Account
from etl.decode.envelope import cut
from etl.decode.fast import Parsed, parse
from etl.http.answer import is_near
from etl.http.client import Client
from etl.paginate import Parameters, PlainPage
from etl.paginate.check import ListCheck
from etl.paginate.request import first_parameters, path_of
from etl.state.journal import LandedPage
from etl.state.landing import Landing, StagedBody
from etl.systems.declare import PARENT, Cost, Stream


@dataclass(frozen=True)
class StagedPage:
    """A page that arrived complete and is the requested list; staged, not durable yet.

    `parts` are its records, unless they were passed on already. `ids` are theirs, in order, null where unreadable.
    `date` is what the server says is its time.
    """

    staged: StagedBody
    envelope: Any
    received: int
    ids: pl.Series
    received_at: datetime
    date: datetime | None
    headers: Mapping[str, str]
    parts: Sequence[Parsed] = ()

    @property
    def server_time(self) -> datetime | None:
        """The server's time, if it is near enough to our clock to be believed."""
        return self.date if self.date is not None and is_near(self.date, self.received_at) else None

    @cached_property
    def contents(self) -> Sequence[int]:
        return [content for part in self.parts for content in part.contents()]


@dataclass(frozen=True)
class PageSource:
    """Where a stream of an account is read from, and where its pages are landed. It is asked for once for each of
    `parents`, the ids of another stream's records, if it is declared so."""

    client: Client
    stream: Stream
    landing: Landing
    clock: Clock
    readers: asyncio.Semaphore
    """How many answers of all streams are parsed at once: more than there are cores only costs memory."""
    parents: Sequence[str] = ()

    @property
    def account(self) -> Account:
        return self.client.account

    @property
    def name(self) -> str:
        return f"{self.account.name}.{self.stream.name}"

    def path(self, parameters: Parameters) -> str:
        """The path of a page."""
        return path_of(self.account, self.stream.path, parent=parameters.get(PARENT))

    @property
    def address(self) -> str:
        """The list's own URL; `{parent}` stands for an id in it."""
        return self.account.base_url + path_of(self.account, self.stream.path)

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(ZoneInfo(self.account.timezone)).date()

    def first(self, since: str | None) -> dict[str, str]:
        return first_parameters(self.stream, self.account, since)

    def where(self, number: int) -> str:
        """The page of that number, as errors name it."""
        return f"{self.name}, page {number}"

    def check(self, where: str) -> ListCheck:
        return ListCheck(self.account.declaration, self.stream, where)

    @property
    def cost(self) -> Cost:
        return self.account.declaration.cost(self.stream.path, self.stream.weight)

    def over_fetched(self, page: StagedPage | None, calls: int) -> None:
        """Discard a page that is not used, and count the calls that it took."""
        self.client.calls.over_fetched += calls * self.stream.weight
        if page is not None:
            page.staged.discard()


@dataclass(frozen=True)
class EarlierPage:
    """A landed page, for a walk that resumes after it."""

    page: LandedPage
    source: PageSource

    @property
    def parameters(self) -> Parameters:
        return self.page.parameters

    @property
    def received(self) -> int:
        return self.page.records

    def read(self) -> PlainPage:
        """Read it from its file. Raises InputOutputError if that is missing or damaged."""
        stream = self.source.stream
        body = cut(self.source.landing.read(self.page.file), stream.envelope)
        parsed = parse(body.records or b"[]", stream)
        return PlainPage(body.envelope, self.page.records, parsed.ids(stream), list(parsed.contents()))
