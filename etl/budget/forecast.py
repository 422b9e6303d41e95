"""Forecast how long a number of calls takes under a budget, before any is spent. Pure.

Simulates the calls under the same rules as the budget itself: `concurrency` at once, each answered after `latency_s`, a
slot in a window free again one window length after the answer, a day's calls until its end.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from etl.budget.day import next_midnight
from etl.budget.sliding_window import width
from etl.budget.snapshot import Snapshot

PLAYED = 200_000
"""The most calls that are simulated: the rest is extrapolated at their pace."""


CONCURRENCY = 8
"""How many calls a client has under way."""


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit: `room` calls in `seconds`, or in a day if that is None; `left` of them now; a day's end."""

    seconds: float | None
    room: int
    left: int
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The result. `days` counts the server's days with calls; `today` the calls that fit before the first one ends."""

    calls: int
    seconds: float
    days: int
    finishes_at: datetime
    today: int

    @property
    def minutes(self) -> float:
        return self.seconds / 60

    @property
    def fits_today(self) -> bool:
        return self.today >= self.calls

    def __str__(self) -> str:
        if self.fits_today:
            return f"{self.calls} calls, {self.minutes:.1f} minutes, done at {self.finishes_at:%Y-%m-%d %H:%M}"
        return (
            f"{self.calls} calls, does not fit today ({self.today} calls do): {self.days} days, "
            f"done at {self.finishes_at:%Y-%m-%d %H:%M}"
        )


def quotas(snapshot: Snapshot, endpoint: str = "") -> tuple[Quota, ...]:
    """What a budget leaves us, less the reserve and what others used; also of an endpoint with limits of its own."""
    return tuple(
        Quota(limit.seconds, limit.limit - limit.reserve, limit.left, limit.ends_at)
        for limit in snapshot.limits
        if limit.endpoint in ("", endpoint)
    )


def forecast(
    calls: int,
    quotas: Sequence[Quota],
    *,
    now: datetime,
    timezone: str,
    latency_s: float = 0.3,
    concurrency: int | None = None,
    next_day: Callable[[float, str], float] = next_midnight,
) -> Forecast:
    """Forecast so many calls that begin now, `concurrency` under way at most, if that is fewer than a client's own.
    Raises ValueError for quotas that never let one through."""
    concurrency = CONCURRENCY if concurrency is None else min(concurrency, CONCURRENCY)
    if any(quota.room <= 0 for quota in quotas) or concurrency <= 0:
        raise ValueError("a quota must leave at least one call")
    start = now.timestamp()
    days = [_Day(quota, start, timezone, next_day) for quota in quotas if quota.seconds is None]
    windows = [_Window(quota, start) for quota in quotas if quota.seconds is not None]
    # when each of the last `concurrency` calls was answered: the next one starts once the oldest of them was
    lanes = deque([start] * concurrency, maxlen=concurrency)
    at, today, played, called_on = start, 0, min(calls, PLAYED), 1
    for number in range(played):
        at = max(at, lanes[0], *(window.free_at() for window in windows)) if windows else max(at, lanes[0])
        before = at
        for day in days:
            at = day.take(at)
        called_on += at > before
        lanes.append(at + latency_s)
        for window in windows:
            window.answered(at + latency_s)
        today += called_on == 1 and number == today
    pace = calls / played if played else 1.0
    seconds = (lanes[-1] - start) * pace if played else 0.0
    days_used = called_on - (calls > 0 and today == 0)
    return Forecast(
        calls=calls,
        seconds=seconds,
        days=math.ceil(days_used * pace),
        finishes_at=datetime.fromtimestamp(start + seconds, UTC),
        today=today,
    )


class _Window:
    def __init__(self, quota: Quota, start: float) -> None:
        self._seconds = width(quota.seconds or 0.0)
        # when used slots come free is unknown here: assume as late as possible
        used = max(quota.room - quota.left, 0)
        self._free = deque([-math.inf] * (quota.room - used) + [start + self._seconds] * used, maxlen=quota.room)

    def free_at(self) -> float:
        return self._free[0]

    def answered(self, at: float) -> None:
        self._free.append(at + self._seconds)


class _Day:
    def __init__(self, quota: Quota, start: float, timezone: str, next_day: Callable[[float, str], float]) -> None:
        self._room, self._left, self._zone, self._next = quota.room, quota.left, timezone, next_day
        self._ends = quota.ends_at.timestamp() if quota.ends_at else next_day(start, timezone)

    def take(self, at: float) -> float:
        while at >= self._ends or self._left <= 0:
            at = max(at, self._ends)
            self._ends, self._left = self._next(at, self._zone), self._room
        self._left -= 1
        return at
