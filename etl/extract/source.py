"""Where one stream of one account is read from, and what a page of it is until it has landed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from etl.clock import Clock
from etl.config.settings import Account
from etl.decode.envelope import cut
from etl.decode.fast import Parsed, parse
from etl.http.client import Client
from etl.paginate import Parameters, PlainPage
from etl.paginate.check import ListCheck
from etl.paginate.request import first_parameters, path_of
from etl.state.journal import LandedPage
from etl.state.landing import Arriving, Landing
from etl.systems.declare import Stream


@dataclass(frozen=True)
class StagedPage:
    """A page that arrived whole and is the list that was asked for; staged, not durable yet.

    `parts` are its records, where they were not handed on yet. `ids` are those of its records in their order, of those
    that could be read.
    """

    staged: Arriving
    envelope: Any
    received: int
    ids: pl.Series
    received_at: datetime
    date: datetime | None
    parts: Sequence[Parsed] = ()

    @property
    def has_misfits(self) -> bool:
        return any(part.decoded and part.decoded.misfits for part in self.parts)


@dataclass(frozen=True)
class PageSource:
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

    def where(self, number: int) -> str:
        """The page of that number, as errors name it."""
        return f"{self.name}, page {number}"

    def check(self, where: str) -> ListCheck:
        return ListCheck(self.account.declaration, self.stream, where)

    def in_vain(self, page: StagedPage | None, calls: int) -> None:
        """Count calls whose page is not used, and let go of the page."""
        self.client.calls.over_fetched += calls
        if page is not None:
            page.staged.discard()


@dataclass(frozen=True)
class EarlierPage:
    """A landed page, for a walk that goes on behind it."""

    page: LandedPage
    source: PageSource

    @property
    def parameters(self) -> Parameters:
        return self.page.parameters

    def read(self) -> PlainPage:
        """Read it from its file. Raises InputOutputError where that is gone or damaged."""
        stream = self.source.stream
        body = cut(self.source.landing.read(self.page.file), stream.envelope)
        parsed = parse(body.records or b"[]", stream)
        misfits = bool(parsed.decoded and parsed.decoded.misfits)
        return PlainPage(body.envelope, self.page.records, parsed.ids(stream), misfits)
