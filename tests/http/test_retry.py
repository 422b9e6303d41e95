"""How long to wait: bounded, jittered, and at least what a Retry-After asks."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.http.retry import LONGEST_S, RetryPolicy, retry_after_s

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


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
