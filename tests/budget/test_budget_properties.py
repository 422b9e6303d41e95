"""For random arrivals, latencies, kills, processes and headers: never over, and hardly anything wasted."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import formatdate

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.budget import Priority, Shared
from etl.budget.account_state import AccountState, Hunger, WaitingSession
from etl.budget.fairness import ahead, held_for_others
from tests.budget.world import AMSTERDAM, Caller, HandClock, Server, daily, moving, play

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORLDS = {
    "seed": st.integers(0, 2**32),
    "processes": st.integers(1, 4),
    "tasks": st.integers(1, 8),
    "where": st.sampled_from([0.0, 1.0, None]),
    "tells": st.booleans(),
}


@FEW
@given(
    limit=st.integers(1, 40),
    seconds=st.sampled_from([2.0, 10.0, 60.0]),
    latency_s=st.sampled_from([0.0, 0.02, 0.3]),
    kills=st.lists(st.floats(0.01, 0.9), max_size=3),
    **WORLDS,
)
def test_the_worst_window_never_exceeds_the_limit(
    seed: int,
    processes: int,
    tasks: int,
    where: float | None,
    tells: bool,
    limit: int,
    seconds: float,
    latency_s: float,
    kills: list[float],
) -> None:
    async def scene() -> int:
        clock, rng = HandClock(), random.Random(seed)
        server, shared = Server(clock, limit, seconds, tells=tells), Shared(clock)

        def start() -> Caller:
            return Caller(
                shared, server, (moving(limit, seconds),), tasks=tasks, rng=rng, latency_s=latency_s, where=where
            )

        callers = []
        for _ in range(processes):
            callers.append(start())
            await asyncio.sleep(rng.uniform(0, seconds / 4))
        for moment in kills:
            await asyncio.sleep(moment * seconds)
            callers.pop(rng.randrange(len(callers))).kill()
            await asyncio.sleep(rng.choice([0.0, 0.1, seconds / 2]))
            callers.append(start())
        await asyncio.sleep(seconds * 2)
        for caller in callers:
            caller.stop()
        return server.worst()

    assert play(scene()) <= limit


@FEW
@given(limit=st.integers(5, 60), killed=st.booleans(), **WORLDS)
def test_utilisation_stays_above_98_percent_of_the_best(
    seed: int, processes: int, tasks: int, where: float | None, tells: bool, limit: int, killed: bool
) -> None:
    windows, seconds = 4, 60.0

    async def scene() -> tuple[float, int]:
        clock, rng = HandClock(), random.Random(seed)
        server, shared = Server(clock, limit, seconds, tells=tells), Shared(clock)

        def start() -> Caller:
            return Caller(shared, server, (moving(limit, seconds),), tasks=tasks, rng=rng, latency_s=0.3, where=where)

        began = clock.monotonic()
        callers = [start() for _ in range(processes)]
        if killed:
            await asyncio.sleep(rng.uniform(0, 90))
            callers.pop().kill()
            callers.append(start())
        while len(server.stamped) <= windows * limit:
            await asyncio.sleep(0.05)
        for caller in callers:
            caller.stop()
        # nobody may have call number windows * limit + 1 stamped sooner than this after the first
        return windows * seconds / (sorted(server.stamped)[windows * limit] - began), server.worst()

    utilisation, worst = play(scene())
    assert worst <= limit
    assert utilisation > 0.98


@FEW
@given(
    start=st.sampled_from([(2026, 3, 10), (2026, 3, 28), (2026, 10, 24)]),
    offset_s=st.sampled_from([0.0, -600.0, 600.0]),
    per_day=st.integers(30, 200),
    **WORLDS,
)
def test_no_day_of_the_server_is_ever_overspent_and_each_is_used(
    seed: int,
    processes: int,
    tasks: int,
    where: float | None,
    tells: bool,
    start: tuple[int, int, int],
    offset_s: float,
    per_day: int,
) -> None:
    async def scene() -> Server:
        clock, rng = HandClock(datetime(*start, 20, 0, tzinfo=AMSTERDAM).astimezone(UTC)), random.Random(seed)
        server, shared = Server(clock, 10, 60.0, per_day, offset_s, tells), Shared(clock)
        terms = (moving(10, 60.0), daily(per_day))
        callers = [
            Caller(shared, server, terms, tasks=tasks, rng=rng, latency_s=0.3, where=where) for _ in range(processes)
        ]
        await asyncio.sleep(timedelta(hours=54).total_seconds())
        for caller in callers:
            caller.stop()
        return server

    server = play(scene())
    assert max(server.days.values()) <= per_day
    assert list(server.days.values())[1] >= 0.98 * per_day - 8
    assert server.worst() <= 10


FORMS: list[Callable[[float, float], str]] = [
    lambda end, now: str(int(end * 1000)),
    lambda end, now: str(int(end - now)),
    lambda end, now: str(math.ceil(end - now)),
    lambda end, now: formatdate(end, usegmt=True),
    lambda end, now: datetime.fromtimestamp(end, UTC).isoformat(),
]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(form=st.sampled_from(FORMS), offset_s=st.sampled_from([0.0, -600.0, 600.0]), seed=st.integers(0, 2**32))
def test_a_days_end_may_be_told_in_any_form(form: Callable[[float, float], str], offset_s: float, seed: int) -> None:
    async def scene() -> Server:
        clock, rng = HandClock(datetime(2026, 3, 10, 22, 0, tzinfo=AMSTERDAM).astimezone(UTC)), random.Random(seed)
        server, shared = Server(clock, 10, 60.0, 100, offset_s, tells=True, forms=form), Shared(clock)
        terms = (moving(10, 60.0), daily(100))
        callers = [Caller(shared, server, terms, tasks=3, rng=rng, latency_s=0.3) for _ in range(2)]
        await asyncio.sleep(timedelta(hours=28).total_seconds())
        for caller in callers:
            caller.stop()
        return server

    server = play(scene())
    assert max(server.days.values()) <= 100
    assert list(server.days.values())[1] >= 90


NUMBERS = st.one_of(
    st.integers(0, 60), st.integers(0, 10**7), st.integers(10**9, 2 * 10**9), st.integers(10**12, 2 * 10**12)
).map(str)
TEXTS = st.one_of(
    NUMBERS,
    st.floats().map(str),
    st.text(max_size=12),
    st.sampled_from(["", "0", "-1", "100;w=60", "10, 10;w=1, 900;w=3600", "limit=900, remaining=899, reset=1"]),
    st.builds(
        '"m";q={};r={};t={};w={}'.format, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["1", "60", "300", "86400"])
    ),
)
NAMES = [
    *(f"{prefix}{part}" for prefix in ("X-RateLimit-", "RateLimit-") for part in ("Limit", "Remaining", "Reset")),
    "RateLimit", "RateLimit-Policy", "Date",
]  # fmt: skip


@FEW
@given(
    told=st.lists(st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=5), min_size=1, max_size=8),
    seconds=st.sampled_from([1.0, 60.0, 300.0]),
    limit=st.integers(1, 20),
    prefix=st.sampled_from(["X-RateLimit-", "RateLimit-", None]),
    seed=st.integers(0, 2**32),
)
def test_whatever_headers_say_no_window_is_ever_exceeded(
    told: list[dict[str, str]], seconds: float, limit: int, prefix: str | None, seed: int
) -> None:
    async def scene() -> Server:
        clock, rng = HandClock(), random.Random(seed)
        server, shared = Server(clock, limit, seconds, invents=lambda: rng.choice(told)), Shared(clock)
        terms = (moving(limit, seconds, headers=prefix),)
        callers = [Caller(shared, server, terms, tasks=3, rng=rng, latency_s=0.2) for _ in range(2)]
        await asyncio.sleep(seconds * 3)
        for caller in callers:
            caller.stop()
        return server

    assert play(scene()).worst() <= limit


def test_an_eight_day_migration_plays_in_seconds() -> None:
    async def scene() -> Server:
        clock = HandClock()
        server, shared = Server(clock, 360, 60.0, 15_000, tells=False), Shared(clock)
        caller = Caller(
            shared, server, (moving(360, 60.0), daily(15_000)), tasks=8, rng=random.Random(1), latency_s=0.3
        )
        while server.ours < 40_000:
            await asyncio.sleep(60)
        caller.stop()
        return server

    server = play(scene())
    assert server.worst() <= 360
    assert max(server.days.values()) == 15_000


@given(
    room=st.integers(1, 40),
    shares=st.lists(st.integers(0, 9), min_size=2, max_size=5),
    data=st.data(),
)
def test_whatever_is_kept_for_others_somebody_may_go(room: int, shares: list[int], data: st.DataObject) -> None:
    now, book = 1000.0, AccountState()
    names = [f"session {number}" for number in range(len(shares))]
    priorities = [data.draw(st.sampled_from(list(Priority))) for _ in names]
    for name, share, priority in zip(names, shares, priorities, strict=True):
        for _ in range(share):
            book.receive(book.send(name, now - 20), now - data.draw(st.floats(0, 20)))
        book.facts.hunger[name] = Hunger(now - data.draw(st.floats(0, 50)), priority, data.draw(st.integers(0, 9)))
        together = data.draw(st.integers(1, 3))
        wakes = now + (data.draw(st.floats(0, 30)) if together > 1 else 0)
        book.facts.waiting[name] = WaitingSession(priority, together, now - 1, wakes, together)
    free = [
        name
        for name, priority in zip(names, priorities, strict=True)
        if not held_for_others(book, now, name, priority, room, 60.0) and not ahead(book, now, name, priority, 60.0)[0]
    ]
    assert len(free) == 1


@pytest.mark.parametrize("slow_s", [0.5, 2.0, 10.0])
def test_what_is_kept_for_a_slow_process_is_not_wasted(slow_s: float) -> None:
    async def scene() -> tuple[float, list[int]]:
        clock, rng = HandClock(), random.Random(5)
        server, shared = Server(clock, 100, 60.0), Shared(clock)
        terms = (moving(100, 60.0),)
        fast = Caller(shared, server, terms, tasks=8, rng=rng, latency_s=0.2)
        slow = Caller(shared, server, terms, tasks=1, rng=rng, latency_s=slow_s)
        began = clock.monotonic()
        while len(server.stamped) <= 1000:
            await asyncio.sleep(0.05)
        for caller in (fast, slow):
            caller.stop()
        return 600 / (sorted(server.stamped)[1000] - began), [fast.calls, slow.calls]

    utilisation, calls = play(scene())
    assert utilisation > 0.98
    assert min(calls) > 100
