"""Hand extracted pages to the table builder, and report progress."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

from etl.decode.fast import Parsed
from etl.http.client import Client
from etl.runs.progress import OnProgress, Progress
from etl.state.journal import LandedPage
from etl.tables import Build

WAITING = 4
"""How many pieces of work may wait for the builder: beyond that the download waits."""


class PageCounter:
    """Counts landed pages and reports progress; builds nothing. `expected` is the number of pages last time."""

    def __init__(
        self,
        name: str,
        landed: Sequence[LandedPage],
        expected: int | None,
        client: Client,
        run_id: str,
        on_progress: OnProgress,
    ) -> None:
        self._name = name
        self._run_id = run_id
        self._rows = sum(page.records for page in landed)
        self._pages = len(landed)
        self._expected = expected
        self._client = client
        self._on_progress = on_progress

    async def parts(self, position: int, received_at: datetime, parts: Sequence[Parsed]) -> None:
        pass

    async def landed(self, page: LandedPage) -> None:
        self._rows, self._pages = self._rows + page.records, self._pages + 1
        self._on_progress(Progress(self._name, self._rows, self._pages, self._expected, self._client, self._run_id))

    async def again(self) -> None:
        pass


class PageBuilder:
    """Builds tables of the pages in a thread, concurrently with the download: see `run`.

    `earlier` are the pages that landed before; `counter` counts those that land now.
    """

    def __init__(self, build: Build, earlier: Sequence[LandedPage], counter: PageCounter) -> None:
        self._build = build
        self._earlier = earlier
        self._counter = counter
        self._waiting: asyncio.Queue[Callable[[], None] | None] = asyncio.Queue(WAITING)

    async def parts(self, position: int, received_at: datetime, parts: Sequence[Parsed]) -> None:
        await self._waiting.put(lambda: self._build.parts(position, received_at, parts))

    async def landed(self, page: LandedPage) -> None:
        await self._waiting.put(lambda: self._build.landed(page))
        await self._counter.landed(page)

    async def again(self) -> None:
        await self._waiting.put(self._build.again)

    async def end(self) -> None:
        """Tell `run` that no more pages come."""
        await self._waiting.put(None)

    async def run(self) -> None:
        """Build the earlier pages, then what comes, until the end."""
        await asyncio.to_thread(self._build.take, self._earlier)
        more = True
        while more:
            steps = deque([await self._waiting.get()])
            steps.extend(self._waiting.get_nowait() for _ in range(self._waiting.qsize()))
            more = steps[-1] is not None
            await asyncio.to_thread(_take, steps)


def _take(steps: deque[Callable[[], None] | None]) -> None:
    while steps:
        step = steps.popleft()  # frees its memory at once
        if step is not None:
            step()
