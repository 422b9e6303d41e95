"""Running a coroutine from a command: signals that stop it in good order, and progress while it goes."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from etl.cli.output import Quit, log
from etl.errors import EtlError

if TYPE_CHECKING:
    from etl.export import Progress
    from etl.http.client import Client

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

    try:
        return asyncio.run(main())
    except asyncio.CancelledError:
        code = stopped[0] if stopped else 130
        raise Quit(code, EtlError("Interrupted." if code == 130 else "Terminated.")) from None


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """Rows, calls and budget left: a bar on a terminal, log lines every few seconds elsewhere."""
    if quiet or not sys.stderr.isatty():
        last: dict[str, float] = {}

        def note(name: str, rows: int, client: Client) -> None:
            if time.monotonic() - last.get(name, 0.0) >= 5:
                last[name] = time.monotonic()
                account, _, stream = name.partition(".")
                known = {"account": account, "stream": stream, "rows": rows, "calls": client.calls.sent}
                log.info("%s: %d rows", name, rows, extra=known)

        yield note
        return
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(name: str, rows: int, client: Client) -> None:
            left = client.budget.left_today()
            state = f"{rows:,} rows, {client.calls.sent:,} calls" + (
                f", {left:,} left today" if left is not None else ""
            )
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=None, state=state)
            bars.update(tasks[name], state=state)

        yield show
