"""What an answer teaches the book: others' calls, limits, the day's end, the server's clock, a pause.

The server's `Remaining` counts its own stamps: ours and others'. Which of ours it had counted is not known, only that
it cannot be more than all that may have been stamped by then; what it counts beyond those is surely foreign. So calls
of ours under way never shrink the budget, in whatever order answers come, and others' use always does, exactly so
once none of ours is under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

from etl.budget.account_state import LONGEST_PAUSE_S, AccountState, Foreign, Heard
from etl.budget.day import told_end
from etl.budget.headers import Told, read
from etl.budget.limits import WindowLimit
from etl.budget.sliding_window import width
from etl.http.retry import retry_after_s


class Observation(NamedTuple):
    """A response's status and headers (by name without regard to case), and when it was asked for and received."""

    sent: float
    received: float
    status: int
    headers: Mapping[str, str]


def learn(book: AccountState, now: float, answer: Observation, terms: tuple[WindowLimit, ...]) -> list[str]:
    """Take an answer into the book. What is not to be believed is left out; the complaints name it."""
    facts, complaints = book.facts, []
    date = _date(answer.headers.get("Date"))
    if date is not None and not facts.skew.learn(date, answer.sent, answer.received):
        complaints.append("Date is more than an hour from our clock")
    findings = read(answer.headers, terms, facts.skew.server(answer.received), refused=answer.status == 429)
    complaints += findings.complaints
    for told in findings.told:
        if told.limit is not None:
            facts.heard[told.window] = Heard(told.limit, now)
        if told.window in facts.days:
            _learn_day(book, now, told, answer, terms)
        else:
            _learn_window(book, told, answer, terms)
    if answer.status == 429:
        facts.refused += 1
    if answer.status in (429, 503) and "Retry-After" in answer.headers:
        server = datetime.fromtimestamp(facts.skew.server(answer.received), UTC)
        seconds = retry_after_s(answer.headers["Retry-After"], server)
        if seconds is None:
            complaints.append("Retry-After is neither seconds nor a time")
        else:
            pause(book, answer.received, seconds)
    book.dirty = True
    return complaints


def pause(book: AccountState, now: float, seconds: float) -> None:
    """Stop every call of this credential for so long; a longer pause under way stays."""
    if seconds <= 0:
        return
    # a millisecond, so that rounding never makes it shorter than what was asked for
    lasting = min(seconds, LONGEST_PAUSE_S) + 0.001
    if now + lasting > book.facts.paused_until:
        book.facts.paused_until, book.facts.paused_s, book.dirty = now + lasting, lasting, True


def _learn_day(book: AccountState, now: float, told: Told, answer: Observation, terms: tuple[WindowLimit, ...]) -> None:
    day = book.facts.days[told.window]
    if told.ends is not None:
        day = told_end(day, told.ends, book.log, book.facts.skew, now)
    limit = told.limit or _limit(book, told.window, terms)
    if told.ends is None and answer.sent < day.began:
        return  # it may speak of the day before
    if told.remaining is not None and limit is not None:
        # a day only fills up: the most that was ever surely foreign stays so until its end
        day.foreign = max(day.foreign, limit - told.remaining - day.used)
    book.facts.days[told.window] = day


def _learn_window(book: AccountState, told: Told, answer: Observation, terms: tuple[WindowLimit, ...]) -> None:
    limit = told.limit or _limit(book, told.window, terms)
    if told.remaining is None or limit is None:
        return
    seconds = float(told.window)
    foreign = max(0, limit - told.remaining - book.log.after(answer.sent - width(seconds)))
    known = book.facts.foreign.get(told.window)
    # of two answers that overlapped nobody knows which was stamped last: the higher number stays
    if known is None or answer.sent >= known.received or foreign >= known.calls:
        book.facts.foreign[told.window] = Foreign(foreign, answer.sent, answer.received)


def _limit(book: AccountState, window: str, terms: tuple[WindowLimit, ...]) -> int | None:
    heard = book.facts.heard.get(window)
    own = [term.limit for term in terms if term.window == window]
    return heard.limit if heard else own[0] if own else None


@lru_cache(maxsize=16)  # the answers of a second have the same
def _date(text: str | None) -> float | None:
    try:
        at = parsedate_to_datetime(text or "")
    except (TypeError, ValueError, IndexError):
        return None
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at).timestamp()
