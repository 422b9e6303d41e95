"""May calls go out now, and if not, when to look again: the one decision, over a book made by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from etl.budget.account_state import (
    CLAIM_S,
    FRESH_S,
    AccountState,
    Claim,
    Foreign,
    Heard,
    Hunger,
    Priority,
    WaitingSession,
)
from etl.budget.day import Day
from etl.budget.decision import ASKED_S, ASKS, POLL_S, TURN_S, Requester, Wait, ask, claim, windows
from etl.budget.fairness import SAME_TIME_S
from etl.budget.limits import WindowLimit
from etl.budget.skew import Skew
from etl.budget.sliding_window import UnderWay, width
from etl.errors import ConfigurationError

NOW = 1_773_144_000.0  # noon in UTC
MINUTE = WindowLimit("60", 60.0, 3)
DAY = WindowLimit("day", None, 10)
PUSH, EXPORT = Priority.PUSH, Priority.EXPORT


def asker(*terms: WindowLimit, session: str = "one", **more: Any) -> Requester:
    return Requester(session, "ours", terms, "UTC", EXPORT)._replace(**more)


def book_of(who: Requester, *, used: int = 0, ago: float = 30.0) -> AccountState:
    """A book in which that one was asked about, after so many calls of somebody else's, all at once."""
    book = AccountState()
    claim(book, NOW - ago, who)
    for _ in range(used):
        book.receive(book.send("other", NOW - ago), NOW - ago)
    return book


def waiting(answer: tuple[int, ...] | Wait) -> Wait:
    assert isinstance(answer, Wait), answer
    return answer


# -- passing ------------------------------------------------------------------------------------------


def test_calls_go_out_while_each_window_has_room_and_are_numbered_on() -> None:
    who = asker(MINUTE)
    book = book_of(who)
    assert [ask(book, NOW, who) for _ in range(3)] == [(1,), (2,), (3,)]
    assert waiting(ask(book, NOW, who)).reason == "window"
    assert list(book.log.under_way.values()) == [UnderWay("one", NOW)] * 3


def test_several_go_out_at_once_or_none_does() -> None:
    who = asker(MINUTE, together=2, calls=2)
    book = book_of(who)
    assert ask(book, NOW, who) == (1, 2)
    assert waiting(ask(book, NOW, who)).reason == "window"
    assert ask(book, NOW, asker(MINUTE, session="two", priority=PUSH)) == (3,)


def test_where_the_limits_never_allow_so_many_as_many_go_as_they_allow() -> None:
    who = asker(MINUTE, replace(DAY, limit=2), together=5, calls=5)
    assert ask(book_of(who), NOW, who) == (1, 2)


def test_without_any_limit_everything_passes() -> None:
    who = asker(together=4, calls=4)
    assert ask(book_of(who), NOW, who) == (1, 2, 3, 4)


def test_who_passes_waits_no_longer() -> None:
    who = asker(MINUTE)
    book = book_of(who, used=3)
    ask(book, NOW, who)
    assert "one" in book.facts.waiting
    assert ask(book, NOW + 31, who) == (4,)
    assert book.facts.waiting == {}


# -- waiting ------------------------------------------------------------------------------------------


def test_a_full_window_is_waited_for_until_its_oldest_call_is_out_and_looked_at_each_second() -> None:
    who = asker(MINUTE)
    book = book_of(who, used=3)
    assert ask(book, NOW, who) == Wait("window", POLL_S, NOW - 30 + width(60.0))
    later = NOW + 29.5
    assert waiting(ask(book, later, who)).seconds == pytest.approx(NOW - 30 + width(60.0) - later)


def test_of_several_full_windows_the_one_that_frees_last_counts() -> None:
    longer = WindowLimit("3600", 3600.0, 3)
    who = asker(MINUTE, longer)
    book = book_of(who, used=3)
    assert ask(book, NOW, who) == Wait("window", POLL_S, NOW - 30 + width(3600.0))


def test_a_pause_stops_everybody_until_it_ends_and_is_the_reason_given_first() -> None:
    who = asker(MINUTE, replace(DAY, limit=3))
    book = book_of(who, used=3)
    book.facts.paused_until = NOW + 100
    assert ask(book, NOW, who) == Wait("pause", 5.0, NOW + 100)
    assert ask(book, NOW + 99.5, who) == Wait("pause", 0.5, NOW + 100)
    assert waiting(ask(book, NOW + 100, who)).reason == "day"


@pytest.mark.parametrize(("left_s", "seconds"), [(0.5, 0.5), (10, 1.0), (40, 2.0), (1200, 60.0), (5000, 60.0)])
def test_the_longer_a_wait_the_rarer_it_is_looked_at(left_s: float, seconds: float) -> None:
    who = asker(MINUTE)
    book = book_of(who)
    book.facts.paused_until = NOW + left_s
    assert waiting(ask(book, NOW, who)).seconds == seconds


def test_a_spent_day_parks_until_the_servers_midnight_and_before_a_full_window() -> None:
    who = asker(MINUTE, replace(DAY, limit=3))
    book = book_of(who, used=3)
    assert ask(book, NOW, who) == Wait("day", 60.0, NOW + 12 * 3600)
    other = asker(MINUTE, replace(DAY, limit=3), together=2, calls=2)
    assert waiting(ask(book_of(other, used=2), NOW, other)).reason == "day"
    assert ask(book_of(who, used=2), NOW, who) == (3,)


def test_of_two_spent_days_the_one_that_ends_last_counts() -> None:
    who = asker(replace(DAY, limit=3), WindowLimit("day X-", None, 3))
    book = book_of(who, used=3)
    book.facts.days["day X-"].ends = NOW + 3600
    assert waiting(ask(book, NOW, who)).until == NOW + 12 * 3600


# -- turns --------------------------------------------------------------------------------------------


def test_a_push_that_waits_goes_before_an_export_and_takes_all_it_waits_for() -> None:
    who = asker(MINUTE)
    book = book_of(who)
    book.facts.waiting["push"] = WaitingSession(PUSH, 3, NOW - 1, NOW)
    found = waiting(ask(book, NOW, who))
    assert found == Wait("turn", TURN_S, NOW + TURN_S)
    book.facts.waiting["push"] = WaitingSession(PUSH, 2, NOW - 1, NOW)
    assert ask(book, NOW, who) == (1,)


def test_a_turn_is_a_matter_of_what_is_still_free() -> None:
    who = asker(MINUTE)
    book = book_of(who, used=1)
    book.facts.waiting["push"] = WaitingSession(PUSH, 2, NOW - 1, NOW)
    assert waiting(ask(book, NOW, who)).reason == "turn"


def test_a_part_of_the_tightest_window_is_kept_for_who_had_less_of_it_and_goes_on() -> None:
    who = asker(replace(MINUTE, limit=10), WindowLimit("3600", 3600.0, 1000))
    book = book_of(who)
    for session, calls in (("one", 6), ("two", 1)):
        for _ in range(calls):
            book.receive(book.send(session, NOW), NOW)
    assert ask(book, NOW, who) == (8,)
    book.withdraw(8)
    book.facts.hunger["two"] = Hunger(NOW - 10, EXPORT, calls=5)
    assert waiting(ask(book, NOW, who)).reason == "turn"


def test_nothing_is_kept_for_others_of_a_window_that_is_longer_than_shares_are_measured_over() -> None:
    who = asker(WindowLimit("3600", 3600.0, 10))
    book = book_of(who)
    for session, calls in (("one", 6), ("two", 1)):
        for _ in range(calls):
            book.receive(book.send(session, NOW), NOW)
    book.facts.hunger["two"] = Hunger(NOW - 10, EXPORT, calls=5)
    assert ask(book, NOW, who) == (8,)


def test_the_tightest_window_is_the_one_with_the_least_left() -> None:
    who = asker(WindowLimit("5", 5.0, 5), replace(MINUTE, limit=10))
    book = book_of(who)
    for session, calls in (("one", 6), ("two", 1)):
        for _ in range(calls):
            book.receive(book.send(session, NOW - 20), NOW - 20)
    book.receive(book.send("two", NOW - 0.5), NOW - 0.5)
    book.facts.hunger["two"] = Hunger(NOW - 10, EXPORT, calls=5)
    assert waiting(ask(book, NOW, who)).reason == "turn"


def test_there_are_turns_also_where_only_a_day_is_limited() -> None:
    who = asker(replace(DAY, limit=3))
    book = book_of(who)
    book.facts.waiting["push"] = WaitingSession(PUSH, 3, NOW - 1, NOW)
    assert waiting(ask(book, NOW, who)).reason == "turn"


def test_who_wakes_at_nearly_the_same_time_is_looked_for_at_once() -> None:
    who = asker(MINUTE)
    book = book_of(who)
    book.facts.waiting["push"] = WaitingSession(PUSH, 3, NOW - 1, NOW + SAME_TIME_S, together=3)
    assert ask(book, NOW, who) == Wait("turn", TURN_S, NOW + SAME_TIME_S)


def test_slots_are_left_to_who_waits_for_several_and_the_next_look_is_when_he_looks() -> None:
    who = asker(MINUTE)
    book = book_of(who)
    book.facts.waiting["push"] = WaitingSession(PUSH, 3, NOW - 1, NOW + 0.5, together=3)
    assert ask(book, NOW, who) == Wait("turn", 0.5, NOW + 0.5)
    book.facts.waiting["push"] = WaitingSession(PUSH, 3, NOW - 1, NOW + 7, together=3)
    assert ask(book, NOW, who) == Wait("turn", POLL_S, NOW + 7)


def test_who_waits_for_several_is_put_down_with_as_many_only_where_room_could_ever_be() -> None:
    who = asker(MINUTE, together=2, calls=4)
    book = book_of(who, used=2)
    assert ask(book, NOW, who) == Wait("window", POLL_S, NOW - 30 + width(60.0))
    assert book.facts.waiting["one"] == WaitingSession(EXPORT, 4, NOW, NOW + POLL_S, together=2)
    book = book_of(who, used=2)
    book.facts.foreign["60"] = Foreign(2, NOW - 10, NOW - 10)
    ask(book, NOW, who)
    assert book.facts.waiting["one"].together == 1
    book = book_of(who, used=2)
    book.facts.foreign["60"] = Foreign(1, NOW - 10, NOW - 10)
    ask(book, NOW, who)
    assert book.facts.waiting["one"].together == 2
    book = book_of(who)
    book.facts.waiting["push"] = WaitingSession(PUSH, 3, NOW - 1, NOW)
    assert waiting(ask(book, NOW, who)).reason == "turn"
    assert book.facts.waiting["one"].together == 2
    book = book_of(who)
    book.facts.paused_until = NOW + 9
    ask(book, NOW, who)
    assert book.facts.waiting["one"].together == 1


# -- claims and limits --------------------------------------------------------------------------------


def test_a_claim_is_put_down_renewed_now_and_then_and_dropped_when_it_is_old() -> None:
    who = asker(MINUTE)
    book = AccountState()
    book.facts.claims["theirs"] = Claim([replace(MINUTE, limit=1)], NOW - CLAIM_S)
    claim(book, NOW, who)
    assert book.facts.claims == {
        "theirs": Claim([replace(MINUTE, limit=1)], NOW - CLAIM_S),
        "ours": Claim([MINUTE], NOW),
    }
    assert book.dirty
    book.dirty = False
    claim(book, NOW + CLAIM_S / 100, who)
    assert (book.dirty, book.facts.claims["ours"].seen) == (False, NOW)
    claim(book, NOW + CLAIM_S / 100 + 1, who)
    assert book.dirty
    assert book.facts.claims == {"ours": Claim([MINUTE], NOW + CLAIM_S / 100 + 1)}
    claim(book, NOW + CLAIM_S / 100 + 2, asker(DAY))
    assert book.facts.claims["ours"].terms == [DAY]


def test_a_day_begins_when_it_is_first_claimed_and_when_it_is_over() -> None:
    who = asker(MINUTE, DAY)
    book = AccountState()
    book.facts.days["day Y-"] = Day(NOW - 1, used=9)
    claim(book, NOW, who)
    assert {name: (day.ends, day.used) for name, day in book.facts.days.items()} == {
        "day": (NOW + 12 * 3600, 0),
        "day Y-": (NOW + 12 * 3600, 0),
    }
    book.dirty = False
    claim(book, NOW + 1, who)
    assert not book.dirty
    claim(book, NOW + 1 + 12 * 3600, who)
    assert book.dirty
    assert book.facts.days["day"].ends == NOW + 36 * 3600


def test_the_strictest_of_those_who_share_a_budget_counts_as_long_as_it_is_heeded() -> None:
    who = asker(MINUTE)
    book = book_of(who)
    for seen, limit in ((NOW - CLAIM_S, 1), (NOW - CLAIM_S - 1, 3)):
        book.facts.claims["theirs"] = Claim([replace(MINUTE, limit=1)], seen)
        (window,) = windows(book, NOW, who)
        assert (window.room, window.most, window.limit) == (limit, limit, limit)
    book.facts.claims["theirs"] = Claim([replace(MINUTE, limit=9), WindowLimit("5", 5.0, 2)], NOW)
    assert [(window.term.window, window.room) for window in windows(book, NOW, who)] == [("60", 3), ("5", 2)]


def test_what_a_header_told_counts_while_it_is_fresh_also_of_a_window_that_nobody_claims() -> None:
    who = asker(replace(MINUTE, limit=9, reserve=1))
    book = book_of(who)
    book.facts.heard = {"60": Heard(5, NOW - FRESH_S), "10": Heard(2, NOW - FRESH_S), "day": Heard(7, NOW - FRESH_S)}
    assert [(one.term, one.limit, one.most, one.room) for one in windows(book, NOW, who)] == [
        (who.terms[0], 5, 4, 4),
        (WindowLimit("10", 10.0, 2), 2, 2, 2),
        (WindowLimit("day", None, 7), 7, 7, 7),
    ]
    assert [(one.limit, one.room) for one in windows(book, NOW + 1, who)] == [(9, 8)]


def test_a_limit_told_that_leaves_nothing_beside_the_reserve_is_refused_to_its_owner_and_passed_over_for_others() -> (
    None
):
    who = asker(replace(MINUTE, limit=9, reserve=2))
    book = book_of(who)
    book.facts.heard["60"] = Heard(2, NOW)
    with pytest.raises(ConfigurationError) as refused:
        ask(book, NOW, who)
    assert refused.value.message == "The server allows 2 calls; the reserve of 2 leaves none."
    assert refused.value.remedy == "Lower the reserve in etl.toml."
    other = Requester("two", "theirs", (replace(MINUTE, limit=9),), "UTC", EXPORT)
    claim(book, NOW, other)
    assert [window.room for window in windows(book, NOW, other)] == [2]
    book.facts.heard["60"] = Heard(3, NOW)
    assert ask(book, NOW, who) == (1,)


def test_calls_of_others_take_room_of_a_moving_window_until_they_are_surely_out() -> None:
    who = asker(replace(MINUTE, limit=9, reserve=1))
    book = book_of(who, used=5)
    book.facts.foreign["60"] = Foreign(3, NOW - 20, NOW - 10)
    (window,) = windows(book, NOW, who)
    assert (window.limit, window.most, window.room, window.used, window.foreign) == (9, 8, 5, 5, 3)
    assert window.free_at == NOW - 30 + width(60.0)
    book.facts.heard["60"] = Heard(7, NOW)
    assert [(one.room, one.foreign) for one in windows(book, NOW, who)] == [(3, 3)]
    del book.facts.heard["60"]
    gone = NOW - 10 + width(60.0)
    assert [(one.room, one.foreign) for one in windows(book, gone, who)] == [(8, 0)]
    assert [(one.room, one.foreign) for one in windows(book, gone - 0.01, who)] == [(5, 3)]


def test_a_window_that_others_fill_is_free_when_their_calls_are_out_or_ours_are() -> None:
    who = asker(MINUTE)
    book = book_of(who, used=1)
    book.facts.foreign["60"] = Foreign(3, NOW - 50, NOW - 50)
    (window,) = windows(book, NOW, who)
    assert (window.room, window.free_at) == (0, NOW - 50 + width(60.0))
    book = book_of(who, used=3, ago=5.0)
    book.facts.foreign["60"] = Foreign(1, NOW - 50, NOW - 50)
    (window,) = windows(book, NOW, who)
    assert window.free_at == NOW - 5 + width(60.0)
    book = book_of(who, used=2, ago=5.0)
    book.facts.foreign["60"] = Foreign(2, NOW - 50, NOW - 50)
    (window,) = windows(book, NOW, who._replace(together=2))
    assert window.free_at == NOW - 5 + width(60.0)
    book = book_of(who)
    for _ in range(3):
        book.send("other", NOW - 30)
    book.facts.foreign["60"] = Foreign(1, NOW - 50, NOW - 50)
    (window,) = windows(book, NOW, who)
    assert window.free_at == NOW + width(60.0)


def test_calls_of_others_take_room_of_a_day() -> None:
    who = asker(replace(DAY, reserve=2))
    book = book_of(who, used=4)
    book.facts.days["day"].foreign = 3
    (window,) = windows(book, NOW, who)
    assert (window.limit, window.most, window.room, window.used, window.foreign) == (10, 8, 5, 4, 3)
    assert window.free_at == -math.inf
    book.facts.heard["day"] = Heard(9, NOW)
    (window,) = windows(book, NOW, who)
    assert (window.limit, window.most, window.room) == (9, 7, 4)
    book.facts.heard["day"] = Heard(8, NOW)
    (window,) = windows(book, NOW, who)
    assert (window.room, window.free_at) == (3, NOW + 12 * 3600)


def test_a_spent_day_is_over_when_the_servers_clock_surely_says_so() -> None:
    who = asker(replace(DAY, limit=3))
    book = book_of(who, used=3)
    book.facts.skew = Skew(-2.0, -1.0, at=NOW - 1000)
    (window,) = windows(book, NOW, who)
    assert window.free_at == pytest.approx(NOW + 12 * 3600 + 2.1)


# -- after a restart of the machine -------------------------------------------------------------------


def test_a_day_that_ended_by_our_clock_alone_goes_on_counting() -> None:
    who = asker(DAY)
    book = book_of(who, used=7)
    book.facts.unsure = True
    claim(book, NOW + 13 * 3600, who)
    assert (book.facts.days["day"].used, book.facts.days["day"].counted) == (0, 7)
    book.facts.unsure = False
    claim(book, NOW + 37 * 3600, who)
    assert book.facts.days["day"].counted == 0


@pytest.mark.parametrize(
    ("unsure", "asked", "under_way", "used"),
    [(True, ASKS - 1, 0, ASKS - 1), (True, ASKS, 0, 10 + ASKS), (True, 0, 1, 11), (False, 0, 0, 10)],
    ids=["may ask", "asked often enough", "one asks", "sure that it may go on"],
)
def test_a_few_calls_one_by_one_may_ask_whether_a_spent_day_is_over(
    unsure: bool, asked: int, under_way: int, used: int
) -> None:
    who = asker(DAY)
    book = book_of(who)
    book.facts.days["day"] = Day(NOW + 3600, used=asked, before=Day(NOW - 60, used=10))
    book.facts.unsure = unsure
    for _ in range(under_way):
        book.send("other", NOW)
    (window,) = windows(book, NOW, who)
    assert (window.used, window.free_at) == (used, -math.inf if used < 10 else NOW + 3600)


def test_who_may_not_ask_waits_for_who_asks_and_then_for_the_day() -> None:
    who = asker(DAY)
    book = book_of(who)
    book.facts.days["day"] = Day(NOW + 3600, before=Day(NOW - 60, used=10))
    book.facts.unsure = True
    assert ask(book, NOW, who) == (1,)
    assert ask(book, NOW, who) == Wait("turn", ASKED_S, NOW + ASKED_S)
    book.facts.unsure = False
    assert waiting(ask(book, NOW, who)).reason == "day"


@pytest.mark.parametrize("term", [replace(MINUTE, limit=5, own=True), replace(DAY, limit=5, own=True)])
def test_calls_of_others_come_off_the_servers_limit_where_our_own_is_lower(term: WindowLimit) -> None:
    who = asker(term)
    book = book_of(who)
    book.facts.heard[term.window] = Heard(9, NOW)
    book.facts.foreign["60"] = Foreign(3, NOW, NOW)
    for day in book.facts.days.values():
        day.foreign = 3
    assert [window.room for window in windows(book, NOW, who)] == [5]


def test_a_day_that_has_not_begun_has_all_its_room() -> None:
    who = asker(replace(DAY, reserve=2))
    book = AccountState()
    book.facts.claims["ours"] = Claim(list(who.terms), NOW)
    (window,) = windows(book, NOW, who)
    assert window == (who.terms[0], 10, 8, 8, 0, 0, -math.inf)
