"""Which calls count in a window, and when it has room again; time is handed in."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.budget.sliding_window import SlidingWindow, width

NOW = 1000.0


def answered(*stamps: float, session: str = "one") -> SlidingWindow:
    """A log of answered calls; those of this session."""
    log = SlidingWindow()
    for number, at in enumerate(stamps):
        log.receive(number, session, at)
    return log


def test_a_window_is_watched_a_little_longer_than_it_is() -> None:
    assert width(60.0) == pytest.approx(60.006)


def test_a_call_counts_in_every_window_until_its_answer_and_from_then_on_by_its_stamp() -> None:
    log = SlidingWindow()
    log.send(7, "one", 10.0)
    assert (len(log), log.used(1.0, NOW), log.after(NOW)) == (1, 1, 1)
    assert (log.under_way[7].session, log.under_way[7].sent) == ("one", 10.0)
    log.receive(7, "one", NOW)
    assert (len(log), log.under_way) == (1, {})
    assert log.used(60.0, NOW + 60) == 1
    assert log.used(60.0, NOW + width(60.0)) == 0
    assert log.after(NOW - 1) == 1
    assert log.after(NOW) == 0


def test_a_call_that_never_went_out_counts_nowhere() -> None:
    log = SlidingWindow()
    log.send(7, "one", NOW)
    log.withdraw(7)
    log.withdraw(8)
    assert (len(log), log.used(60.0, NOW)) == (0, 0)


def test_an_answer_to_a_call_that_nobody_knows_counts_all_the_same() -> None:
    assert len(answered(NOW)) == 1


def test_what_is_forgotten_is_of_that_time_and_earlier() -> None:
    log = answered(3.0, 1.0, 2.0)
    log.forget(2.0)
    assert log.lines() == [(0, "one", 3.0, 3.0)]


def test_lines_tell_who_is_under_way_and_every_stamp_oldest_first() -> None:
    log = answered(3.0, 1.0)
    log.send(9, "two", 4.0)
    assert log.lines() == [(9, "two", 4.0, None), (0, "one", 1.0, 1.0), (0, "one", 3.0, 3.0)]


def test_stamps_from_the_future_become_stamps_of_now_and_others_stay() -> None:
    log = answered(NOW + 9, NOW - 9)
    log.bring_to(NOW)
    assert [at for _, _, at, _ in log.lines()] == [NOW - 9, NOW]


@pytest.mark.parametrize(
    ("room", "together", "stamp"),
    [(4, 1, None), (3, 1, -30), (2, 1, -20), (1, 1, -10), (4, 2, -30), (3, 2, -20), (3, 3, -10), (6, 3, None)],
)
def test_a_window_has_room_when_enough_of_its_oldest_stamps_are_out(
    room: int, together: int, stamp: float | None
) -> None:
    log = answered(NOW - 70, NOW - 30, NOW - 20, NOW - 10)
    expected = -math.inf if stamp is None else NOW + stamp + width(60.0)
    assert log.free_at(60.0, room, NOW, together) == expected


def test_one_call_is_asked_for_where_nothing_else_is_said() -> None:
    assert answered(NOW).free_at(60.0, 1, NOW) == NOW + width(60.0)
    assert answered(NOW).free_at(60.0, 2, NOW) == -math.inf


def test_where_too_many_are_under_way_or_wanted_the_soonest_is_a_whole_window() -> None:
    log = answered(NOW - 90, NOW - 80, NOW - 70, NOW - 30)
    assert log.free_at(60.0, 1, NOW, 2) == NOW + width(60.0)
    log.send(1, "one", NOW - 50)
    log.send(2, "one", NOW - 50)
    assert log.free_at(60.0, 2, NOW) == NOW + width(60.0)
    assert log.free_at(60.0, 3, NOW) == NOW - 30 + width(60.0)
    assert log.free_at(60.0, 4, NOW) == -math.inf


def test_shares_count_the_calls_under_way_and_those_answered_in_the_time() -> None:
    log = answered(NOW - 60, NOW - 59, session="one")
    log.receive(5, "two", NOW - 1)
    log.send(6, "two", NOW - 500)
    assert log.shares(NOW, 60.0) == {"one": 1, "two": 2}


@given(st.lists(st.floats(0, 100), max_size=12), st.integers(1, 6), st.integers(1, 3), st.floats(100, 120))
def test_the_time_at_which_there_is_room_is_the_first_one(
    stamps: list[float], room: int, together: int, now: float
) -> None:
    log = answered(*stamps)
    at = log.free_at(20.0, room, now, together)
    if together > room:
        assert at == now + width(20.0)
    elif at == -math.inf:
        assert log.used(20.0, now) + together <= room
    else:
        assert log.used(20.0, at + 1e-6) + together <= room
        assert log.used(20.0, at - 1e-6) + together > room
