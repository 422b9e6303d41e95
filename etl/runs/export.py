"""Export: extract, land, normalise and write every stream of every account, the accounts concurrently."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta

from etl.clock import Clock, SystemClock
from etl.config.settings import Account, Settings
from etl.errors import EtlError
from etl.http.client import Client
from etl.person.tombstones import Tombstones
from etl.runs.deletions import Accepted
from etl.runs.export_order import ExportOrder
from etl.runs.lifecycle import Lifecycle
from etl.runs.progress import OnProgress
from etl.runs.report import StreamReport, TablesReport
from etl.runs.retention import forget_runs
from etl.runs.stop import Stop
from etl.runs.stream import StreamExport
from etl.runs.tenant import other_before, tell_other, tenant_of
from etl.runs.workspace import OnWait, StateFolder, open_lines, open_state
from etl.state.lock import hold
from etl.systems.declare import Stream
from etl.tables import Built

ACCOUNTS_AT_ONCE = 32
"""The most accounts under way; further ones wait. An account that waits for its own calls still counts."""


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
    """Extract, land, normalise and write. An error of one stream goes into its report; the others continue.

    Raises CannotCreate and ConfigurationError before any call, Stopped with the report if the task is cancelled.
    """
    clock = clock or SystemClock()
    life = Lifecycle(order.out, clock=clock, stop=stop or Stop())
    Tombstones.load(settings.state.dir)  # damaged ones are told before any call
    with open_state(settings) as state:
        report = order.report("export", life.begin(state.journal, "export", order.arguments))

        async def work() -> None:
            async with open_lines(settings, clock=clock, wait=wait, on_wait=on_wait) as line:
                under_way = Work(settings, order, report, state, line, clock, on_progress, full)
                await asyncio.gather(*(under_way.account(account) for account in order.accounts))

        return await life.live(report, work, retain=lambda: forget_runs(settings, state, clock.now()))


@dataclass
class Work:
    """An export under way: at most ACCOUNTS_AT_ONCE accounts, so that files, memory and connections stay bounded."""

    settings: Settings
    order: ExportOrder
    report: TablesReport
    state: StateFolder
    line: Callable[[Account], AbstractAsyncContextManager[Client]]
    clock: Clock
    on_progress: OnProgress
    full: bool
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ACCOUNTS_AT_ONCE))
    readers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(os.cpu_count() or 1))

    async def account(self, account: Account) -> None:
        """Export all of an account's streams when its turn has come. Its errors do not affect other accounts."""
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
            tenant = await asyncio.to_thread(self._tenant, account, [stream.name for _, stream in mine])
            for _, stream in mine:
                self.state.landing.sweep(account.name, stream.name)
                self.state.manifests.make_missing(account.name, stream.name)
            if self.full:
                for _, stream in mine:
                    self.state.journal.drop_unfinished(account.name, stream.name, tenant=tenant)
            async with self.line(account) as client:
                self.report.calls[account.name] = client.calls
                await self._in_order(client, mine, tenant)
            if self.settings.state.keep_days:
                before = self.clock.now() - timedelta(days=self.settings.state.keep_days)
                for name in names:
                    self.state.landing_retention.purge(name, before=before)

    async def _in_order(self, client: Client, mine: Sequence[tuple[StreamReport, Stream]], tenant: str) -> None:
        """Export all at once, but one that is asked for each record of another after that; not where that failed."""
        ended = {stream.name: asyncio.Event() for _, stream in mine}
        reports = {stream.name: entry for entry, stream in mine}

        async def one(entry: StreamReport, stream: Stream) -> None:
            try:
                if stream.for_each in ended:
                    await ended[stream.for_each].wait()
                    entry.error = reports[stream.for_each].error
                if entry.error is None:
                    await entry.record(self._export(client, stream, tenant))
            finally:
                ended[stream.name].set()

        await asyncio.gather(*(one(entry, stream) for entry, stream in mine))

    def _tenant(self, account: Account, streams: Sequence[str]) -> str:
        """The shop that the account is at; said, where that is another than last time."""
        tenant = tenant_of(self.state, account, streams)
        if before := other_before(self.state, account, tenant, streams):
            tell_other(account, tenant, before)
        return tenant

    def _export(self, client: Client, stream: Stream, tenant: str) -> Awaitable[Built]:
        return StreamExport(
            state=self.state,
            run_id=self.report.run_id,
            client=client,
            stream=stream,
            tenant=tenant,
            out=self.order.out,
            forms=self.order.forms,
            arguments=self.order.arguments,
            accepted=Accepted(self.order.accept_deletions, self.order.accept_rejects),
            pseudonyms=self.order.pseudonyms,
            dialect=self.order.csv,
            readers=self.readers,
            clock=self.clock,
            on_progress=self.on_progress,
        ).run(self.order.since)
