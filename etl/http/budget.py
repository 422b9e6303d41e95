"""How often an account may call: several limits at once, none of them ever exceeded.

The server stamps a request somewhere between our send and its response, so a slot of a moving window is surely free
only `seconds` after the response came. While a call is under way it holds its slot; then it leaves a stamp. Up to
`limit` calls go out at once: bursts cost nothing. A pause (429, 503 with Retry-After) stops every task of the
credential, and they come back spread out.

`Budget` is one process's own; whoever shares one between processes implements the same three methods.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from aiolimiter import AsyncLimiter

from etl.clock import Clock
from etl.errors import BudgetSpent
from etl.systems.declare import Daily, Limit

COMEBACK = 5
"""Calls a second after a pause, so that fifty waiting tasks do not return as one."""
COMEBACK_S = 10.0
"""For so long; then bursts are allowed again."""


class CallBudget(Protocol):
    """What the HTTP client asks of a budget."""

    def call(self) -> AbstractAsyncContextManager[None]:
        """Hold a slot in every limit for one attempt. Waits; raises BudgetSpent where it should park instead."""

    def left_today(self) -> int | None:
        """Calls left until midnight, where there is a daily limit."""

    def pause(self, seconds: float) -> None:
        """Stop every task of this credential for so long."""

    def spend_day(self, until: datetime) -> None:
        """The server says that the day is spent, whatever was counted here."""


@dataclass
class _Moving:
    limit: int
    seconds: float
    stamps: deque[float] = field(default_factory=deque)
    under_way: int = 0

    def wait(self, now: float) -> float:
        """Seconds until a slot may be free: 0 is now, infinity is not before a call under way ends."""
        while self.stamps and self.stamps[0] <= now - self.seconds:
            self.stamps.popleft()
        if self.under_way + len(self.stamps) < self.limit:
            return 0.0
        return self.stamps[0] + self.seconds - now if self.stamps else math.inf


@dataclass
class _Day:
    limit: int
    zone: ZoneInfo
    ends: datetime | None = None
    used: int = 0
    under_way: int = 0

    def wait(self, now: datetime) -> float:
        """Seconds until a call is free. One under way at midnight may be stamped on either side: it counts in both."""
        if self.ends is None or now >= self.ends:
            self.used, self.ends = self.under_way, next_midnight(now, self.zone)
        return 0.0 if self.used < self.limit else (self.ends - now).total_seconds()


def next_midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """The coming midnight in a zone, in UTC; days there may have 23 or 25 hours."""
    day = now.astimezone(zone).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(now.tzinfo)


class Budget:
    """`limits` are what may be used, reserves already taken off."""

    def __init__(
        self, limits: Sequence[Limit], *, clock: Clock, timezone: str, max_wait_s: float = 900, wait: bool = False
    ) -> None:
        if any(limit.limit <= 0 for limit in limits):
            raise ValueError("a limit must leave at least one call")
        zone = ZoneInfo(timezone)
        self._clock = clock
        self._max_wait_s = max_wait_s
        self._wait = wait
        self._windows = [_Moving(limit.limit, limit.seconds) for limit in limits if not isinstance(limit, Daily)]
        self._days = [_Day(limit.limit, zone) for limit in limits if isinstance(limit, Daily)]
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()
        self._paused_until = -math.inf
        self._comeback: AsyncLimiter | None = None
        self.sent = 0

    def __repr__(self) -> str:
        left = [f"{w.limit - w.under_way - len(w.stamps)} of {w.limit} per {w.seconds:g} s" for w in self._windows]
        left += [f"{d.limit - d.used} of {d.limit} today" for d in self._days]
        return f"Budget({', '.join(left)})"

    def left_today(self) -> int | None:
        """Calls left until midnight, where there is a daily limit."""
        now = self._clock.now()
        for day in self._days:
            day.wait(now)
        return min((day.limit - day.used for day in self._days), default=None)

    def call(self) -> AbstractAsyncContextManager[None]:
        return _Call(self)

    def pause(self, seconds: float) -> None:
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)
        self._comeback = AsyncLimiter(1, 1 / COMEBACK)

    def spend_day(self, until: datetime) -> None:
        for day in self._days or [_Day(1, ZoneInfo("UTC"))]:
            day.used, day.ends = day.limit, until
            if day not in self._days:
                self._days.append(day)

    async def acquire(self) -> None:
        async with self._turn:
            spread: AsyncLimiter | None = None
            while True:
                if (seconds := self._next_free()) > 0:
                    await self._sleep(seconds)
                elif (pacer := self._coming_back()) is not None and pacer is not spread:
                    spread = pacer
                    await pacer.acquire()  # meanwhile another pause may come
                else:
                    break
            for window in self._windows:
                window.under_way += 1
            for day in self._days:
                day.used += 1
                day.under_way += 1
            self.sent += 1

    def _coming_back(self) -> AsyncLimiter | None:
        if self._clock.monotonic() > self._paused_until + COMEBACK_S:
            self._comeback = None
        return self._comeback

    def release(self) -> None:
        mono, now = self._clock.monotonic(), self._clock.now()
        for day in self._days:
            day.wait(now)
            day.under_way -= 1
        for window in self._windows:
            window.under_way -= 1
            window.stamps.append(mono)
        self._freed.set()

    def _next_free(self) -> float:
        now, mono = self._clock.now(), self._clock.monotonic()
        day = max((day.wait(now) for day in self._days), default=0.0)
        if day > 0 and not self._wait:
            raise BudgetSpent(
                "The calls of this day are spent.",
                remedy="What came so far is kept; the same command goes on from there.",
                resume_at=now + timedelta(seconds=day),
            )
        paused = self._paused_until - mono
        if paused > self._max_wait_s and not self._wait:
            raise BudgetSpent(
                f"The server asks to wait {paused:.0f} s.",
                remedy="What came so far is kept; the same command goes on from there.",
                resume_at=now + timedelta(seconds=paused),
            )
        return max([day, paused, *(window.wait(mono) for window in self._windows)])

    async def _sleep(self, seconds: float) -> None:
        """Sleep so long, or until a call under way ends and its slot becomes predictable."""
        self._freed.clear()
        if math.isinf(seconds):
            await self._freed.wait()
        else:
            await self._clock.sleep(seconds + 1e-6)


@dataclass
class _Call:
    budget: Budget

    async def __aenter__(self) -> None:
        await self.budget.acquire()

    async def __aexit__(self, *_: object) -> None:
        self.budget.release()
