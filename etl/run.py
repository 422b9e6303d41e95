"""The verbs that make tables: export and replay, composed of the stages."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
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
from etl.workspace import OnWait, Selected, State, open_clients, open_state


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

    Raises TryLater where another run holds one of the streams, CannotCreate and ConfigurationError before any call,
    Stopped with the report where the task is cancelled.
    """
    clock = clock or SystemClock()
    started = clock.monotonic()
    with open_state(settings) as state, hold(settings.state.dir / "locks", order.names):
        make_folder(order.out)
        if full:
            for account, stream in order.selected:
                state.journal.drop_unfinished(account.name, stream.name)
        report = Report("export", state.journal.begin_run("export", order.arguments, clock.now()))
        report.streams = [StreamReport(account.name, stream.name) for account, stream in order.selected]
        accounts = list({account.name: account for account, _ in order.selected}.values())
        try:
            async with open_clients(settings, accounts, clock=clock, wait=wait, on_wait=on_wait) as clients:
                report.calls = {name: client.calls for name, client in clients.items()}
                await asyncio.gather(*_exports(order, report, state, clients, clock, progress))
        except asyncio.CancelledError as stop:
            report.stopped = int(stop.args[0]) if stop.args else 130
            _finish(state, report, order.out, started, clock)
            raise Stopped(report) from None
        _finish(state, report, order.out, started, clock)
        if settings.state.keep_days:
            before = clock.now() - timedelta(days=settings.state.keep_days)
            for name in order.names:
                state.upkeep.purge(name, before=before)
        return report


def _exports(
    order: Order, report: Report, state: State, clients: dict[str, Client], clock: Clock, progress: Progress
) -> list[Awaitable[None]]:
    readers = asyncio.Semaphore(os.cpu_count() or 1)
    return [
        _one(
            entry,
            StreamExport(
                state=state,
                run_id=report.run_id,
                client=clients[account.name],
                stream=stream,
                out=order.out,
                forms=order.forms,
                arguments=order.arguments,
                accept_deletions=order.accept_deletions,
                readers=readers,
                clock=clock,
                progress=progress,
            ).run(order.since),
        )
        for entry, (account, stream) in zip(report.streams, order.selected, strict=True)
    ]


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
