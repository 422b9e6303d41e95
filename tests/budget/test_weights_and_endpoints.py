"""Calls that count as several, and limits of one endpoint: a server that counts refuses none, and little is wasted."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.budget import Budget, Memory, Shared, WindowLimit, open_store
from etl.clock import SystemClock
from etl.errors import BudgetSpent, ConfigurationError
from etl.simulator.engine.limits import Limits, Window
from etl.systems.check import faults
from etl.systems.declare import Cost
from tests.budget.world import HandClock, play
from tests.support.limited import declared, paged, refused, system_of
from tests.support.plugins import CRM
from tests.support.scripted import Answer, Seen, Server
from tests.support.workplace import Project

SEARCH = "/search"
HEAVY = Cost(3)
COSTS = (Cost(), HEAVY, Cost(1, SEARCH), Cost(2, SEARCH))


def terms(limit: int, own: int, seconds: float, per_day: int | None = None) -> tuple[WindowLimit, ...]:
    days = () if per_day is None else (WindowLimit(f"day {SEARCH}", None, per_day),)
    return WindowLimit(f"{seconds:g}", seconds, limit), WindowLimit(f"{seconds:g} {SEARCH}", seconds, own), *days


class Counting:
    """A server that counts by weights and endpoints."""

    def __init__(self, limit: int, own: int, seconds: float) -> None:
        self.weights: list[int] = [1]
        windows = [Window(limit, seconds), Window(own, seconds, SEARCH)]
        self._limits = Limits(per_minute=None, per_day=None, windows=windows, weigh=lambda *_: self.weights[-1])
        self.admitted = self.refused = 0

    def arrive_now(self, clock: HandClock, cost: Cost) -> None:
        self.arrive(clock.monotonic(), cost)

    def arrive(self, at: float, cost: Cost) -> None:
        self.weights.append(cost.weight)
        verdict = self._limits.admit("me", at, "GET", cost.endpoint or "/")
        self.admitted += cost.weight * verdict.allowed
        self.refused += not verdict.allowed


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32), processes=st.integers(1, 3), limit=st.integers(3, 30), own=st.integers(2, 6),
    kills=st.integers(0, 2),
)  # fmt: skip
def test_no_window_of_account_or_endpoint_is_ever_exceeded(
    seed: int, processes: int, limit: int, own: int, kills: int
) -> None:
    async def scene() -> Counting:
        clock, rng, server = HandClock(), random.Random(seed), Counting(limit, own, 10.0)
        shared = Shared(clock)

        def start() -> tuple[Memory, list[asyncio.Task[None]]]:
            store = Memory(shared)
            budget = Budget("key", terms(limit, own, 10.0), store=store, clock=clock, timezone="UTC")
            return store, [asyncio.ensure_future(work(budget)) for _ in range(4)]

        async def work(budget: Budget) -> None:
            while True:
                costs = rng.sample(COSTS, rng.choice([1, 1, 2]))
                async with budget.calls(costs) as slots:
                    for slot in slots:
                        latency = rng.uniform(0, 0.3)
                        loop, moment = asyncio.get_running_loop(), rng.uniform(0, latency)
                        loop.call_later(moment, server.arrive_now, clock, slot.cost)
                        await asyncio.sleep(latency + 1e-6)
                        slot.observe(200, {})

        running = [start() for _ in range(processes)]
        for _ in range(kills):
            await asyncio.sleep(rng.uniform(1, 9))
            store, tasks = running.pop()
            store.kill()
            for task in tasks:
                task.cancel()
            running.append(start())
        await asyncio.sleep(30)
        for _, tasks in running:
            for task in tasks:
                task.cancel()
        return server

    server = play(scene())
    assert server.refused == 0
    assert server.admitted >= 2 * min(limit, own), "and not idle"


def test_who_waits_for_an_endpoint_keeps_nobody_else_waiting_and_all_of_the_account_is_used() -> None:
    async def scene() -> tuple[int, int, int]:
        clock, server = HandClock(), Counting(30, 3, 60.0)
        budget = Budget("key", terms(30, 3, 60.0), store=Memory(Shared(clock)), clock=clock, timezone="UTC")
        made = {"": 0, SEARCH: 0}

        async def work(cost: Cost) -> None:
            while True:
                async with budget.call(cost=cost) as slot:
                    server.arrive(clock.monotonic(), cost)
                    await asyncio.sleep(0.1)
                    slot.observe(200, {})
                    made[cost.endpoint] += 1

        tasks = [asyncio.ensure_future(work(Cost(1, endpoint))) for endpoint in (SEARCH, SEARCH, "", "", SEARCH)]
        await asyncio.sleep(59)
        for task in tasks:
            task.cancel()
        return made[""], made[SEARCH], server.refused

    assert play(scene()) == (27, 3, 0)


def test_an_endpoints_day_is_its_own() -> None:
    async def scene() -> list[int]:
        clock = HandClock()
        budget = Budget("key", terms(100, 100, 60.0, 5), store=Memory(Shared(clock)), clock=clock, timezone="UTC")
        made = []
        for cost in (Cost(2, SEARCH), Cost()):
            made.append(0)
            with pytest.raises(BudgetSpent) if cost.endpoint else pytest.MonkeyPatch.context():
                while made[-1] < 9:
                    async with budget.call(cost=cost) as slot:
                        slot.observe(200, {})
                        made[-1] += 1
        return made

    assert play(scene()) == [2, 9]


def test_a_call_that_counts_as_more_than_is_ever_allowed_is_refused() -> None:
    async def scene() -> None:
        clock = HandClock()
        budget = Budget("key", terms(2, 2, 60.0), store=Memory(Shared(clock)), clock=clock, timezone="UTC")
        async with budget.call(cost=HEAVY):
            raise AssertionError

    with pytest.raises(ConfigurationError, match="counts as several"):
        play(scene())


def test_what_an_endpoint_tells_of_itself_lowers_nobody_else() -> None:
    async def scene() -> list[int]:
        clock = HandClock()
        both = (WindowLimit("60", 60.0, 50, headers="X-RateLimit-"),
                WindowLimit(f"60 {SEARCH}", 60.0, 10, headers="X-RateLimit-"))  # fmt: skip
        budget = Budget("key", both, store=Memory(Shared(clock)), clock=clock, timezone="UTC")
        async with budget.call(cost=Cost(1, SEARCH)) as slot:
            slot.observe(200, {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "2"})
        return [limit.left for limit in (await budget.snapshot()).limits]

    assert play(scene()) == [49, 2]


@pytest.fixture(params=["sqlite", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """Where the budgets are kept, of either kind."""
    yield tmp_path / "budgets.db" if request.param == "sqlite" else request.getfixturevalue("redis_url")


async def test_two_stores_share_weights_and_endpoints(place: Path | str) -> None:
    clock, server, made = SystemClock(), Counting(12, 4, 0.5), 0
    async with open_store(place, clock) as one, open_store(place, clock) as two:
        budgets = [
            Budget("key", terms(12, 4, 0.5), store=store, clock=clock, timezone="UTC", configuration=str(number))
            for number, store in enumerate((one, two))
        ]

        async def work(budget: Budget, cost: Cost) -> None:
            nonlocal made
            while made < 36:
                async with budget.call(cost=cost) as slot:
                    await asyncio.sleep(0.002)
                    server.arrive(time.monotonic(), cost)
                    await asyncio.sleep(0.002)
                    slot.observe(200, {})
                    made += cost.weight

        await asyncio.gather(*(work(budget, cost) for budget in budgets for cost in COSTS))
        left = [str(limit) for limit in (await budgets[0].snapshot()).limits]
        for budget in budgets:
            await budget.close()
    assert (server.refused, server.admitted) == (0, made)
    assert left[1].endswith(f"of 4 per 0.5 s at {SEARCH}")


PEOPLE = "/{shelf}/people"
OWN = f"MovingWindow(30, seconds=0.2), MovingWindow(4, seconds=0.2, endpoint={PEOPLE!r}),"


def test_a_paged_stream_of_weighty_calls_is_exported_within_the_limit_of_its_path(project: Project) -> None:
    windows = [Window(30, 0.2), Window(4, 0.2, "/upper/people")]
    limits = Limits(per_minute=None, per_day=None, windows=windows, weigh=lambda *_: 2)
    verdicts = []

    def answer(seen: Seen) -> Answer:
        verdict = limits.admit("me", time.monotonic(), seen.method, seen.path)
        verdicts.append(verdict.allowed)
        return paged(seen, 120) if verdict.allowed else Answer(b"", 429, {"Retry-After": "1"})

    with Server(answer) as server:
        declared(project, OWN, url=server.base_url, text=weighing(2))
        planned = project.etl("plan", "export", "crm", "--calls", "40", "--json")
        ran = project.etl("export", "--out", "out", "--json")
        again = project.etl("plan", "export", "crm", "--json")
    assert (ran.code, ran.summary["written"]) == (0, 120)
    assert all(verdicts) and len(verdicts) >= 13, "a page may be asked for ahead"
    assert ran.summary["calls"]["sent"] == 2 * len(verdicts), "each counts as two"
    need = again.summary["accounts"]["crm"]["streams"]["crm.people"]
    assert need["calls"] == 26 and "each counts as 2" in need["basis"]
    # 80, four every 0.2 s and an answer's 0.3 s, where the account would allow 30
    assert planned.summary["accounts"]["crm"]["minutes"] * 60 == pytest.approx(19 * 0.5, rel=0.1)


def weighing(weight: int, text: str = CRM) -> str:
    """The system with pages, and calls that count as several."""
    text = text.replace("    MovingWindow,", "    MovingWindow,\n    PageNumber,\n    PageSize,")
    return text.replace(
        'key="id",', f'key="id", weight={weight}, paging=PageNumber("page", size=PageSize("size", 10)),'
    )


def test_a_limit_of_ones_own_below_the_weight_of_a_call_ends_the_command(project: Project) -> None:
    declared(project, OWN, "[accounts.crm.budget]", "per_minute = 1", text=weighing(2))
    assert "A call counts as several" in refused(project, "export", "--out", "out")


@pytest.mark.parametrize(
    ("limits", "weight", "says"),
    [
        ("MovingWindow(5, seconds=60),", "0", "streams.people.weight is 0"),
        ("MovingWindow(5, seconds=60),", "6", "streams.people.weight is 6, and a limit allows 5"),
        (OWN, "5", "streams.people.weight is 5, and a limit allows 4"),
        ("MovingWindow(5, seconds=60, endpoint='/nowhere'),", "1", "limits: endpoint '/nowhere' is no path"),
        (f"MovingWindow(5, 60, endpoint={PEOPLE!r}), MovingWindow(6, 60, endpoint={PEOPLE!r}),", "1", "5 and 6 per"),
        (f"Daily(5, endpoint={PEOPLE!r}), Daily(6, 'X-', endpoint={PEOPLE!r}),", "1", "5 and 6 per day"),
    ],
)
def test_a_weight_or_an_endpoint_that_cannot_be_is_refused(limits: str, weight: str, says: str) -> None:
    told = faults(system_of(limits, weighing(int(weight))))
    assert any(says in fault for fault in told), told
