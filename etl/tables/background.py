"""Run work in a background thread, one piece at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Beside:
    """One background thread. What a piece of work raises, the next `put` or `wait` raises."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._under_way: Future[None] | None = None

    def put(self, work: Callable[[], None]) -> None:
        """Wait for the previous work, then start this."""
        self.wait()
        self._under_way = self._thread.submit(work)

    def wait(self) -> None:
        """Wait until nothing is running."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()

    def stop(self) -> None:
        """Wait for what is running, and accept no more."""
        self._thread.shutdown(cancel_futures=True)
