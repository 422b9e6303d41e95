"""Update the state from an answer: others' calls, limits, the day's end, the server's clock, a pause.

The server's `Remaining` counts our calls and others'. Which of ours it had counted is unknown, but it cannot be more
than all that may have arrived by then; what it counts beyond those must be others'. So calls of ours under way never
shrink the budget, in whatever order answers come, and others' use always does: exactly so once none of ours is under
way.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from etl.budget.account_state import LONGEST_PAUSE_S, AccountState, Foreign, Heard
from etl.budget.day import with_reported_end
from etl.budget.headers import ReportedLimit, read
from etl.budget.limits import WindowLimit
from etl.budget.skew import WIDEST_S, Skew
from etl.budget.sliding_window import width
from etl.http.date import parsed_date
from etl.http.retry import retry_after_s
from etl.systems.declare.limits import endpoint_of, seconds_of

SAME_END_S = 60.0
"""Ends of a day that were counted down are the same if they are this near."""

ROUGH_S = 2.0
"""How much earlier than the day's true end one that was counted down may be."""


class Observation(NamedTuple):
    """A response's status and headers (names in any case), and when it was requested and received."""

    sent: float
    received: float
    status: int
    headers: Mapping[str, str]


def learn(state: AccountState, now: float, answer: Observation, terms: tuple[WindowLimit, ...]) -> list[str]:
    """Update the state from an answer and return complaints about headers that are not believed, which are ignored."""
    facts, complaints = state.facts, []
    told = parsed_date(answer.headers.get("Date", ""))
    date = None if told is None else told.timestamp()
    if facts.unsure:
        _tell_time(state, date, answer)
    if date is not None and not facts.skew.learn(date, answer.sent, answer.received):
        complaints.append("Date is more than an hour from our clock")
    findings = read(answer.headers, terms, facts.skew.server(answer.received), refused=answer.status == 429)
    complaints += findings.complaints
    for reported in findings.reported:
        if reported.limit is not None:
            facts.heard[reported.window] = Heard(reported.limit, now)
        if reported.window in facts.days:
            _learn_day(state, now, reported, answer, terms)
        else:
            _learn_window(state, reported, answer, terms)
    if answer.status == 429:
        facts.refused += 1
    if answer.status in (429, 503) and "Retry-After" in answer.headers:
        server = datetime.fromtimestamp(facts.skew.server(answer.received), UTC)
        seconds = retry_after_s(answer.headers["Retry-After"], server)
        if seconds is None:
            complaints.append("Retry-After is neither seconds nor a time")
        else:
            pause(state, answer.received, seconds)
    elif answer.status == 429:
        pause(state, answer.received, findings.full_s)
    state.dirty = True
    return complaints


def _tell_time(state: AccountState, date: float | None, answer: Observation) -> None:
    """Learn from the first answer after a restart whether our clock, and the days that ended by it, are right.

    A Date since the last call and before now says that it is ahead: then the days go on. One that cannot be right
    leaves open which day it is, and both count.
    """
    facts = state.facts
    if date is None and answer.status >= 500:
        return  # somebody on the way, who does not know the server's time
    facts.unsure = False
    ahead = date is not None and facts.seen - WIDEST_S <= date < answer.received - WIDEST_S
    if date is None or abs(date - facts.skew.server(answer.received)) <= WIDEST_S:
        for day in facts.days.values():
            day.before = None
    elif ahead:
        facts.skew = Skew.of_wrong_clock(date, answer.sent, answer.received)
        facts.days = {name: day.resumed() for name, day in facts.days.items()}


def pause(state: AccountState, now: float, seconds: float) -> None:
    """Stop every call of this credential for this long; a longer pause that is on already stays."""
    if seconds <= 0:
        return
    # a millisecond, so that rounding never makes it shorter than requested
    lasting = min(seconds, LONGEST_PAUSE_S) + 0.001
    if now + lasting > state.facts.paused_until:
        state.facts.paused_until, state.facts.paused_s, state.dirty = now + lasting, lasting, True


def _learn_day(
    state: AccountState, now: float, reported: ReportedLimit, answer: Observation, terms: tuple[WindowLimit, ...]
) -> None:
    day, ends = state.facts.days[reported.window], reported.ends
    if ends is not None and reported.counted_down:
        # counted from a moment on the way, in whole seconds: never early, and no news where it is about the known end
        old = answer.sent < day.began or abs(ends - day.ends) <= SAME_END_S
        ends = None if old else ends + ROUGH_S
    if ends is not None:
        day = with_reported_end(day, ends, state.log_of(endpoint_of(reported.window)), state.facts.skew, now)
    limit = reported.limit or _limit(state, reported.window, terms)
    if ends is None and answer.sent < day.began:
        return  # it may be about the day before
    if reported.remaining is not None and limit is not None:
        # a day only fills up: the most ever proven to be others' stays so until its end
        day.foreign = max(day.foreign, limit - reported.remaining - day.used)
    state.facts.days[reported.window] = day


def _learn_window(
    state: AccountState, reported: ReportedLimit, answer: Observation, terms: tuple[WindowLimit, ...]
) -> None:
    limit = reported.limit or _limit(state, reported.window, terms)
    if reported.remaining is None or limit is None:
        return
    log = state.log_of(endpoint_of(reported.window))
    foreign = max(0, limit - reported.remaining - log.after(answer.sent - width(seconds_of(reported.window) or 0.0)))
    known = state.facts.foreign.get(reported.window)
    # of two answers that overlapped it is unknown which came last: the higher number stays
    if known is None or answer.sent >= known.received or foreign >= known.calls:
        state.facts.foreign[reported.window] = Foreign(foreign, answer.sent, answer.received)


def _limit(state: AccountState, window: str, terms: tuple[WindowLimit, ...]) -> int | None:
    heard = state.facts.heard.get(window)
    own = [term.limit for term in terms if term.window == window]
    return heard.limit if heard else own[0] if own else None
