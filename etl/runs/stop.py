"""Stop a run early, with the exit code that it then ends with."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from etl.runs.report import RunReport

T = TypeVar("T")
INTERRUPTED, TERMINATED = 130, 143


class Stop:
    """Stops the call it is passed to, from a signal handler or another thread; what came is saved first."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal handler may run while its own thread holds it
        self._asked: int | None = None
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of a cancelled run: that of the first request, 130 if the task was cancelled otherwise."""
        return INTERRUPTED if self._asked is None else self._asked

    def now(self, exit_code: int = TERMINATED) -> None:
        """Request the stop and return; the call ends once it has saved what it has. Later calls do not begin."""
        with self._lock:
            self._asked = self._asked or exit_code
            if self._running is not None:
                loop, task = self._running
                loop.call_soon_threadsafe(task.cancel)

    async def watch(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work until it ends or is stopped. Raises CancelledError unless the work handles that itself."""
        task = asyncio.ensure_future(work)
        with self._lock:
            self._running = (asyncio.get_running_loop(), task)
            if self._asked is not None:
                task.cancel()
        try:
            return await task
        finally:
            with self._lock:
                self._running = None


class Stopped(Exception):
    """A run was stopped early. All that came is saved; see `report`."""

    def __init__(self, report: RunReport) -> None:
        super().__init__("stopped")
        self.report = report
