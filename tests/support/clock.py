"""Clocks for tests: one that is moved by hand, and one that moves by as much as is slept."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TICK = 1e-6


class HandClock:
    """Time stands still until `advance`; whoever sleeps wakes when its time has come, in order."""

    def __init__(self, start: datetime = NOON) -> None:
        self._start = start
        self._passed = 0.0
        self._jumped = timedelta()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = 0

    def monotonic(self) -> float:
        return self._passed

    def now(self) -> datetime:
        return self._start + self._jumped + timedelta(seconds=self._passed)

    def jump(self, by: timedelta) -> None:
        """Set the wall clock forward or back; the monotonic one does not notice."""
        self._jumped += by

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._number += 1
        heapq.heappush(self._sleepers, (self._passed + seconds, self._number, future))
        await future

    async def advance(self, seconds: float) -> None:
        """Let time pass, waking each sleeper at its own moment."""
        until = self._passed + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            at, _, future = heapq.heappop(self._sleepers)
            self._passed = max(self._passed, at)
            if not future.done():
                future.set_result(None)
            await settle()
        self._passed = until
        await settle()

    async def run_on(self, longest_s: float = 10 * 86_400) -> None:
        """Let time pass until nobody sleeps any more."""
        until = self._passed + longest_s
        await settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            await self.advance(self._sleepers[0][0] - self._passed)


class QuickClock(HandClock):
    """Sleeping costs no time but moves the clock; `naps` holds how long each sleep was."""

    def __init__(self, start: datetime = NOON) -> None:
        super().__init__(start)
        self.naps: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self._passed += max(seconds, 0.0)
        await asyncio.sleep(0)


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(12):
        await asyncio.sleep(0)
