"""Rehearse a job's calls through the real budget on a jumping clock: days in seconds, without a call."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from etl.budget import Budget, Memory, Shared, window_limits
from etl.config.settings import Account
from etl.systems.declare import Cost

SETTLE = 4
"""Turns of the event loop after which every task that can run has run."""


class JumpingClock:
    """A clock that stands still while any task can run, then jumps to the time of the first sleeper."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._passed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = 0

    def monotonic(self) -> float:
        return self._passed

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._number += 1
        heapq.heappush(self._sleepers, (self._passed + max(seconds, 0.0), self._number, future))
        await future

    async def run(self, task: asyncio.Task[None]) -> None:
        """Advance the clock until the task is done."""
        while not task.done():
            for _ in range(SETTLE):
                await asyncio.sleep(0)
            while self._sleepers:
                at, _, future = heapq.heappop(self._sleepers)
                if not future.done():
                    self._passed = max(self._passed, at)
                    future.set_result(None)
                    break
        await task


@dataclass(frozen=True)
class Rehearsal:
    """The result: how long the calls took, and how many were made on each day of the account's zone."""

    calls: int
    finishes_at: datetime
    seconds: float
    by_day: dict[date, int]


async def rehearse(
    account: Account, calls: Counter[str], *, start: datetime, latency_s: float = 0.3, concurrency: int = 8
) -> Rehearsal:
    """Make so many calls from an unused budget, by the endpoint whose limits they fall under, each answered after
    `latency_s`, and wait for every new day."""
    clock = JumpingClock(start)
    budget = Budget(
        account.name,
        window_limits(account),
        store=Memory(Shared(clock)),
        clock=clock,
        timezone=account.timezone,
        wait=True,
        at_once=account.declaration.at_once,
    )
    zone = ZoneInfo(account.timezone)
    by_day: Counter[date] = Counter()
    todo = calls.elements()

    async def worker() -> None:
        for endpoint in todo:
            async with budget.call(cost=Cost(1, endpoint)):
                by_day[clock.now().astimezone(zone).date()] += 1
                await clock.sleep(latency_s)

    async def work() -> None:
        await asyncio.gather(*(worker() for _ in range(concurrency)))

    await clock.run(asyncio.create_task(work()))
    seconds = clock.monotonic()
    await budget.close()
    return Rehearsal(calls.total(), start + timedelta(seconds=seconds), seconds, dict(by_day))
