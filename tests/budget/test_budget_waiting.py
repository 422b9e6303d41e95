"""When it waits, when it parks, who goes first, and how everybody comes back from a pause."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from multidict import CIMultiDict

from etl.budget import Budget, Memory, Priority, Shared, WaitNotice
from etl.budget.limits import WindowLimit
from etl.errors import BudgetSpent, ConfigurationError
from tests.budget.world import AMSTERDAM, NOON, Caller, HandClock, Mortal, Server, daily, moving, play


def budget_of(shared: Shared, *terms: WindowLimit, **more: Any) -> Budget:
    return Budget("key", terms, store=Memory(shared), clock=shared.clock, timezone="Europe/Amsterdam", **more)


async def use(budget: Budget, calls: int) -> None:
    for _ in range(calls):
        async with budget.call() as slot:
            slot.observe(200, CIMultiDict())


def test_a_burst_under_an_unused_limit_goes_out_at_once() -> None:
    async def scene() -> float:
        shared = Shared(HandClock())
        await use(budget_of(shared, moving(360, 60.0)), 100)
        return shared.clock.monotonic() - 1000

    assert play(scene()) == 0


def test_a_moving_window_is_always_waited_for() -> None:
    async def scene() -> float:
        shared = Shared(HandClock())
        await use(budget_of(shared, moving(1, 3600.0), max_wait_s=10), 3)
        return shared.clock.monotonic() - 1000

    assert play(scene()) == pytest.approx(7200, rel=2e-4)


def test_several_windows_hold_at_once() -> None:
    async def scene() -> tuple[float, float]:
        shared = Shared(HandClock())
        budget = budget_of(shared, moving(5, 1.0), moving(12, 60.0))
        await use(budget, 12)
        after = shared.clock.monotonic() - 1000
        await use(budget, 1)
        return after, shared.clock.monotonic() - 1000

    assert play(scene()) == pytest.approx((2, 60), rel=2e-3)


def test_a_spent_day_parks_at_once_with_the_time_to_come_back() -> None:
    async def scene() -> None:
        shared = Shared(HandClock())
        budget = budget_of(shared, daily(50, reserve=10))
        await use(budget, 40)
        with pytest.raises(BudgetSpent) as parked:
            await use(budget, 1)
        midnight = datetime(2026, 3, 11, tzinfo=AMSTERDAM).astimezone(UTC)
        assert parked.value.resume_at is not None
        assert timedelta(0) <= parked.value.resume_at - midnight < timedelta(seconds=1)
        await shared.clock.sleep((parked.value.resume_at - shared.clock.now()).total_seconds())
        await use(budget, 40)
        assert shared.clock.monotonic() - 1000 < 86400

    play(scene())


def test_fifty_tasks_all_park_when_the_day_is_spent() -> None:
    async def scene() -> list[object]:
        budget = budget_of(Shared(HandClock()), daily(20))
        return await asyncio.gather(*(use(budget, 1) for _ in range(50)), return_exceptions=True)

    outcomes = play(scene())
    assert sum(isinstance(outcome, BudgetSpent) for outcome in outcomes) == 30
    assert outcomes.count(None) == 20


def test_wait_waits_for_the_next_day_and_tells_until_when() -> None:
    told: list[WaitNotice | None] = []

    async def scene() -> datetime:
        shared = Shared(HandClock())
        budget = budget_of(shared, daily(5), wait=True, on_wait=told.append)
        await use(budget, 6)
        return shared.clock.now()

    ended = play(scene())
    assert ended - datetime(2026, 3, 11, tzinfo=AMSTERDAM) < timedelta(seconds=1)
    assert told[0] is not None and told[0].reason == "day"
    assert abs(told[0].until - ended) < timedelta(seconds=1)
    assert told[-1] is None


@pytest.mark.parametrize(("asked", "waits"), [("120", 120), (" 3.5 ", 3.5), ("-4", 0), ("soon", 0)])
def test_one_pause_stops_every_process(asked: str, waits: float) -> None:
    async def scene() -> float:
        shared = Shared(HandClock())
        first, second = (budget_of(shared, moving(100, 60.0)) for _ in range(2))
        async with first.call() as slot:
            slot.observe(503, CIMultiDict({"Retry-After": asked}))
        began = shared.clock.monotonic()
        await use(second, 1)
        return shared.clock.monotonic() - began

    assert play(scene()) == pytest.approx(waits, abs=0.3)


def test_a_pause_longer_than_max_wait_parks() -> None:
    async def scene() -> None:
        shared = Shared(HandClock())
        budget = budget_of(shared, moving(100, 60.0), max_wait_s=900)
        await budget.pause(901)
        with pytest.raises(BudgetSpent) as parked:
            await use(budget, 1)
        assert parked.value.resume_at is not None
        assert abs(parked.value.resume_at - NOON - timedelta(seconds=901)) < timedelta(seconds=1)

    play(scene())


def test_they_come_back_from_a_pause_spread_out() -> None:
    async def scene() -> list[float]:
        shared = Shared(HandClock())
        budget = budget_of(shared, moving(1000, 60.0))
        await budget.pause(30)
        back: list[float] = []

        async def one() -> None:
            async with budget.call():
                back.append(shared.clock.monotonic() - 1000)

        await asyncio.gather(*(one() for _ in range(50)))
        return back

    back = play(scene())
    assert min(back) >= 30
    assert sum(at < 31 for at in back) <= 6
    assert max(back) < 36


def test_a_push_goes_before_an_export_in_one_process_and_between_two() -> None:
    async def scene() -> list[str]:
        shared = Shared(HandClock())
        exporting = budget_of(shared, moving(2, 60.0))
        pushing = budget_of(shared, moving(2, 60.0), priority=Priority.PUSH)
        order: list[str] = []

        async def one(budget: Budget, name: str, priority: Priority | None = None) -> None:
            async with budget.call(priority):
                order.append(name)

        await use(exporting, 2)
        tasks = [asyncio.ensure_future(one(exporting, "export")) for _ in range(4)]
        await asyncio.sleep(1)
        tasks += [asyncio.ensure_future(one(exporting, "push", Priority.PUSH))]
        await asyncio.sleep(1)
        tasks += [asyncio.ensure_future(one(pushing, "push")) for _ in range(3)]
        await asyncio.gather(*tasks)
        return order

    assert play(scene()) == ["push"] * 4 + ["export"] * 4


@pytest.mark.parametrize("head_start_s", [0, 20])
def test_of_two_that_always_wait_neither_gets_under_40_percent(head_start_s: int) -> None:
    async def scene() -> list[int]:
        clock, rng = HandClock(), random.Random(3)
        server, shared = Server(clock, 60, 60.0), Shared(clock)
        first = Caller(shared, server, (moving(60, 60.0),), tasks=8, rng=rng, latency_s=0.1)
        await asyncio.sleep(head_start_s)
        second = Caller(shared, server, (moving(60, 60.0),), tasks=4, rng=rng, latency_s=0.3)
        before = first.calls
        await asyncio.sleep(300)
        first.stop()
        second.stop()
        return [first.calls - before, second.calls]

    shares = play(scene())
    assert min(shares) >= 0.4 * sum(shares)


def test_who_gives_up_waiting_takes_no_slot() -> None:
    async def scene() -> float:
        shared = Shared(HandClock())
        budget = budget_of(shared, moving(1, 60.0))
        await use(budget, 1)
        waiting = [asyncio.ensure_future(use(budget, 1)) for _ in range(5)]
        await asyncio.sleep(30)
        for task in waiting[:4]:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return shared.clock.monotonic() - 1000

    assert play(scene()) == pytest.approx(60, abs=0.1)


def test_a_call_given_up_may_yet_arrive_and_counts_for_a_second_more() -> None:
    async def scene() -> float:
        shared = Shared(HandClock())
        budget = budget_of(shared, moving(1, 60.0))
        with pytest.raises(TimeoutError):
            async with budget.call(), asyncio.timeout(10):
                await asyncio.sleep(20)
        await use(budget, 1)
        return shared.clock.monotonic() - 1000

    assert play(scene()) == pytest.approx(71, abs=0.1)


def test_an_attempt_that_never_went_out_costs_nothing() -> None:
    async def scene() -> list[int]:
        budget = budget_of(Shared(HandClock()), moving(10, 60.0), daily(10))
        async with budget.call() as slot:
            slot.unsent()
        return [limit.left for limit in (await budget.snapshot()).limits]

    assert play(scene()) == [10, 10]


@pytest.mark.parametrize(
    "term", [moving(0, 60.0), moving(-1, 60.0), moving(5, 60.0, reserve=5), daily(5, reserve=9), moving(5, 0.0)]
)
def test_terms_that_leave_nothing_are_refused(term: WindowLimit) -> None:
    async def scene() -> None:
        with pytest.raises(ConfigurationError):
            budget_of(Shared(HandClock()), term)

    play(scene())


def test_a_limit_told_below_the_reserve_is_a_matter_of_configuration() -> None:
    async def scene() -> None:
        budget = budget_of(Shared(HandClock()), daily(100, reserve=50))
        async with budget.call() as slot:
            slot.observe(200, CIMultiDict({"X-RateLimit-Daily-Limit": "40", "X-RateLimit-Daily-Remaining": "39"}))
        with pytest.raises(ConfigurationError, match="reserve"):
            await use(budget, 1)

    play(scene())


@pytest.mark.parametrize("jump_s", [-86400 * 400, -3600, 3600, 86400 * 400])
def test_setting_the_wall_clock_neither_frees_a_slot_nor_holds_one(jump_s: int) -> None:
    async def scene() -> float:
        clock = HandClock()
        shared = Shared(clock)
        budget = budget_of(shared, moving(3, 60.0), daily(1000))
        await use(budget, 3)
        clock.wall += timedelta(seconds=jump_s)
        await use(budget, 1)
        return clock.monotonic() - 1000

    assert play(scene()) == pytest.approx(60, abs=0.1)


def test_a_call_under_way_at_midnight_counts_on_both_days() -> None:
    async def scene() -> list[int | None]:
        clock = HandClock(datetime(2026, 3, 10, 23, 59, tzinfo=AMSTERDAM).astimezone(UTC))
        budget = budget_of(Shared(clock), daily(100))
        await use(budget, 7)
        async with budget.call(), budget.call():
            before = (await budget.snapshot()).left_today
            await clock.sleep(120)
        return [before, (await budget.snapshot()).left_today]

    assert play(scene()) == [91, 98]


def test_what_a_dead_process_had_sent_counts_until_its_death_was_noticed_and_a_window_more() -> None:
    async def scene() -> float:
        shared = Shared(HandClock())
        doomed = Mortal(shared)
        budget = Budget("key", (moving(1, 60.0),), store=doomed, clock=shared.clock, timezone="UTC")
        under_way = budget.call()
        await under_way.__aenter__()
        await asyncio.sleep(5)
        doomed.kill()
        await asyncio.sleep(5)
        await use(budget_of(shared, moving(1, 60.0)), 1)
        return shared.clock.monotonic() - 1000

    assert play(scene()) == pytest.approx(10 + 1 + 60, abs=0.1)


def test_what_a_stopped_process_had_sent_counts_as_long_as_it_lives() -> None:
    async def scene() -> float:
        shared = Shared(HandClock())
        stopped = budget_of(shared, moving(1, 60.0))
        under_way = stopped.call()
        await under_way.__aenter__()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await use(budget_of(shared, moving(1, 60.0)), 1)
        return shared.clock.monotonic() - 1000

    assert play(scene()) == pytest.approx(3600)
