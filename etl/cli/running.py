"""Running a coroutine from a command: signals that stop it in good order, and progress while it goes."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from etl.cli.output import Quit, log
from etl.errors import EtlError

if TYPE_CHECKING:
    from etl.budget import Waiting
    from etl.feed import Step

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end. SIGINT and SIGTERM cancel it, with the exit code as the reason; a second one ends it at once.

    Raises Quit where the work did not see to being cancelled itself.
    """
    stopped: list[int] = []

    async def main() -> T:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()

        def stop(number: int) -> None:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
            stopped.append(128 + number)
            task.cancel(str(128 + number))

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop, number)
        return await task

    gc.freeze()  # what was imported stays: it need not be looked through for garbage again and again
    try:
        return asyncio.run(main())
    except asyncio.CancelledError:
        code = stopped[0] if stopped else 130
        raise Quit(code, EtlError("Interrupted." if code == 130 else "Terminated.")) from None


class Watch(Protocol):
    """What shows how an export goes."""

    def step(self, step: Step) -> None: ...

    def wait(self, account: str, waiting: Waiting | None) -> None: ...


@contextmanager
def progress(*, quiet: bool) -> Iterator[Watch]:
    """Rows, calls, budget left and time to finish: a line a stream on a terminal, log lines elsewhere."""
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
    """Log lines: a stream's progress every few seconds, and every wait as it begins."""

    EVERY_S = 5.0

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def step(self, step: Step) -> None:
        if time.monotonic() - self._last.get(step.name, 0.0) >= self.EVERY_S:
            self._last[step.name] = time.monotonic()
            account, _, stream = step.name.partition(".")
            known: dict[str, object] = {"run_id": step.run_id, "account": account, "stream": stream}
            known |= {"rows": step.rows, "calls": step.client.calls.sent}
            log.info("%s: %s", step.name, describe(step), extra=known)

    def wait(self, account: str, waiting: Waiting | None) -> None:
        if waiting is not None and waiting.seconds >= self.EVERY_S:
            until = f"{waiting.until:%Y-%m-%d %H:%M:%S}"
            log.info("%s: waiting until %s UTC (%s)", account, until, waiting.reason, extra={"account": account})


class Bars:
    """A line for each stream, and one for each account that has to wait, counting down."""

    def __init__(self, bars: Any) -> None:
        self._bars = bars
        self._tasks: dict[str, Any] = {}

    def step(self, step: Step) -> None:
        self._show(step.name, describe(step))

    def wait(self, account: str, waiting: Waiting | None) -> None:
        name = f"{account} waits"
        if waiting is not None:
            self._show(name, f"{waiting.reason}: until {waiting.until:%H:%M:%S} UTC, {waiting.seconds:.0f} s")
        elif name in self._tasks:
            self._bars.remove_task(self._tasks.pop(name))

    def _show(self, name: str, state: str) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=None, state=state)
        self._bars.update(self._tasks[name], state=state)


def describe(step: Step) -> str:
    """Rows, calls, budget left, and when it will be done where that can be told."""
    from etl.budget import forecast, quotas

    standing = step.client.budget.standing()
    parts = [f"{step.rows:,} rows", f"{step.client.calls.sent:,} calls"]
    if standing.left_today is not None:
        parts.append(f"{standing.left_today:,} left today")
    if step.expected is not None and step.expected > step.pages:
        account = step.client.account
        left = forecast(step.expected - step.pages, quotas(standing), now=datetime.now(UTC), timezone=account.timezone)
        parts.append(
            f"done {left.finishes_at:%H:%M} UTC" if left.fits_today else f"done {left.finishes_at:%Y-%m-%d %H:%M} UTC"
        )
    return ", ".join(parts)
