"""The budget, under a clock moved by hand: never a call too many, however the server stamps them."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import BudgetSpent
from etl.http.budget import COMEBACK_S, Budget, next_midnight
from etl.systems.declare import Daily, Limit, MovingWindow
from tests.support.clock import NOON, HandClock, settle

AMSTERDAM = "Europe/Amsterdam"
Span = tuple[float, float]


def a_budget(
    clock: HandClock, *limits: Limit, wait: bool = False, zone: str = AMSTERDAM, max_wait_s: float = 900
) -> Budget:
    return Budget(limits, clock=clock, timezone=zone, wait=wait, max_wait_s=max_wait_s)


async def call(budget: Budget, clock: HandClock, latency_s: float = 0.0) -> Span:
    """A call that takes so long; when it was sent and when it was answered."""
    async with budget.call():
        sent = clock.monotonic()
        if latency_s:
            await clock.sleep(latency_s)
        return sent, clock.monotonic()


async def calls(budget: Budget, clock: HandClock, plan: Sequence[Span]) -> list[Span]:
    """Calls that each arrive at a time and take a while, all of them done."""

    async def one(arrival_s: float, latency_s: float) -> Span:
        await clock.sleep(arrival_s)
        return await call(budget, clock, latency_s)

    tasks = [asyncio.create_task(one(*each)) for each in plan]
    await clock.run_on()
    return await asyncio.gather(*tasks)


def worst(stamps: Sequence[float], seconds: float) -> int:
    """The most stamps that any moving window of so many seconds holds."""
    ordered = sorted(stamps)
    return max((n + 1 - bisect_right(ordered, at - seconds) for n, at in enumerate(ordered)), default=0)


@settings(max_examples=60)
@given(
    limit=st.integers(1, 6),
    plan=st.lists(st.tuples(st.floats(0, 150), st.floats(0, 50)), min_size=1, max_size=24),
    data=st.data(),
)
def test_no_moving_window_ever_holds_more_than_the_limit_wherever_the_server_stamps(
    limit: int, plan: list[Span], data: st.DataObject
) -> None:
    async def run() -> list[Span]:
        clock = HandClock()
        return await calls(a_budget(clock, MovingWindow(limit, 60)), clock, plan)

    spans = asyncio.run(run())
    fractions = [
        [0.0] * len(spans),
        [1.0] * len(spans),
        [float(n % 2) for n in range(len(spans))],
        data.draw(st.lists(st.floats(0, 1), min_size=len(spans), max_size=len(spans))),
    ]
    for chosen in fractions:
        stamps = [sent + (answered - sent) * f for (sent, answered), f in zip(spans, chosen, strict=True)]
        assert worst(stamps, 60) <= limit


async def test_a_burst_of_the_whole_limit_goes_at_once_and_the_next_call_a_window_after_the_answer() -> None:
    clock = HandClock()
    spans = await calls(a_budget(clock, MovingWindow(360, 60)), clock, [(0.0, 0.5)] * 361)
    assert [sent for sent, _ in spans[:360]] == [pytest.approx(0, abs=1e-3)] * 360
    assert spans[360][0] == pytest.approx(60.5, abs=1e-3)


async def test_a_waiting_crowd_uses_at_least_97_percent_of_the_limit() -> None:
    clock = HandClock()
    spans = await calls(a_budget(clock, MovingWindow(60, 60)), clock, [(0.0, 0.2)] * 600)
    assert max(sent for sent, _ in spans) <= 9 * 60 / 0.97


async def test_a_call_that_is_not_answered_keeps_its_slot() -> None:
    clock = HandClock()
    budget = a_budget(clock, MovingWindow(1, 60))
    first = asyncio.create_task(call(budget, clock, latency_s=500))
    await clock.advance(1)
    second = asyncio.create_task(call(budget, clock))
    await clock.advance(450)
    assert not second.done()
    await clock.advance(200)
    assert (await first)[1] + 60 <= (await second)[0]


async def test_a_cancelled_call_and_a_cancelled_wait_leave_the_budget_usable() -> None:
    clock = HandClock()
    budget = a_budget(clock, MovingWindow(1, 60))
    sending = asyncio.create_task(call(budget, clock, latency_s=500))
    waiting = asyncio.create_task(call(budget, clock))
    await clock.advance(1)
    for task in (waiting, sending):
        task.cancel()
    await asyncio.gather(waiting, sending, return_exceptions=True)
    later = asyncio.create_task(call(budget, clock))
    await clock.advance(61)
    assert later.done()


# -- the day ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "hours"), [(datetime(2026, 3, 29), 23), (datetime(2026, 10, 25), 25), (datetime(2026, 6, 1), 24)]
)
async def test_a_day_lasts_from_local_midnight_to_local_midnight_however_long_it_is(day: datetime, hours: int) -> None:
    midnight = day.replace(tzinfo=ZoneInfo(AMSTERDAM)).astimezone(UTC)
    clock = HandClock(midnight)
    budget = a_budget(clock, Daily(3))
    for _ in range(3):
        await call(budget, clock)
    with pytest.raises(BudgetSpent) as spent:
        await call(budget, clock)
    assert spent.value.resume_at == midnight + timedelta(hours=hours)
    await clock.advance(hours * 3600 - 1)
    with pytest.raises(BudgetSpent):
        await call(budget, clock)
    await clock.advance(1)
    await call(budget, clock)
    assert budget.left_today() == 2


async def test_the_day_is_the_one_of_the_accounts_zone() -> None:
    now = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)  # half past midnight in Amsterdam already
    assert next_midnight(now, ZoneInfo(AMSTERDAM)) == datetime(2026, 6, 2, 22, tzinfo=UTC)
    assert next_midnight(now, ZoneInfo("America/New_York")) == datetime(2026, 6, 2, 4, tzinfo=UTC)


async def test_a_spent_day_is_waited_for_with_wait() -> None:
    clock = HandClock()
    spans = await calls(a_budget(clock, Daily(2), wait=True), clock, [(0.0, 1.0)] * 5)
    midnight = (next_midnight(NOON, ZoneInfo(AMSTERDAM)) - NOON).total_seconds()
    assert [sent >= midnight for sent, _ in spans] == [False, False, True, True, True]
    assert spans[4][0] >= midnight + 86_400


@settings(max_examples=40)
@given(plan=st.lists(st.tuples(st.floats(0, 4000), st.floats(0, 900)), min_size=1, max_size=20), data=st.data())
def test_no_day_ever_holds_more_than_the_limit_wherever_the_server_stamps(
    plan: list[Span], data: st.DataObject
) -> None:
    start = datetime(2026, 6, 1, 21, 30, tzinfo=UTC)  # half an hour before midnight

    async def run() -> list[Span]:
        clock = HandClock(start)
        return await calls(a_budget(clock, Daily(4), wait=True), clock, plan)

    spans = asyncio.run(run())
    chosen = data.draw(st.lists(st.floats(0, 1), min_size=len(spans), max_size=len(spans)))
    for fractions in ([0.0] * len(spans), [1.0] * len(spans), chosen):
        days: dict[str, int] = {}
        for (sent, answered), f in zip(spans, fractions, strict=True):
            at = start + timedelta(seconds=sent + (answered - sent) * f)
            day = f"{at.astimezone(ZoneInfo(AMSTERDAM)):%F}"
            days[day] = days.get(day, 0) + 1
        assert max(days.values()) <= 4


async def test_a_wall_clock_set_back_or_forward_never_gives_the_day_twice() -> None:
    clock = HandClock()
    budget = a_budget(clock, Daily(2))
    await call(budget, clock)
    clock.jump(timedelta(days=-2))
    await call(budget, clock)
    with pytest.raises(BudgetSpent):
        await call(budget, clock)


async def test_a_day_that_the_server_calls_spent_is_spent_until_then_whatever_was_counted() -> None:
    clock = HandClock()
    for limits in ((Daily(100),), (MovingWindow(60, 60),)):
        budget = a_budget(clock, *limits)
        until = clock.now() + timedelta(hours=3)
        budget.spend_day(until)
        with pytest.raises(BudgetSpent) as spent:
            await call(budget, clock)
        assert spent.value.resume_at == until
        assert budget.left_today() == 0


# -- pauses -------------------------------------------------------------------------------------------


async def test_a_pause_stops_everyone_and_they_come_back_spread_out() -> None:
    clock = HandClock()
    budget = a_budget(clock, MovingWindow(1000, 60))
    budget.pause(30)
    tasks = [asyncio.create_task(call(budget, clock)) for _ in range(4)]
    await clock.advance(29)
    assert not any(task.done() for task in tasks)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await clock.advance(1.1)
    assert sum(task.done() for task in tasks) == 1
    await asyncio.gather(*tasks)
    assert loop.time() - began >= 0.5


async def test_some_time_after_a_pause_bursts_go_at_once_again() -> None:
    clock = HandClock()
    budget = a_budget(clock, MovingWindow(1000, 60))
    budget.pause(1)
    await clock.advance(1 + COMEBACK_S + 0.1)
    tasks = [asyncio.create_task(call(budget, clock)) for _ in range(50)]
    await settle()
    assert all(task.done() for task in tasks)


async def test_a_pause_that_comes_while_waiting_holds_too() -> None:
    clock = HandClock()
    budget = a_budget(clock, MovingWindow(1, 60))
    await call(budget, clock)
    waiting = asyncio.create_task(call(budget, clock))
    await clock.advance(50)
    budget.pause(100)
    await clock.advance(99)
    assert not waiting.done()
    await clock.advance(2)
    assert waiting.done()


async def test_a_shorter_pause_does_not_cut_a_longer_one_short() -> None:
    clock = HandClock()
    budget = a_budget(clock, MovingWindow(10, 60))
    budget.pause(100)
    budget.pause(1)
    waiting = asyncio.create_task(call(budget, clock))
    await clock.advance(99)
    assert not waiting.done()
    await clock.advance(2)
    assert waiting.done()


async def test_a_pause_beyond_the_longest_wait_parks_and_says_until_when() -> None:
    clock = HandClock()
    budget = a_budget(clock, MovingWindow(10, 60), max_wait_s=900)
    budget.pause(3600)
    with pytest.raises(BudgetSpent) as spent:
        await call(budget, clock)
    assert spent.value.resume_at == NOON + timedelta(hours=1)


# -- the rest -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [MovingWindow(0, 60), MovingWindow(-1, 60), Daily(0), Daily(-5)])
def test_a_limit_that_leaves_no_call_is_refused(limit: Limit) -> None:
    with pytest.raises(ValueError, match="at least one call"):
        a_budget(HandClock(), limit)


async def test_its_repr_tells_what_is_left() -> None:
    clock = HandClock()
    budget = a_budget(clock, MovingWindow(360, 60), Daily(15_000))
    await call(budget, clock)
    assert repr(budget) == "Budget(359 of 360 per 60 s, 14999 of 15000 today)"
    assert budget.sent == 1


async def test_the_tightest_of_several_limits_decides() -> None:
    clock = HandClock()
    budget = a_budget(clock, MovingWindow(10, 60), MovingWindow(2, 1), Daily(5))
    spans = await calls(budget, clock, [(0.0, 0.0)] * 5)
    assert [round(sent) for sent, _ in spans] == [0, 0, 1, 1, 2]
    assert budget.left_today() == 0
    with pytest.raises(BudgetSpent):
        await call(budget, clock)
