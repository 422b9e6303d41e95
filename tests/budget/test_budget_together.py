"""Several turns at once: all or none, never over a limit, and nobody waits for ever for anybody."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from etl.budget import Budget, Priority, Shared, Slot
from etl.budget.limits import WindowLimit
from etl.errors import BudgetSpent
from tests.budget.test_budget_properties import FEW
from tests.budget.test_budget_waiting import budget_of, use
from tests.budget.world import AMSTERDAM, Caller, HandClock, Server, daily, moving, play


@FEW
@given(
    seed=st.integers(0, 2**32),
    limit=st.integers(1, 12),
    seconds=st.sampled_from([2.0, 60.0]),
    latency_s=st.sampled_from([0.0, 0.05, 0.5]),
    togethers=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    kills=st.lists(st.floats(0.01, 0.9), max_size=2),
    tells=st.booleans(),
)
def test_whoever_wants_how_many_at_once_gets_them_and_no_window_exceeds_the_limit(
    seed: int, limit: int, seconds: float, latency_s: float, togethers: list[int], kills: list[float], tells: bool
) -> None:
    async def scene() -> None:
        clock, rng = HandClock(), random.Random(seed)
        server, shared = Server(clock, limit, seconds, tells=tells), Shared(clock)

        def start(together: int) -> Caller:
            return Caller(
                shared, server, (moving(limit, seconds),), tasks=rng.randint(1, 6), rng=rng, latency_s=latency_s,
                together=together, spoilt=rng.choice([0.0, 0.3]),
            )  # fmt: skip

        callers = [(together, start(together)) for together in togethers]
        for moment in kills:
            await asyncio.sleep(moment * seconds)
            together, caller = callers.pop(rng.randrange(len(callers)))
            caller.kill()
            callers.append((together, start(together)))
        await asyncio.sleep(seconds * 40)
        for together, caller in callers:
            assert caller.grants == {min(together, limit)}, "everybody got through, all or nothing"
            caller.stop()
        assert server.worst() <= limit

    play(scene())


def test_48_tasks_that_each_want_two_under_five_a_minute_all_get_through() -> None:
    async def scene() -> tuple[int, int, float]:
        clock = HandClock()
        server, shared = Server(clock, 5, 60.0), Shared(clock)
        budgets = [budget_of(shared, moving(5, 60.0)) for _ in range(4)]
        got: list[int] = []

        async def pair(task: int) -> None:
            async with budgets[task % 4].calls(2) as slots:
                got.append(len(slots))
                for slot in slots:
                    await asyncio.sleep(0.1)
                    server.stamp()
                    slot.observe(200, CIMultiDict())

        await asyncio.gather(*(pair(task) for task in range(48)))
        assert set(got) == {2}
        return len(got), server.worst(), clock.monotonic() - 1000

    pairs, worst, seconds = play(scene())
    assert (pairs, worst) == (48, 4)  # the fifth call of a minute is nobody's pair
    assert seconds < 24 * 62


@pytest.mark.parametrize("others", [1, 3, 8])
def test_who_wants_two_is_not_starved_by_those_who_take_each_slot_as_it_comes_free(others: int) -> None:
    async def scene() -> list[int]:
        clock, rng = HandClock(), random.Random(7)
        server, shared = Server(clock, 6, 60.0), Shared(clock)
        singles = [Caller(shared, server, (moving(6, 60.0),), tasks=8, rng=rng, latency_s=3.0) for _ in range(others)]
        await asyncio.sleep(30)
        pairs = Caller(shared, server, (moving(6, 60.0),), tasks=4, rng=rng, latency_s=3.0, together=2)
        await asyncio.sleep(60 * 30)
        for caller in (*singles, pairs):
            caller.stop()
        assert server.worst() <= 6
        return [pairs.calls, *(caller.calls for caller in singles)]

    pairs, *singles = play(scene())
    assert pairs >= 0.8 * 6 * 30 / (others + 1)
    assert min(singles) >= 0.5 * 6 * 30 / (others + 1)


def test_pairs_waste_hardly_anything() -> None:
    async def scene() -> float:
        clock, rng = HandClock(), random.Random(3)
        server, shared = Server(clock, 60, 60.0), Shared(clock)
        terms, began = (moving(60, 60.0),), clock.monotonic()
        callers = [
            Caller(shared, server, terms, tasks=8, rng=rng, latency_s=0.3, together=together) for together in (2, 1)
        ]
        while len(server.stamped) <= 600:
            await asyncio.sleep(0.05)
        for caller in callers:
            caller.stop()
        assert server.worst() <= 60
        return 600 / (sorted(server.stamped)[600] - began)

    assert play(scene()) > 0.96


@pytest.mark.parametrize(("limit", "most"), [(moving(1, 60.0), 1), (daily(5, reserve=4), 1), (moving(3, 9.0), 3)])
def test_where_the_limits_never_allow_so_many_there_are_as_many_as_they_allow(limit: WindowLimit, most: int) -> None:
    async def scene() -> int:
        async with budget_of(Shared(HandClock()), limit, moving(100, 60.0)).calls(4) as slots:
            return len(slots)

    assert play(scene()) == most


def test_a_day_that_has_one_call_left_parks_who_wants_two() -> None:
    async def scene() -> None:
        budget = budget_of(Shared(HandClock()), daily(5))
        await use(budget, 4)
        with pytest.raises(BudgetSpent) as parked:
            async with budget.calls(2):
                pass
        midnight = datetime(2026, 3, 11, tzinfo=AMSTERDAM).astimezone(UTC)
        assert parked.value.resume_at is not None
        assert abs((parked.value.resume_at - midnight).total_seconds()) < 1
        await use(budget, 1)

    play(scene())


def test_what_is_not_used_is_given_back_and_each_observes_its_own_answer() -> None:
    async def scene() -> list[int]:
        budget = budget_of(Shared(HandClock()), moving(10, 60.0), daily(10))
        async with budget.calls(3) as slots:
            slots[0].observe(200, CIMultiDict({"X-RateLimit-Minutely-Limit": "9"}))
            slots[1].observe(404, CIMultiDict({"X-RateLimit-Daily-Limit": "8"}))
            slots[2].unsent()
        return [limit.left for limit in (await budget.snapshot()).limits]

    assert play(scene()) == [7, 6]


def test_a_held_slot_grows_too_old_and_does_not_outlive_a_pause() -> None:
    async def valid(slots: Sequence[Slot], clock: HandClock, seconds: float) -> list[bool]:
        await clock.sleep(seconds)
        return [slot.is_valid() for slot in slots]

    async def scene() -> None:
        clock = HandClock()
        shared = Shared(clock)
        budget, other = (budget_of(shared, moving(10, 60.0)) for _ in range(2))
        async with budget.calls(2) as slots:
            assert await valid(slots, clock, 0) == [True, True]
            assert await valid(slots, clock, 45) == [True, True]
            assert await valid(slots, clock, 10) == [False, False]
        async with budget.calls(2) as slots:
            await other.pause(5)
            assert await valid(slots, clock, 0) == [False, False]

    play(scene())


def test_a_push_that_waits_for_two_goes_before_an_export_that_takes_one() -> None:
    async def scene() -> list[str]:
        shared = Shared(HandClock())
        exporting = budget_of(shared, moving(4, 60.0))
        pushing = budget_of(shared, moving(4, 60.0), priority=Priority.PUSH)
        order: list[str] = []

        async def one(budget: Budget, name: str, calls: int) -> None:
            async with budget.calls(calls):
                order.append(name)

        for _ in range(4):
            await use(exporting, 1)
            await asyncio.sleep(5)
        tasks = [asyncio.ensure_future(one(exporting, "export", 1)) for _ in range(3)]
        await asyncio.sleep(1)
        tasks += [asyncio.ensure_future(one(pushing, "push", 2))]
        await asyncio.gather(*tasks)
        return order

    assert play(scene()) == ["push", "export", "export", "export"]


def test_who_gives_up_waiting_for_two_leaves_the_slots_to_the_others() -> None:
    async def scene() -> float:
        shared = Shared(HandClock())
        budget, other = (budget_of(shared, moving(2, 60.0)) for _ in range(2))
        await use(budget, 1)
        await asyncio.sleep(30)
        await use(budget, 1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(20), other.calls(2):
                pass
        await use(budget, 1)
        return shared.clock.monotonic() - 1000

    assert play(scene()) == pytest.approx(60, abs=3)
