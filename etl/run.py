"""The verbs that make tables: export and replay, composed of the stages."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from etl.build import Built, Plan, rebuild
from etl.clock import Clock, SystemClock
from etl.errors import EtlError, InputOutputError, UsageError
from etl.export import StreamExport
from etl.http.client import Client
from etl.runs.lifecycle import Lifecycle
from etl.runs.progress import OnProgress
from etl.runs.report import StreamReport, TablesReport
from etl.runs.stop import Stop
from etl.settings import Account, Settings
from etl.state.lock import hold
from etl.systems.declare import Stream
from etl.workspace import OnWait, Selected, State, open_lines, open_state

ACCOUNTS_AT_ONCE = 32
"""Beyond that an account waits for its turn; one that waits for its own calls keeps it."""


@dataclass(frozen=True)
class ExportOrder:
    """What is asked for: which streams, where to, in which formats; for an export also since when.

    `accept_deletions` believes a run that misses many of the rows of the one before.
    """

    selected: Sequence[Selected]
    out: Path
    forms: Sequence[str] = ("parquet",)
    since: str | None = None
    accept_deletions: bool = False

    @property
    def names(self) -> list[str]:
        return [f"{account.name}.{stream.name}" for account, stream in self.selected]

    @property
    def accounts(self) -> list[Account]:
        return list({account.name: account for account, _ in self.selected}.values())

    @property
    def arguments(self) -> str:
        """What makes two orders the same."""
        asked = {
            "streams": sorted(self.names),
            "out": str(self.out.absolute()),
            "forms": sorted(self.forms),
            "since": self.since,
        }
        return json.dumps(asked, sort_keys=True)

    def report(self, command: str, run_id: str) -> TablesReport:
        """The report of a run that has just begun: nothing of any stream is done."""
        return TablesReport(command, run_id, [StreamReport(one.name, stream.name) for one, stream in self.selected])


async def export(
    settings: Settings,
    order: ExportOrder,
    *,
    full: bool = False,
    wait: bool = False,
    clock: Clock | None = None,
    on_progress: OnProgress = lambda _: None,
    on_wait: OnWait | None = None,
    stop: Stop | None = None,
) -> TablesReport:
    """Extract, land, normalise and write; an error of one stream stands in its report, the others go on.

    Raises CannotCreate and ConfigurationError before any call, Stopped with the report where the task is cancelled.
    """
    clock = clock or SystemClock()
    life = Lifecycle(order.out, clock=clock, stop=stop or Stop())
    with open_state(settings) as state:
        report = order.report("export", life.begin(state.journal, "export", order.arguments))

        async def work() -> None:
            async with open_lines(settings, clock=clock, wait=wait, on_wait=on_wait) as line:
                under_way = Work(settings, order, report, state, line, clock, on_progress, full)
                await asyncio.gather(*(under_way.account(account) for account in order.accounts))

        return await life.live(report, work)


@dataclass
class Work:
    """An export under way: at most ACCOUNTS_AT_ONCE accounts, so that files, memory and connections stay bounded."""

    settings: Settings
    order: ExportOrder
    report: TablesReport
    state: State
    line: Callable[[Account], AbstractAsyncContextManager[Client]]
    clock: Clock
    on_progress: OnProgress
    full: bool
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ACCOUNTS_AT_ONCE))
    readers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(os.cpu_count() or 1))

    async def account(self, account: Account) -> None:
        """All of an account's streams when its turn has come. What goes wrong with it is no other's trouble."""
        mine = [
            (entry, stream)
            for entry, (owner, stream) in zip(self.report.streams, self.order.selected, strict=True)
            if owner.name == account.name
        ]
        async with self.turns:
            try:
                await self._streams(account, mine)
            except Exception as error:
                for entry, _ in mine:
                    entry.error = entry.error or (error if isinstance(error, EtlError) else EtlError.bug(error))

    async def _streams(self, account: Account, mine: Sequence[tuple[StreamReport, Stream]]) -> None:
        names = [f"{account.name}.{stream.name}" for _, stream in mine]
        with hold(self.settings.state.dir / "locks", names):
            if self.full:
                for _, stream in mine:
                    self.state.journal.drop_unfinished(account.name, stream.name)
            async with self.line(account) as client:
                self.report.calls[account.name] = client.calls
                await asyncio.gather(*(_one(entry, self._export(client, stream)) for entry, stream in mine))
            if self.settings.state.keep_days:
                before = self.clock.now() - timedelta(days=self.settings.state.keep_days)
                for name in names:
                    self.state.upkeep.purge(name, before=before)

    def _export(self, client: Client, stream: Stream) -> Awaitable[Built]:
        return StreamExport(
            state=self.state,
            run_id=self.report.run_id,
            client=client,
            stream=stream,
            out=self.order.out,
            forms=self.order.forms,
            arguments=self.order.arguments,
            accept_deletions=self.order.accept_deletions,
            readers=self.readers,
            clock=self.clock,
            on_progress=self.on_progress,
        ).run(self.order.since)


async def replay(
    settings: Settings, order: ExportOrder, *, clock: Clock | None = None, stop: Stop | None = None
) -> TablesReport:
    """Rebuild the tables from what was landed, with no call to any API. Raises as `export` does."""
    life = Lifecycle(order.out, clock=clock or SystemClock(), stop=stop or Stop())
    with open_state(settings) as state:
        report = order.report("replay", life.begin(state.journal, "replay", order.arguments))

        async def work() -> None:
            for entry, (account, stream) in zip(report.streams, order.selected, strict=True):
                await _to_its_end(_one(entry, asyncio.to_thread(_replay_one, state, account, stream, order)))

        return await life.live(report, work)


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Await work in a thread, which nothing can break off; a cancellation is raised when it has ended."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def _replay_one(state: State, account: Account, stream: Stream, order: ExportOrder) -> Built:
    extractions = state.journal.latest_complete(account.name, stream.name)
    if not extractions:
        raise UsageError(
            f"{account.name}.{stream.name}: nothing complete has landed yet.", remedy="Run etl export first."
        )
    plan = Plan(account=account, stream=stream, out=order.out, forms=order.forms, landing=state.landing)
    rounds = [state.journal.pages(extraction.id) for extraction in extractions]
    return rebuild(plan, rounds, state.vanished.of(account.name, stream.name))


async def _one(entry: StreamReport, work: Awaitable[Built]) -> None:
    try:
        entry.built = await work
    except EtlError as error:
        entry.error = error
    except OSError as error:
        reason = error.strerror or "an input/output error"
        entry.error = InputOutputError(f"{entry.account}.{entry.stream}: {reason}.")
    except Exception as error:  # a bug in one stream leaves the others whole
        entry.error = EtlError.bug(error)
