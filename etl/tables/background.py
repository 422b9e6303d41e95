"""Work that goes on in a thread of its own, one piece at a time, beside whoever hands it over."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Beside:
    """One such thread. What a piece of work raises, the next `put` or `wait` raises."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._under_way: Future[None] | None = None

    def put(self, work: Callable[[], None]) -> None:
        """Begin this; what was put before is done on return."""
        self.wait()
        self._under_way = self._thread.submit(work)

    def wait(self) -> None:
        """Return when nothing is under way."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()

    def stop(self) -> None:
        """Begin nothing more; nothing is under way on return."""
        self._thread.shutdown(cancel_futures=True)
