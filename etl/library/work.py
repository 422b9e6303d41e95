"""Running a verb to its end from plain code, and a handle that ends it early."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from etl.errors import TryLater

T = TypeVar("T")
TERMINATED = "143"


class Stop:
    """Ends the call it was given to, from a signal handler or another thread; what came is saved first."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal handler may come while its own thread holds it
        self._asked = False
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None

    def now(self) -> None:
        """Return at once; the call raises TryLater when it has saved what it has. Later calls do not begin."""
        with self._lock:
            self._asked = True
            if self._running is not None:
                loop, task = self._running
                loop.call_soon_threadsafe(task.cancel, TERMINATED)

    async def watch(self, work: Coroutine[Any, Any, T]) -> T:
        """The work, for as long as nobody stops it."""
        task = asyncio.ensure_future(work)
        with self._lock:
            self._running = (asyncio.get_running_loop(), task)
            if self._asked:
                task.cancel(TERMINATED)
        try:
            return await task
        finally:
            with self._lock:
                self._running = None


def finish(work: Coroutine[Any, Any, T], stop: Stop | None = None) -> T:
    """Run to the end, also from code that an event loop runs already, such as a notebook's. Raises what it raises,
    and TryLater where it was stopped before it had anything to save."""
    watched = (stop or Stop()).watch(work)
    try:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(watched)
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, watched).result()
    except asyncio.CancelledError:
        raise stopped() from None


def stopped() -> TryLater:
    return TryLater("Stopped.", remedy="What came is kept, and the same call goes on from there.")
