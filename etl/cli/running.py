"""Run a coroutine from a command: signals stop it in good order, and its progress is shown."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from etl.cli.output import Quit, log
from etl.errors import EtlError
from etl.runs.stop import INTERRUPTED, Stop, Stopped

if TYPE_CHECKING:
    from etl.budget import WaitNotice
    from etl.runs.progress import Progress
    from etl.runs.report import RunReport

T = TypeVar("T")
R = TypeVar("R", bound="RunReport")


def run(work: Coroutine[Any, Any, T], stop: Stop | None = None) -> T:
    """Run to the end. SIGINT and SIGTERM stop it; a second one ends the process at once.

    Raises Quit with the signal's exit code if it was stopped: silently if a run has reported that already.
    """
    try:
        return _finish(work, stop or Stop())
    except Stopped as early:
        raise Quit(early.report.exit_code) from None


def report_of(work: Coroutine[Any, Any, R], stop: Stop) -> R:
    """`run` work that ends in a run which obeys `stop`; return its report, even if it was stopped."""
    try:
        return _finish(work, stop)
    except Stopped as early:
        return cast("R", early.report)


def _finish(work: Coroutine[Any, Any, T], stop: Stop) -> T:
    async def main() -> T:
        loop = asyncio.get_running_loop()

        def heed(number: int) -> None:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
            stop.now(128 + number)

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, heed, number)
        return await stop.watch(work)

    gc.freeze()  # imported modules stay: the garbage collector need not scan them again and again
    try:
        return asyncio.run(main())
    except asyncio.CancelledError:
        told = "Interrupted." if stop.exit_code == INTERRUPTED else "Terminated."
        raise Quit(stop.exit_code, EtlError(told)) from None


class Watch(Protocol):
    """Shows the progress of a run."""

    def progress(self, at: Progress) -> None: ...

    def wait(self, account: str, waiting: WaitNotice | None) -> None: ...


@contextmanager
def progress(*, quiet: bool) -> Iterator[Watch]:
    """Show rows, calls, budget left and time to finish: a line per stream on a terminal, else log lines."""
    if quiet or not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield Bars(bars)


class Lines:
    """Logs a stream's progress every few seconds, and every wait as it begins."""

    EVERY_S = 5.0

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def progress(self, at: Progress) -> None:
        if time.monotonic() - self._last.get(at.name, 0.0) >= self.EVERY_S:
            self._last[at.name] = time.monotonic()
            account, _, stream = at.name.partition(".")
            known: dict[str, object] = {"run_id": at.run_id, "account": account, "stream": stream}
            known |= {"rows": at.rows, "calls": at.client.calls.sent}
            log.info("%s: %s", at.name, describe(at), extra=known)

    def wait(self, account: str, waiting: WaitNotice | None) -> None:
        if waiting is not None and waiting.seconds >= self.EVERY_S:
            until = f"{waiting.until:%Y-%m-%d %H:%M:%S}"
            log.info("%s: waiting until %s UTC (%s)", account, until, waiting.reason, extra={"account": account})


class Bars:
    """Shows a line for each stream, and one for each account that has to wait, counting down."""

    def __init__(self, bars: Any) -> None:
        self._bars = bars
        self._tasks: dict[str, Any] = {}

    def progress(self, at: Progress) -> None:
        self._show(at.name, describe(at))

    def wait(self, account: str, waiting: WaitNotice | None) -> None:
        name = f"{account} waits"
        if waiting is not None:
            self._show(name, f"{waiting.reason}: until {waiting.until:%H:%M:%S} UTC, {waiting.seconds:.0f} s")
        elif name in self._tasks:
            self._bars.remove_task(self._tasks.pop(name))

    def _show(self, name: str, state: str) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=None, state=state)
        self._bars.update(self._tasks[name], state=state)


def describe(at: Progress) -> str:
    """Rows, calls, budget left, and the finishing time if known."""
    from etl.budget import forecast, quotas

    budget = at.client.budget.last_snapshot()
    parts = [f"{at.rows:,} rows", f"{at.client.calls.sent:,} calls"]
    if budget.left_today is not None:
        parts.append(f"{budget.left_today:,} left today")
    if at.expected is not None and at.expected > at.done:
        account = at.client.account
        left = forecast(at.expected - at.done, quotas(budget), now=datetime.now(UTC), timezone=account.timezone)
        parts.append(
            f"done {left.finishes_at:%H:%M} UTC" if left.fits_today else f"done {left.finishes_at:%Y-%m-%d %H:%M} UTC"
        )
    return ", ".join(parts)
