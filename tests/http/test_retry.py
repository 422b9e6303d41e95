"""How long to wait: bounded, jittered, and at least what a Retry-After asks."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.http.retry import LONGEST_S, RetryPolicy, retry_after_s
from tests.support.scripted import Answer, Server, customer, page
from tests.support.workplace import BIKES, Project

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
NOW_S = int(NOW.timestamp())


@given(attempt=st.integers(1, 60), seed=st.integers())
def test_a_wait_is_jittered_and_never_beyond_its_cap(attempt: int, seed: int) -> None:
    policy = RetryPolicy(base_s=0.5, cap_s=30)
    assert 0 <= policy.wait_s(attempt, random.Random(seed)) <= min(30, 0.5 * 2 ** (attempt - 1))


class Middle(random.Random):
    """Draw the middle of every range."""

    def random(self) -> float:
        return 0.5


def test_the_range_of_a_wait_doubles_from_its_base_until_its_cap() -> None:
    policy = RetryPolicy(base_s=0.5, cap_s=4)
    assert [policy.wait_s(attempt, Middle()) for attempt in range(1, 7)] == [0.25, 0.5, 1, 2, 2, 2]


@given(st.text(max_size=40))
def test_any_retry_after_is_read_as_bounded_seconds_or_nothing(value: str) -> None:
    seconds = retry_after_s(value, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_S


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 1.5 ", 1.5),
        ("-3", 0.0),
        ("Tue, 10 Mar 2026 12:01:00 GMT", 60.0),
        ("Tuesday, 10-Mar-26 12:01:00 GMT", 60.0),
        ("Tue, 10 Mar 2026 11:59:00 GMT", 0.0),
        ("Tue, 10 Mar 2026 12:01:00 -0000", 60.0),
        ("Tue, 10 Mar 2026 13:01:00 +0100", 60.0),
        (str(NOW_S + 20), 20.0),
        (f"{NOW_S + 20}000", 20.0),
        (str(NOW_S - 20), 0.0),
        ("999999999", LONGEST_S),
        ("inf", LONGEST_S),
        ("9" * 400, LONGEST_S),
        ("later", None),
        ("", None),
        (None, None),
        ("nan", None),
    ],
)
def test_every_form_of_retry_after_is_understood(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds


NO_DATES = (
    "Tue, 10 Mar 99999999999999999999 12:00:00 GMT",
    "Tue, 10 Mar 9999999999 12:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2300",
    "Tue, 10 Mar 2026 12:00:00 +999999999999",
    "Tue, 99 Mar 2026 12:00:00 GMT",
)


@pytest.mark.parametrize("value", NO_DATES)
def test_a_date_that_no_calendar_has_is_none(value: str) -> None:
    assert retry_after_s(value, NOW) is None


@pytest.mark.parametrize("value", [*NO_DATES, "-1e999", "-5"])
async def test_a_time_that_no_calendar_has_is_no_more_than_none_in_any_header(value: str, project: Project) -> None:
    names = (
        "Retry-After",
        "Date",
        "X-RateLimit-Daily-Reset",
        "X-RateLimit-Minutely-Reset",
        "RateLimit",
        "Last-Modified",
    )
    headers = {name: value if name != "RateLimit" else f"limit=5, remaining=1, reset={value}" for name in names}
    with Server(
        [Answer({}, 503, headers), Answer({}, 429, headers), Answer(page([customer(1)]), headers=headers)]
    ) as it:
        report = await project.configure(BIKES, it.base_url).export("bikes")
    assert (report.exit_code, [str(error) for error in report.errors]) == (0, [])
    assert report.calls["bikes"].retried == 2
