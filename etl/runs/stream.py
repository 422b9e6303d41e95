"""Export one stream: resume or begin its extraction, fetch what is missing, and build the tables."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from etl.clock import Clock
from etl.errors import BudgetSpent, UsageError
from etl.extract import LOOK_BACK, PageSource, extract
from etl.http.client import Client
from etl.paginate.landed import unchecked
from etl.paginate.request import earliest, naive
from etl.person.sweep import sweep
from etl.runs.concurrency import together
from etl.runs.cursor import cursor_of, doubt_of
from etl.runs.deletions import Accepted, DeletionFindings, judge_deletions, settle_deletions
from etl.runs.pages import PageBuilder, PageCounter
from etl.runs.parents import first_of_each, left_to_ask, notes_of
from etl.runs.progress import OnProgress
from etl.runs.workspace import StateFolder
from etl.state.journal import Extraction
from etl.systems.declare import PARENT, DateWindows, LimitOffset, NextOffset, NextUrl, PageNumber, Stream
from etl.tables import Build, Built, Plan
from etl.tables.current import take
from etl.tables.dialect import Dialect
from etl.tables.pseudonyms import Pseudonyms

UNCHECKED = (
    "pages could not be checked against each other, for the server gives one row a page, or takes no offsets but its "
    "own: where rows were deleted or moved meanwhile, others may be missing or told as deleted until the next export"
)
UNSHARED = (
    "pages could not be checked against each other, for the server numbers or names its pages, and no two share a row: "
    "where rows were deleted or moved meanwhile, others may be missing or told as deleted until the next export"
)


@dataclass(frozen=True, kw_only=True)
class StreamExport:
    """One stream of one account on its way into tables. `tenant` is the shop that the account is at."""

    state: StateFolder
    run_id: str
    client: Client
    stream: Stream
    tenant: str
    out: Path
    forms: Sequence[str]
    arguments: str
    accepted: Accepted
    pseudonyms: Pseudonyms | None
    dialect: Dialect
    readers: asyncio.Semaphore
    clock: Clock
    on_progress: OnProgress

    async def run(self, since: str | None) -> Built:
        """Export everything, or with `since` only what changed, merged into what landed before.

        Raises the errors of the stages; what has landed is kept and the next run resumes from it.
        """
        extraction = await asyncio.to_thread(self._extraction, since)
        parents = await asyncio.to_thread(left_to_ask, self.state, self.client.account, self.stream, extraction)
        plan = self._plan(extraction)
        build = await asyncio.to_thread(Build, plan)
        try:
            source = self._source(parents)
            fetch = self._whole if extraction.since is None else self._changes
            returned = await fetch(extraction, source, build, plan)
            await asyncio.to_thread(build.close)
            verdict = await asyncio.to_thread(self._judged, extraction, plan, build)
            await asyncio.to_thread(build.add_vanished, verdict.shown)
            built = await asyncio.to_thread(build.finish)
        except BudgetSpent as error:
            self.state.journal.park([extraction.id], error.resume_at)
            raise
        finally:
            await asyncio.to_thread(build.discard)
        built.returned = returned
        built.changes = verdict.changes
        built.notes += self._notes(extraction)
        built.notes += notes_of(self.state, extraction, self.stream, parents)
        await asyncio.to_thread(self._settle, extraction, plan, verdict)
        return built

    # -- fetching and building -----------------------------------------------------------------------

    async def _whole(self, extraction: Extraction, source: PageSource, build: Build, plan: Plan) -> int:
        """Build while fetching; return in how many records erased people came again."""
        landed = self.state.journal.pages(extraction.id)
        expected = self._expected(extraction)
        counter = PageCounter(plan.name, landed, expected, self.client, self.run_id, self.on_progress)
        consumer = PageBuilder(build, landed, counter)

        async def fetch() -> None:
            await extract(
                extraction,
                landed,
                source=source,
                journal=self.state.journal,
                consumer=consumer,
                expected=expected,
            )
            await consumer.end()

        async with self._erased_again(extraction) as returned:
            await together(fetch(), consumer.run())
        if returned:
            await asyncio.to_thread(build.anew, self.state.journal.pages(extraction.id))
        return sum(returned)

    async def _changes(self, extraction: Extraction, source: PageSource, build: Build, plan: Plan) -> int:
        """Fetch, then build on top of what landed before; return in how many records erased people came again."""
        journal = self.state.journal
        landed = journal.pages(extraction.id)
        expected = self._expected(extraction)
        consumer = PageCounter(plan.name, landed, expected, self.client, self.run_id, self.on_progress)
        async with self._erased_again(extraction) as returned:
            await extract(extraction, landed, source=source, journal=journal, consumer=consumer, expected=expected)
        base = journal.latest_complete(
            extraction.account, extraction.stream, tenant=extraction.tenant, before=extraction.id
        )
        rounds = [journal.pages(each.id) for each in [*base, extraction]]
        await asyncio.to_thread(take, build, rounds, plan)
        return sum(returned)

    @asynccontextmanager
    async def _erased_again(self, extraction: Extraction) -> AsyncIterator[list[int]]:
        """Whatever has landed when this ends, erased people are in none of it. The list holds in how many records they
        were, and is empty for none."""
        returned: list[int] = []
        try:
            yield returned
        finally:
            records = await asyncio.to_thread(
                sweep,
                self.state.folder,
                self.state.journal.pages(extraction.id),
                account=self.client.account,
                stream=self.stream,
                tenant=self.tenant,
                names=self.state.tenants.names(self.client.account.name, self.tenant),
                journal=self.state.erasure,
                landing=self.state.landing,
                alone=True,
            )
            returned += [records] if records else []

    def _source(self, parents: Sequence[str] = ()) -> PageSource:
        return PageSource(self.client, self.stream, self.state.landing, self.clock, self.readers, parents)

    def _expected(self, extraction: Extraction) -> int | None:
        return self.state.history.last_pages(
            extraction.account,
            extraction.stream,
            tenant=extraction.tenant,
            incremental=extraction.since is not None,
        )

    # -- what it builds on ---------------------------------------------------------------------------

    def _plan(self, extraction: Extraction) -> Plan:
        return Plan(
            account=self.client.account,
            stream=self.stream,
            out=self.out,
            forms=self.forms,
            landing=self.state.landing,
            fingerprints=(self._folder, extraction.id),
            pseudonyms=self.pseudonyms,
            dialect=self.dialect,
        )

    @property
    def _folder(self) -> Path:
        return self.state.fingerprints(f"{self.client.account.name}.{self.stream.name}")

    def _judged(self, extraction: Extraction, plan: Plan, build: Build) -> DeletionFindings:
        return judge_deletions(self.state, plan, extraction, self._folder, build=build, accepted=self.accepted)

    def _settle(self, extraction: Extraction, plan: Plan, verdict: DeletionFindings) -> None:
        settle_deletions(self.state, plan, extraction, self._folder, verdict)
        self.state.journal.complete(extraction.id, self.clock.now())

    def _notes(self, extraction: Extraction) -> list[str]:
        now, paging = self.state.journal.extraction(extraction.id), self.stream.paging
        pages = self.state.journal.pages(extraction.id)
        doubt = doubt_of(now) if self.stream.since else None
        notes = [doubt] if doubt else []
        parts = [paging.begin, paging.end] if isinstance(paging, DateWindows) else []
        parts += [PARENT] if self.stream.for_each else []
        rounds = Counter(
            ((self.stream.since or "") in page.parameters, *(page.parameters[name] for name in parts))
            for page in pages
            if page.records
        )
        paging = paging.pages if isinstance(paging, DateWindows) else paging
        if max(rounds.values(), default=0) < 2:
            return notes
        if isinstance(paging, NextOffset | LimitOffset):
            is_checked = now.overlap and not unchecked(paging, pages)
            notes += [] if is_checked else [UNCHECKED]
        elif isinstance(paging, PageNumber | NextUrl):
            notes.append(UNSHARED)
        return notes

    def _extraction(self, since: str | None) -> Extraction:
        """Resume the unfinished extraction, or begin a new one."""
        journal, account, now = self.state.journal, self.client.account, self.clock.now()
        found = journal.resumable(
            account.name,
            self.stream.name,
            tenant=self.tenant,
            arguments=self.arguments,
            now=now,
            accepting=self.accepted.deletions or self.accepted.rejects,
        )
        if found is not None:
            journal.adopt(self.run_id, found)
            return found
        cursor = self._cursor(since)
        first: Mapping[str, str] | None = self._source().first(cursor)
        if self.stream.for_each is not None:
            first = first_of_each(first or {}, self.state, account, self.stream, self.tenant)
        return journal.begin_extraction(
            self.run_id,
            account.name,
            self.stream.name,
            tenant=self.tenant,
            origin=account.base_url,
            arguments=self.arguments,
            since=cursor,
            first=first,
            now=now,
        )

    def _cursor(self, since: str | None) -> str | None:
        """The value of the stream's `since` parameter, in the account's zone; None for the whole stream."""
        account = self.client.account
        if since is None or self.stream.since is None:
            return None
        if since != "last":
            return local_time(since, account.timezone)
        cursor = cursor_of(
            self.state.journal, account.name, self.stream.name, tenant=self.tenant, timezone=account.timezone
        )
        return naive(cursor - LOOK_BACK, account.timezone) if cursor else None


def local_time(value: str, timezone: str) -> str:
    """Format a user's time as the APIs write one: naive, in the account's zone, and not later than it may mean. Raises
    UsageError."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise UsageError(
            f"--since {value!r} is not a time.",
            remedy="Write 2026-01-31, 2026-01-31T12:00:00 or 2026-01-31T12:00:00Z, or last.",
        ) from None
    return naive(at if at.tzinfo else earliest(at, timezone), timezone)
