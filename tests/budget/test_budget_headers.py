"""What headers may change: never more than they tell, and nothing by what is stale, absurd or our own doing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from multidict import CIMultiDict

from etl.budget import Budget, Memory, Shared
from etl.budget.headers import ReportedLimit, read
from etl.budget.limits import WindowLimit
from etl.errors import BudgetSpent
from tests.budget.world import HandClock, daily, moving, play

SAMPLE = {
    "X-RateLimit-Minutely-Limit": "360",
    "X-RateLimit-Minutely-Remaining": "59",
    "X-RateLimit-Daily-Limit": "15000",
    "X-RateLimit-Daily-Remaining": "14999",
    "X-RateLimit-Daily-Reset": "1678230000",
}
NOW = 1_678_200_000.0
TERMS = (moving(360, 60.0), daily(15_000))


def told(headers: Mapping[str, str], now: float = NOW, terms: tuple[WindowLimit, ...] = TERMS) -> list[ReportedLimit]:
    return read(CIMultiDict(headers), terms, now).reported


def test_the_vendors_sample_on_its_own_day() -> None:
    assert told(SAMPLE) == [ReportedLimit("60", 360, 59), ReportedLimit("day", 15_000, 14_999, 1678230000.0)]


def test_the_vendors_sample_today_is_stale_in_its_day_alone() -> None:
    found = read(CIMultiDict(SAMPLE), TERMS, NOW + 86400 * 900)
    assert found.reported == [ReportedLimit("60", 360, 59)]
    assert found.complaints == ["X-RateLimit-Daily-Reset is long past"]


def test_an_answer_that_crossed_midnight_is_nothing_to_complain_of() -> None:
    found = read(CIMultiDict(SAMPLE), (daily(15_000),), 1678230000.5)
    assert (found.reported, found.complaints) == ([], [])


def test_a_reset_is_believed_however_near() -> None:
    assert told({"X-RateLimit-Daily-Reset": str(int(NOW) + 2)}) == [ReportedLimit("day", None, None, NOW + 2)]


OWN_NAMES = {"RateLimit-Limit": "150", "RateLimit-Reset": str(int(NOW) + 160), "RateLimit-RequestsRemaining": "143"}


@pytest.mark.parametrize("seconds_left", ["160", "120", "0"])
def test_names_of_the_drafts_that_a_vendor_uses_otherwise_are_not_read(seconds_left: str) -> None:
    terms = (moving(150, 300.0, headers="RateLimit-Requests"),)
    found = read(CIMultiDict({**OWN_NAMES, "RateLimit-Remaining": seconds_left}), terms, NOW)
    assert (found.reported, found.complaints, found.full_s) == ([ReportedLimit("300", None, 143)], [], 0.0)


def test_a_name_of_requests_tells_no_window_and_raises_no_limit() -> None:
    terms = (moving(150, 300.0, headers="RateLimit-Requests"),)
    assert told({"RateLimit-RequestsLimit": "9000"}, terms=terms) == [ReportedLimit("300", 150, None)]
    assert told({"RateLimit-RequestsLimit": "40"}, terms=terms) == [ReportedLimit("300", 40, None)]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Minutely-Limit": "0"},
        {"X-RateLimit-Minutely-Limit": "-5"},
        {"X-RateLimit-Minutely-Limit": "many"},
        {"X-RateLimit-Minutely-Limit": "9" * 400},
        {"X-RateLimit-Minutely-Limit": "100", "X-RateLimit-Minutely-Remaining": "101"},
        {"X-RateLimit-Minutely-Remaining": "nan"},
        {"X-RateLimit-Daily-Reset": "1678230000000000"},
        {"X-RateLimit-Daily-Reset": "360000"},
        {"X-RateLimit-Daily-Reset": "2023-03-07T23:00:00"},
        {"X-RateLimit-Daily-Reset": "tomorrow"},
        {"RateLimit-Policy": '"a";q=none;w=60'},
        {"RateLimit-Policy": '"a";q=10;w=inf'},
    ],
    ids=str,
)
def test_the_absurd_is_ignored_and_named(headers: dict[str, str]) -> None:
    found = read(CIMultiDict(headers), TERMS, NOW)
    assert found.reported == []
    assert len(found.complaints) == 1


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"RateLimit-Policy": '"m";q=100;w=60', "RateLimit": '"m";r=40;t=12'}, [ReportedLimit("60", 100, 40)]),
        (
            {"RateLimit-Policy": "100;w=60", "RateLimit": "limit=100, remaining=40, reset=12"},
            [ReportedLimit("60", 100, 40)],
        ),
        ({"RateLimit": "limit=100, remaining=40, reset=12"}, [ReportedLimit("60", 100, 40)]),
        ({"RateLimit": '"default";r=40;t=12'}, [ReportedLimit("60", None, 40)]),
        (
            {"RateLimit-Policy": '"m";q=100;w=60, "d";q=900;w=86400', "RateLimit": '"d";r=7;t=600, "m";r=40;t=12'},
            [ReportedLimit("60", 100, 40), ReportedLimit("day", 900, 7, NOW + 600, True)],
        ),
        (
            {"RateLimit-Policy": '"burst";q=10;w=1, "m";q=100;w=60'},
            [ReportedLimit("1", 10, None), ReportedLimit("60", 100, None)],
        ),
        ({"RateLimit-Policy": '"month";q=10;w=2592000'}, []),
        ({"RateLimit": ""}, []),
        ({"RateLimit-Policy": ';;,"";q'}, []),
    ],
)
def test_the_ietf_drafts(headers: dict[str, str], expected: list[Any]) -> None:
    assert told(headers) == expected


@pytest.mark.parametrize(
    ("reset", "ends", "counted_down"),
    [
        ("1678230000", 1678230000.0, False),
        ("1678230000.25", 1678230000.25, False),
        ("1678230000250", 1678230000.25, False),
        ("30000", 1678230000.0, True),
        ("Tue, 07 Mar 2023 23:00:00 GMT", 1678230000.0, False),
        ("2023-03-07T23:00:00Z", 1678230000.0, False),
        ("2023-03-08t00:00:00.000+01:00", 1678230000.0, False),
    ],
)
def test_a_reset_is_read_in_every_form(reset: str, ends: float, counted_down: bool) -> None:
    expected = [ReportedLimit("day", None, None, ends, counted_down)]
    assert told({"X-RateLimit-Daily-Reset": reset}) == expected
    declared = (daily(15_000, headers="X-RateLimit-"),)
    assert told({"x-ratelimit-reset": reset}, terms=declared) == expected


EXACT = (moving(60, 60.0), daily(5000, headers="X-RateLimit-"))


def test_a_minute_with_a_name_and_a_day_without_are_told_apart() -> None:
    headers = {
        "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4000", "X-RateLimit-Reset": "1678230000000",
        "X-RateLimit-Minutely-Limit": "60", "X-RateLimit-Minutely-Remaining": "0",
        "X-RateLimit-Minutely-Reset": "1678200037000",
    }  # fmt: skip
    found = read(CIMultiDict(headers), EXACT, NOW, refused=True)
    assert found.reported == [ReportedLimit("60", 60, 0), ReportedLimit("day", 5000, 4000, 1678230000.0)]
    assert (found.full_s, found.complaints) == (37.0, [])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"RateLimit-Limit": "100", "RateLimit-Remaining": "40", "RateLimit-Reset": "12"}, [("60", 100, 40)]),
        ({"RateLimit-Limit": "100, 100;w=60", "RateLimit-Remaining": "40"}, [("60", 100, 40)]),
        ({"RateLimit-Limit": "10, 10;w=1, 100;w=60", "RateLimit-Remaining": "4"}, [("1", 10, 4), ("60", 100, None)]),
        ({"RateLimit-Limit": "100", "RateLimit-Policy": "10;w=1, 100;w=60", "RateLimit-Remaining": "4"},
         [("1", 10, None), ("60", 100, 4)]),
        ({"RateLimit-Limit": "7", "RateLimit-Policy": "10;w=1, 100;w=60", "RateLimit-Remaining": "4"},
         [("1", 10, None), ("60", 100, None)]),
        ({"RateLimit-Limit": "9000", "RateLimit-Remaining": "8999"}, [("60", 360, 8999)]),
        ({"RateLimit-Policy": '"m";q=9000;w=60', "RateLimit": '"m";r=8999'}, [("60", 360, 8999)]),
    ],
)  # fmt: skip
def test_the_first_editions_of_the_draft(headers: dict[str, str], expected: list[Any]) -> None:
    assert told(headers) == [ReportedLimit(*one) for one in expected]


def test_names_that_are_declared_are_not_read_a_second_time_as_the_drafts() -> None:
    headers = {"RateLimit-Limit": "10, 10;w=10", "RateLimit-Remaining": "4", "RateLimit-Reset": "3"}
    assert told(headers, terms=(moving(60, 60.0), moving(20, 10.0, headers="RateLimit-"))) == [
        ReportedLimit("10", 10, 4)
    ]


class Talk:
    """A budget whose answers are dictated, on a clock of its own."""

    def __init__(self, *terms: WindowLimit, clock: HandClock | None = None) -> None:
        self.clock = clock or HandClock()
        self.shared = Shared(self.clock)
        self.budget = self.another(*terms)

    def another(self, *terms: WindowLimit, configuration: str = "etl.toml#bikes") -> Budget:
        return Budget(
            "key", terms, store=Memory(self.shared), clock=self.clock, timezone="Europe/Amsterdam",
            configuration=configuration,
        )  # fmt: skip

    async def hears(self, headers: Mapping[str, str] | None = None, status: int = 200) -> None:
        async with self.budget.call() as slot:
            slot.observe(status, CIMultiDict(headers or {}))

    async def left(self) -> list[int]:
        return [limit.left for limit in (await self.budget.snapshot()).limits]


def test_a_name_without_a_window_lowers_a_limit_and_never_raises_it() -> None:
    async def scene(limit: int) -> list[int]:
        talk = Talk(moving(100, 300.0, headers="X-RateLimit-"))
        await talk.hears({"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(limit - 1)})
        return await talk.left()

    assert [play(scene(limit)) for limit in (50, 100, 5000)] == [[49], [99], [99]]


@pytest.mark.parametrize(("reset", "paused_s"), [("37", 37), ("NOW", 37), ("9999", None), ("soon", None), ("0", None)])
def test_a_refusal_pauses_until_the_window_is_reset_unless_that_is_absurd(reset: str, paused_s: int | None) -> None:
    async def scene() -> float | None:
        talk = Talk(moving(100, 300.0, headers="X-RateLimit-"))
        at = str(round((talk.clock.now().timestamp() + 37) * 1000)) if reset == "NOW" else reset
        await talk.hears({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": at}, status=429)
        until = (await talk.budget.snapshot()).paused_until
        return None if until is None else round((until - talk.clock.now()).total_seconds())

    assert play(scene()) == paused_s


def test_an_end_that_was_counted_down_on_the_way_over_midnight_begins_no_second_day() -> None:
    async def scene() -> int:
        talk = Talk(daily(10), clock=HandClock(datetime(2026, 3, 10, 22, 59, 50, tzinfo=UTC)))
        await talk.hears({"X-RateLimit-Daily-Reset": "10"})
        await asyncio.sleep(9.9)
        async with talk.budget.call() as slot:
            await asyncio.sleep(1)
            slot.observe(200, CIMultiDict({"X-RateLimit-Daily-Reset": "1"}))
        made = 0
        for _ in range(3):
            with contextlib.suppress(BudgetSpent):
                while made < 100:
                    await talk.hears()
                    made += 1
            await asyncio.sleep(3)
        return made

    assert 9 <= play(scene()) <= 10


def minutely(limit: int, remaining: int) -> dict[str, str]:
    return {"X-RateLimit-Minutely-Limit": str(limit), "X-RateLimit-Minutely-Remaining": str(remaining)}


@pytest.mark.parametrize(
    ("term", "header", "left"),
    [
        (moving(100, 60.0), 80, 79),
        (moving(100, 60.0), 120, 119),
        (moving(100, 60.0, own=True), 80, 79),
        (moving(100, 60.0, own=True), 120, 99),
        (moving(100, 60.0, own=True, reserve=30), 80, 49),
        (moving(100, 60.0, reserve=30), 120, 89),
    ],
)
def test_a_lower_limit_beats_all_and_a_higher_one_only_the_declaration(
    term: WindowLimit, header: int, left: int
) -> None:
    async def scene() -> list[int]:
        talk = Talk(term)
        await talk.hears(minutely(header, header - 1))
        return await talk.left()

    assert play(scene()) == [left]


def test_others_use_lowers_ours_until_it_has_left_the_window() -> None:
    async def scene() -> list[list[int]]:
        talk = Talk(moving(360, 60.0))
        await talk.hears(minutely(360, 59))
        before = await talk.left()
        await talk.clock.sleep(61)
        return [before, await talk.left()]

    assert play(scene()) == [[59], [360]]


def test_others_use_of_the_day_stays_until_its_end() -> None:
    async def scene() -> list[int | None]:
        talk = Talk(daily(1000))
        end = int(talk.clock.now().timestamp()) + 500
        headers = {"X-RateLimit-Daily-Limit": "1000", "X-RateLimit-Daily-Reset": str(end)}
        await talk.hears({**headers, "X-RateLimit-Daily-Remaining": "400"})
        await talk.hears({**headers, "X-RateLimit-Daily-Remaining": "999"})
        before = (await talk.left())[0]
        await talk.clock.sleep(502)
        return [before, (await talk.left())[0]]

    assert play(scene()) == [399, 1000]


def test_calls_of_ours_under_way_never_shrink_it_in_whatever_order_answers_come() -> None:
    async def scene() -> list[int]:
        talk = Talk(moving(100, 60.0))
        calls = [talk.budget.call() for _ in range(20)]
        slots = [await call.__aenter__() for call in calls]
        for number in (19, 3, 0, 11):
            slots[number].observe(200, CIMultiDict(minutely(100, 99 - number)))
            await calls[number].__aexit__(None, None, None)
        return await talk.left()

    assert play(scene()) == [80]


def test_a_header_is_complained_of_once_and_never_quoted(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        talk = Talk(moving(100, 60.0))
        for _ in range(3):
            await talk.hears({"X-RateLimit-Minutely-Limit": "s3cret"})

    with caplog.at_level(logging.WARNING, "etl"):
        play(scene())
    assert [record.getMessage() for record in caplog.records] == [
        "bikes: a header is ignored: X-RateLimit-Minutely-Limit is not a number of calls."
    ]


def test_of_two_configurations_the_lower_limit_counts_for_both() -> None:
    async def scene() -> list[int]:
        talk = Talk(moving(100, 60.0))
        other = talk.another(moving(40, 60.0, own=True), configuration="other.toml#bikes")
        async with other.call():
            pass
        return [*await talk.left(), (await other.snapshot()).limits[0].left]

    assert play(scene()) == [39, 39]


def test_a_429_in_spite_of_the_budget_is_counted() -> None:
    async def scene() -> tuple[int, str]:
        talk = Talk(moving(100, 60.0))
        await talk.hears(status=429)
        return (await talk.budget.snapshot()).refused, repr(talk.budget)

    assert play(scene()) == (1, "Budget(99 of 100 per 60 s, 1 refused in spite of it)")
