"""What headers may change: never more than they tell, and nothing by what is stale, absurd or our own doing."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pytest
from multidict import CIMultiDict

from etl.budget import Budget, Memory, Shared
from etl.budget.headers import ReportedLimit, read
from etl.budget.limits import WindowLimit
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


@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Minutely-Limit": "0"},
        {"X-RateLimit-Minutely-Limit": "-5"},
        {"X-RateLimit-Minutely-Limit": "many"},
        {"X-RateLimit-Minutely-Limit": "9" * 400},
        {"X-RateLimit-Minutely-Limit": "100", "X-RateLimit-Minutely-Remaining": "101"},
        {"X-RateLimit-Minutely-Remaining": "nan"},
        {"X-RateLimit-Daily-Reset": "1678230000000"},
        {"X-RateLimit-Daily-Reset": "3600"},
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
            [ReportedLimit("60", 100, 40), ReportedLimit("day", 900, 7, NOW + 600)],
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
