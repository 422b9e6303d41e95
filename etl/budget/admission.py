"""Queue the tasks of one process that wait for their turn: a push before an export.

What tasks request at the same moment goes to the store in one change, in the order of the queue. Nothing overtakes the
head, however few calls it needs: so a task that needs several at once gets them.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple, TypeAlias

from aiolimiter import AsyncLimiter

from etl.budget.account_state import Priority
from etl.budget.attempt import Attempt
from etl.budget.decision import Wait
from etl.budget.protocol import WaitNotice
from etl.clock import Clock
from etl.errors import EtlError
from etl.systems.declare.limits import Cost

COMEBACK = 5
"""Calls per second that a process makes right after a pause, so that fifty waiting tasks do not all fire at once."""

COMEBACK_S = 5.0
"""How long calls are spread out like that."""

SHORTEST_S = 1e-4
"""The shortest sleep: a time that was rounded down must not make a loop spin."""

GATHERED = 4
"""Turns of the event loop to wait for other tasks that ask at nearly the same moment."""

MOST = 64
"""The most tasks that get their turn in one change of the store: other processes wait for it."""

Attempts: TypeAlias = tuple[Attempt, ...]


@dataclass(slots=True)
class QueuePlace:
    """The place of a task in this process's own queue, and the calls that it needs at once: `together` is what they
    count."""

    priority: Priority
    costs: tuple[Cost, ...]
    together: int
    ready: asyncio.Future[Attempts]


class QueuedRequest(NamedTuple):
    """A place, and how many calls of its priority wait in the queue from it on."""

    place: QueuePlace
    wanted: int


Ask: TypeAlias = Callable[[Sequence[QueuedRequest]], Awaitable[tuple[list[Attempts], Wait | EtlError | None]]]
"""Requests them in order; returns what the first ones got, and the wait of the next one or the error that ends all."""


class Admission:
    """The queue. `settle` returns attempts that nobody used; `under_way` counts admitted calls that are not over."""

    def __init__(
        self,
        ask: Ask,
        settle: Callable[[Attempts], Awaitable[None]],
        *,
        now: Callable[[], float],
        clock: Clock,
        on_wait: Callable[[WaitNotice | None], None] | None,
    ) -> None:
        self._ask, self._settle, self._now, self._clock, self._on_wait = ask, settle, now, clock, on_wait
        self.under_way = 0
        self._queue: list[tuple[Priority, int, QueuePlace]] = []
        self._order = itertools.count()
        self._pump: asyncio.Task[None] | None = None
        self._comeback: tuple[AsyncLimiter, float] | None = None

    async def admit(self, priority: Priority, costs: tuple[Cost, ...]) -> Attempts:
        loop = asyncio.get_running_loop()
        place = QueuePlace(priority, costs, sum([cost.weight for cost in costs]), loop.create_future())
        heapq.heappush(self._queue, (priority, next(self._order), place))
        if self._pump is None:
            self._pump = loop.create_task(self._serve())
        try:
            attempts = await place.ready
        except asyncio.CancelledError:
            if place.ready.done() and not place.ready.cancelled() and place.ready.exception() is None:
                await asyncio.shield(self._give_back(place.ready.result()))
            raise
        self.under_way += len(attempts)
        return attempts

    def stop(self) -> None:
        """Cancel every task that waits."""
        if self._pump is not None:
            self._pump.cancel()

    async def close(self) -> None:
        self.stop()
        if self._pump is not None:
            with suppress(asyncio.CancelledError):
                await self._pump

    async def _serve(self) -> None:
        """Request slots until the queue is empty. The head's wait or error applies to all: they need the same slots."""
        try:
            await self._gather()
            while batch := await self._batch():
                given, more = await self._ask(batch)
                for asked, attempts in zip(batch, given, strict=False):
                    if asked.place.ready.done():  # cancelled in the meantime
                        await self._give_back(attempts)
                    else:
                        asked.place.ready.set_result(attempts)
                if isinstance(more, Wait):
                    await self._pass(more)
                elif more is not None:
                    self._refuse(more)
        except Exception as error:  # the waiting tasks must learn of it
            self._refuse(error)
        finally:
            self._pump = None
            self._refuse(asyncio.CancelledError())

    async def _gather(self) -> None:
        """If many calls are under way, wait a moment for more tasks: one change costs the store as much as ten."""
        if self.under_way > 1:
            for _ in range(GATHERED):
                await asyncio.sleep(0)

    async def _batch(self) -> list[QueuedRequest]:
        """The next requests; a single one shortly after a pause."""
        most = MOST
        if self._comeback is not None and (head := self._head()) is not None:
            most = 1 if await self._come_back(head.together) else MOST
        if self._head() is None:
            return []
        waiting = [line for line in self._queue if not line[2].ready.done()]
        wanted = Counter[Priority]()
        for priority, _, place in waiting:
            wanted[priority] += place.together
        batch = []
        for priority, _, place in heapq.nsmallest(most, waiting):
            batch.append(QueuedRequest(place, wanted[priority]))
            wanted[priority] -= place.together
        return batch

    def _head(self) -> QueuePlace | None:
        while self._queue and self._queue[0][2].ready.done():
            heapq.heappop(self._queue)
        return self._queue[0][2] if self._queue else None

    def _refuse(self, error: BaseException) -> None:
        for _, _, place in self._queue:
            if not place.ready.done():
                place.ready.cancel() if isinstance(error, asyncio.CancelledError) else place.ready.set_exception(error)
        self._queue.clear()

    async def _give_back(self, attempts: Attempts) -> None:
        for attempt in attempts:
            attempt.unsent()
        await self._settle(attempts)

    async def _pass(self, wait: Wait) -> None:
        if wait.reason == "pause":
            self._comeback = AsyncLimiter(1, 1 / COMEBACK), wait.until + COMEBACK_S
        if self._on_wait is not None and wait.reason != "turn":
            left = max(wait.until - self._now(), 0.0)
            self._on_wait(WaitNotice(wait.reason, self._clock.now() + timedelta(seconds=left), left))
        try:
            await self._clock.sleep(max(wait.seconds, SHORTEST_S))
        finally:
            if self._on_wait is not None and wait.reason != "turn":
                self._on_wait(None)

    async def _come_back(self, calls: int) -> bool:
        """Whether calls must still be spread out after a pause; if so, wait until the next may go."""
        assert self._comeback is not None
        limiter, until = self._comeback
        if self._now() >= until:
            self._comeback = None
            return False
        for _ in range(calls):
            await limiter.acquire()
        return True
