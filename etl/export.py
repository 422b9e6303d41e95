"""One stream of an export: what is landed already, what is still to fetch, and the tables of both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from etl.build import Build, Built
from etl.clock import Clock
from etl.errors import BudgetSpent, EtlError, UsageError
from etl.extract import extract, first_parameters
from etl.http.client import Client
from etl.state.journal import Extraction, LandedPage
from etl.systems.declare import Stream
from etl.workspace import State

LOOK_BACK = timedelta(minutes=10)
"""How far before its cursor an incremental export begins: a row may be committed late with an older time."""


@dataclass(frozen=True)
class Step:
    """How far a stream came: its rows and pages so far, and the pages it had the last time, where it was there."""

    name: str
    rows: int
    pages: int
    expected: int | None
    client: Client


Progress = Callable[[Step], None]


@dataclass(frozen=True, kw_only=True)
class StreamExport:
    """One stream of one account on its way into tables."""

    state: State
    run_id: str
    client: Client
    stream: Stream
    out: Path
    forms: Sequence[str]
    arguments: str
    clock: Clock
    progress: Progress

    async def run(self, since: str | None) -> Built:
        """Everything, or with `since` only what changed, merged into what landed before.

        Raises the errors of the stages; what landed until then is kept and the next run goes on from it.
        """
        journal, landing, account = self.state.journal, self.state.landing, self.client.account
        name = f"{account.name}.{self.stream.name}"
        base = journal.latest_complete(account.name, self.stream.name) if since else []
        extraction = self._extraction(self._cursor(since, base))
        landed = journal.pages(extraction.id)
        build = Build(account, self.stream, self.out, self.forms, read=landing.read)
        try:
            for page in [*self._pages(base if extraction.since else []), *landed]:
                await asyncio.to_thread(build.add, page)
            expected = self.state.history.last_pages(
                account.name, self.stream.name, incremental=extraction.since is not None
            )
            rows, pages = sum(page.records for page in landed), len(landed)
            async for fetched in extract(
                extraction,
                landed,
                stream=self.stream,
                client=self.client,
                landing=landing,
                journal=journal,
                clock=self.clock,
            ):
                await asyncio.to_thread(build.add, fetched.page, fetched.decoded)
                rows, pages = rows + fetched.page.records, pages + 1
                self.progress(Step(name, rows, pages, expected, self.client))
            built = await asyncio.to_thread(build.finish)
        except BudgetSpent as error:
            journal.park([extraction.id], error.resume_at)
            raise
        finally:
            build.discard()
        if built.received != built.written + built.duplicates + built.rejected:
            raise EtlError(f"{name}: the rows do not balance.", remedy="Do not trust this export; please report it.")
        return built

    def _pages(self, extractions: Sequence[Extraction]) -> list[LandedPage]:
        return [page for extraction in extractions for page in self.state.journal.pages(extraction.id)]

    def _cursor(self, since: str | None, base: Sequence[Extraction]) -> str | None:
        """The value of the stream's `since` parameter, in the account's zone; None for the whole stream."""
        zone = self.client.account.timezone
        if since is None or self.stream.since is None:
            return None
        if since != "last":
            return local_time(since, zone)
        dates = [extraction.server_date for extraction in base if extraction.server_date]
        if not dates:
            return None
        return f"{(max(dates) - LOOK_BACK).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"

    def _extraction(self, cursor: str | None) -> Extraction:
        """The unfinished extraction to go on with, or a new one."""
        journal, account, now = self.state.journal, self.client.account, self.clock.now()
        origin = account.base_url
        found = journal.resumable(account.name, self.stream.name, origin=origin, arguments=self.arguments, now=now)
        if found is not None:
            journal.adopt(self.run_id, found)
            return found
        return journal.begin_extraction(
            self.run_id,
            account.name,
            self.stream.name,
            origin=origin,
            arguments=self.arguments,
            since=cursor,
            first=first_parameters(self.stream, account, cursor),
            now=now,
        )


def local_time(value: str, timezone: str) -> str:
    """A time given by a person, as the APIs write one: naive, in the account's zone. Raises UsageError."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise UsageError(
            f"--since {value!r} is no time.",
            remedy="Write 2026-01-31, 2026-01-31T12:00:00 or 2026-01-31T12:00:00Z, or last.",
        ) from None
    return f"{at.astimezone(ZoneInfo(timezone)) if at.tzinfo else at:%Y-%m-%d %H:%M:%S}"
