"""A request to end a run before its time, with the exit code that the run then ends with."""

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
    """Ends the call it was given to, from a signal handler or another thread; what came is saved first."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal handler may come while its own thread holds it
        self._asked: int | None = None
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None

    @property
    def exit_code(self) -> int:
        """What a cancelled run ends with: the code of the first request, 130 where the task was cancelled otherwise."""
        return INTERRUPTED if self._asked is None else self._asked

    def now(self, exit_code: int = TERMINATED) -> None:
        """Return at once; the call ends when it has saved what it has. Later calls do not begin."""
        with self._lock:
            self._asked = self._asked or exit_code
            if self._running is not None:
                loop, task = self._running
                loop.call_soon_threadsafe(task.cancel)

    async def watch(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work, for as long as nobody stops it. Raises CancelledError where it does not see to that itself."""
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
    """A run was ended early. All that came is saved, and `report` says what that is."""

    def __init__(self, report: RunReport) -> None:
        super().__init__("stopped")
        self.report = report
