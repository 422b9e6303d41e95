"""A server that counts for real, callers of it, and hours that pass in no time.

The loop's clock jumps to whatever is due next, so that nothing sleeps and every run is the same. The server stamps a
call anywhere between its sending and its answer, as real ones do.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from multidict import CIMultiDict

from etl.budget import Budget, Memory, Priority, Shared, Slot, WindowLimit
from etl.budget.account_state import AccountState

T = TypeVar("T")

NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MINUTELY, DAILY = "X-RateLimit-Minutely-", "X-RateLimit-Daily-"


class Loop(asyncio.SelectorEventLoop):
    """Time goes straight to the next timer once nothing is left to do."""

    _ready: Sequence[Any]  # these are what every loop of asyncio has, and no type stub names
    _scheduled: Sequence[Any]

    def __init__(self) -> None:
        super().__init__()
        self._at = 1000.0

    def time(self) -> float:
        return self._at

    def _run_once(self) -> None:
        if not self._ready:
            self._at = max(self._at, min((timer._when for timer in self._scheduled if not timer._cancelled), default=0))
        super()._run_once()  # type: ignore[misc]  # the same


@dataclass
class HandClock:
    """The loop's time, and a wall clock that can be set."""

    wall: datetime = NOON

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        return self.wall + timedelta(seconds=self.monotonic() - 1000.0)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def play(scene: Coroutine[Any, Any, T]) -> T:
    """Run a scene on a loop of its own."""
    loop = Loop()
    try:
        return loop.run_until_complete(scene)
    finally:
        while left := asyncio.all_tasks(loop):
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.wait(left, timeout=1))
        loop.close()


class Mortal(Memory):
    """A session whose process can be killed: from then on it writes nothing, not even what it was about to."""

    dead = False

    async def change(self, key: str, act: Callable[[AccountState, float], T]) -> T:
        if self.dead:
            raise asyncio.CancelledError
        return await super().change(key, act)

    def kill(self) -> None:
        self.dead = True
        super().kill()


@dataclass
class Server:
    """`stamped` are all arrivals, ours and foreign. It refuses nothing: what went over is to be seen. `forms` writes
    the day's end, and `invents` are further headers, true or not."""

    clock: HandClock
    limit: int
    seconds: float
    per_day: int | None = None
    offset_s: float = 0.0
    tells: bool = False
    forms: Callable[[float, float], str] = lambda end, now: str(int(end))
    invents: Callable[[], Mapping[str, str]] = dict
    stamped: list[float] = field(default_factory=list)
    ours: int = 0
    days: dict[str, int] = field(default_factory=dict)

    def stamp(self, *, ours: bool = True) -> Mapping[str, str]:
        """A call arrives now; what the answer's headers say."""
        now = self.clock.monotonic()
        local = (self.clock.now() + timedelta(seconds=self.offset_s)).astimezone(AMSTERDAM)
        day = str(local.date())
        self.stamped.append(now)
        self.ours += ours
        self.days[day] = self.days.get(day, 0) + 1
        headers = {"Date": formatdate(int(local.timestamp()), usegmt=True)}
        if self.tells:
            headers[f"{MINUTELY}Limit"] = str(self.limit)
            used = sum(at > now - self.seconds for at in self.stamped)
            headers[f"{MINUTELY}Remaining"] = str(max(self.limit - used, 0))
        if self.tells and self.per_day is not None:
            end = datetime(*(local.date() + timedelta(days=1)).timetuple()[:3], tzinfo=AMSTERDAM)
            headers[f"{DAILY}Limit"] = str(self.per_day)
            headers[f"{DAILY}Remaining"] = str(max(self.per_day - self.days[day], 0))
            headers[f"{DAILY}Reset"] = self.forms(end.timestamp(), local.timestamp())
        return CIMultiDict({**headers, **self.invents()})

    def worst(self) -> int:
        """The fullest window of all."""
        stamps, first, worst = sorted(self.stamped), 0, 0
        for number, at in enumerate(stamps):
            while stamps[first] <= at - self.seconds:
                first += 1
            worst = max(worst, number - first + 1)
        return worst


def moving(limit: int, seconds: float, *, headers: str | None = MINUTELY, **more: Any) -> WindowLimit:
    return WindowLimit(f"{seconds:g}", seconds, limit, headers=headers, **more)


def daily(limit: int, *, headers: str | None = DAILY, **more: Any) -> WindowLimit:
    return WindowLimit("day", None, limit, headers=headers, **more)


class Caller:
    """A process with so many tasks that all want to call for ever: so many calls at once, one after another.

    `spoilt` is how often a call is not made after all. `grants` are the numbers of slots that were given at once.
    """

    def __init__(
        self,
        shared: Shared,
        server: Server,
        terms: tuple[WindowLimit, ...],
        *,
        tasks: int,
        rng: random.Random,
        latency_s: float,
        where: float | None = None,
        wait: bool = True,
        priority: Priority = Priority.EXPORT,
        configuration: str = "etl.toml#bikes",
        together: int = 1,
        spoilt: float = 0.0,
    ) -> None:
        self.store = Mortal(shared)
        self.budget = Budget(
            "key", terms, store=self.store, clock=shared.clock, timezone="Europe/Amsterdam", wait=wait,
            priority=priority, configuration=configuration,
        )  # fmt: skip
        self.calls = 0
        self.grants: set[int] = set()
        self._server, self._rng, self._latency_s, self._where = server, rng, latency_s, where
        self._together, self._spoilt = together, spoilt
        self._tasks = [asyncio.ensure_future(self._work()) for _ in range(tasks)]

    async def _work(self) -> None:
        for _ in itertools.count():
            await self.once()

    async def once(self) -> None:
        async with self.budget.calls(self._together) as slots:
            self.grants.add(len(slots))
            for slot in slots:
                if self._rng.random() < self._spoilt:
                    slot.unsent()
                else:
                    await self._call(slot)

    async def _call(self, slot: Slot) -> None:
        self.calls += 1
        latency = self._rng.uniform(0, self._latency_s)
        there = latency * (self._rng.random() if self._where is None else self._where)
        told: CIMultiDict[str] = CIMultiDict()
        # the request is on its way whatever becomes of its sender
        asyncio.get_running_loop().call_later(there, lambda: told.update(self._server.stamp()))
        await asyncio.sleep(latency + 1e-6)
        slot.observe(200, told)

    def kill(self) -> None:
        self.store.kill()
        self.stop()

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for admission in self.budget._admissions.values():
            admission.stop()
