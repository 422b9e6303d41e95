"""The verbs that make tables: export and replay, composed of the stages."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from etl.build import Built, Plan, rebuild
from etl.clock import Clock, SystemClock
from etl.errors import EtlError, InputOutputError, UsageError
from etl.export import StreamExport
from etl.feed import Progress
from etl.http.client import Client
from etl.report import Report, StreamReport
from etl.settings import Account, Settings
from etl.state.files import make_folder, write_whole
from etl.state.lock import hold
from etl.systems.declare import Stream
from etl.workspace import OnWait, Selected, State, open_lines, open_state

ACCOUNTS_AT_ONCE = 32
"""Beyond that an account waits for its turn; one that waits for its own calls keeps it."""


@dataclass(frozen=True)
class Order:
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


class Stopped(Exception):
    """A signal ended the run; all that came is saved."""

    def __init__(self, report: Report) -> None:
        super().__init__("stopped")
        self.report = report


async def export(
    settings: Settings,
    order: Order,
    *,
    full: bool = False,
    wait: bool = False,
    clock: Clock | None = None,
    progress: Progress = lambda *_: None,
    on_wait: OnWait | None = None,
) -> Report:
    """Extract, land, normalise and write; an error of one stream stands in its report, the others go on.

    Raises CannotCreate and ConfigurationError before any call, Stopped with the report where the task is cancelled.
    """
    clock = clock or SystemClock()
    started = clock.monotonic()
    with open_state(settings) as state:
        make_folder(order.out)
        report = Report("export", state.journal.begin_run("export", order.arguments, clock.now()))
        report.streams = [StreamReport(account.name, stream.name) for account, stream in order.selected]
        try:
            async with open_lines(settings, clock=clock, wait=wait, on_wait=on_wait) as line:
                work = Work(settings, order, report, state, line, clock, progress, full)
                await asyncio.gather(*(work.account(account) for account in order.accounts))
        except asyncio.CancelledError as stop:
            report.stopped = int(stop.args[0]) if stop.args else 130
            _finish(state, report, order.out, started, clock)
            raise Stopped(report) from None
        _finish(state, report, order.out, started, clock)
        return report


@dataclass
class Work:
    """An export under way: at most ACCOUNTS_AT_ONCE accounts, so that files, memory and connections stay bounded."""

    settings: Settings
    order: Order
    report: Report
    state: State
    line: Callable[[Account], AbstractAsyncContextManager[Client]]
    clock: Clock
    progress: Progress
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
            progress=self.progress,
        ).run(self.order.since)


async def replay(settings: Settings, order: Order, *, clock: Clock | None = None) -> Report:
    """The tables again, from what was landed, with no call to any API."""
    clock = clock or SystemClock()
    started = clock.monotonic()
    with open_state(settings) as state:
        make_folder(order.out)
        report = Report("replay", state.journal.begin_run("replay", order.arguments, clock.now()))
        for account, stream in order.selected:
            entry = StreamReport(account.name, stream.name)
            report.streams.append(entry)
            await _one(entry, asyncio.to_thread(_replay_one, state, account, stream, order))
        _finish(state, report, order.out, started, clock)
        return report


def _replay_one(state: State, account: Account, stream: Stream, order: Order) -> Built:
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


def _finish(state: State, report: Report, out: Path, started: float, clock: Clock) -> None:
    report.seconds = clock.monotonic() - started
    summary = report.as_dict()
    make_folder(out / "runs")
    text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
    write_whole(out / "runs" / f"{report.run_id}.json", text.encode())
    state.journal.end_run(report.run_id, summary, clock.now())
