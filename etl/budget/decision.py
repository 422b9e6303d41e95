"""May a call go out now, or several? The one decision of the budget, over its book. Pure: the time is handed in.

They pass when no pause runs, every day and every window has room for all of them, and, where others wait too, it is
their turn: etl.budget.fairness.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from etl.budget.account_state import CLAIM_S, FRESH_S, AccountState, Claim, Priority, WaitingSession
from etl.budget.day import roll
from etl.budget.fairness import ALIKE_S, ahead, kept, queue
from etl.budget.limits import WindowLimit, seconds_of
from etl.budget.sliding_window import FAIR_S, width
from etl.errors import ConfigurationError

POLL_S = 1.0
"""A window may be freed sooner than foretold, by an answer that another process gets: look again so often."""

TURN_S = 0.005
"""How soon to look again when there is room and it is another session's turn."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now. Look again in `seconds`; `until` is when the reason itself ends."""

    reason: Literal["pause", "day", "window", "turn"]
    seconds: float
    until: float


class Asker(NamedTuple):
    """Who asks: a process's session, under which configuration's terms, how urgently, and for how many calls.

    `together` of them are to go out now, at once; `calls` wait in all.
    """

    session: str
    configuration: str
    terms: tuple[WindowLimit, ...]
    zone: str
    priority: Priority
    calls: int = 1
    together: int = 1


class Window(NamedTuple):
    """A limit as it stands: `room` is what may be used of it in all, reserve and others' use taken off.

    `most` is what could ever be used at once; `free_at` is when it takes all that the asker wants at once.
    """

    term: WindowLimit
    limit: int
    most: int
    room: int
    used: int
    foreign: int
    free_at: float


def ask(book: AccountState, now: float, asker: Asker) -> tuple[int, ...] | Wait:
    """The numbers of the calls that may go out now, or the wait until the next look. `claim` comes before.

    They are fewer than wanted only where the limits could never allow so many at once.
    Raises ConfigurationError where a limit told by the server leaves nothing beside the reserve.
    """
    standing = windows(book, now, asker)
    together = min([asker.together, *(window.most for window in standing)])
    wait = _closed(book, now, asker, standing, together)
    if wait is None:
        book.facts.waiting.pop(asker.session, None)
        return tuple(book.send(asker.session, now) for _ in range(together))
    waiting = WaitingSession(asker.priority, asker.calls, now, now + wait.seconds)
    if wait.reason in ("window", "turn") and all(window.room >= together for window in standing):
        waiting.together = together
    queue(book, now, asker.session, waiting)
    return wait


def claim(book: AccountState, now: float, asker: Asker) -> None:
    """Put down what this configuration allows, for whoever shares the budget under another; begin a day that is due."""
    facts = book.facts
    known = facts.claims.get(asker.configuration)
    if known is None or known.terms != list(asker.terms) or now - known.seen > CLAIM_S / 100:
        facts.claims = {name: other for name, other in facts.claims.items() if now - other.seen <= CLAIM_S}
        facts.claims[asker.configuration] = Claim(list(asker.terms), now)
        book.dirty = True
    named = {term.window for term in asker.terms if term.seconds is None}
    for name in facts.days.keys() | named:
        day = facts.days.get(name)
        rolled = roll(day, book.log, facts.skew, asker.zone, now)
        if rolled is not day:
            facts.days[name] = rolled
            book.dirty = True


def windows(book: AccountState, now: float, asker: Asker) -> list[Window]:
    """Every limit as it stands, under the strictest of the configurations that share it."""
    heard = {name: told.limit for name, told in book.facts.heard.items() if now - told.at <= FRESH_S}
    strictest = _strictest(book, now, asker, heard)
    together = min([asker.together, *(left for left, _ in strictest.values())])
    return [
        (_day if term.seconds is None else _moving)(book, now, term, left, heard.get(term.window), together)
        for left, term in strictest.values()
    ]


def _strictest(
    book: AccountState, now: float, asker: Asker, heard: Mapping[str, int]
) -> dict[str, tuple[int, WindowLimit]]:
    """For every window the term that leaves least of it, and how much."""
    found: dict[str, tuple[int, WindowLimit]] = {}
    for name, claim in book.facts.claims.items():
        own = name == asker.configuration
        for term in claim.terms if own or now - claim.seen <= CLAIM_S else ():
            left = term.left_by(heard.get(term.window))
            if left <= 0 and own:
                raise ConfigurationError(
                    f"The server allows {heard.get(term.window)} calls; the reserve of {term.reserve} leaves none.",
                    remedy="Lower the reserve in etl.toml.",
                )
            if left > 0 and (term.window not in found or left < found[term.window][0]):
                found[term.window] = left, term
    for name, limit in heard.items():
        if name not in found:  # a window that only the server's policy names
            found[name] = limit, WindowLimit(name, seconds_of(name), limit)
    return found


def _day(book: AccountState, now: float, term: WindowLimit, left: int, heard: int | None, together: int) -> Window:
    day = book.facts.days.get(term.window)
    if day is None:
        return Window(term, left + term.reserve, left, left, 0, 0, -math.inf)
    room = min(left, heard - day.foreign - term.reserve if heard else left - day.foreign)
    free_at = -math.inf if day.used + together <= room else book.facts.skew.latest(day.ends, now)
    return Window(term, left + term.reserve, left, room, day.used, day.foreign, free_at)


def _moving(book: AccountState, now: float, term: WindowLimit, left: int, heard: int | None, together: int) -> Window:
    seconds = term.seconds or 0.0
    foreign = book.facts.foreign.get(term.window)
    gone_at = foreign.received + width(seconds) if foreign is not None else -math.inf
    calls = foreign.calls if foreign is not None and gone_at > now else 0
    room = min(left, heard - calls - term.reserve if heard else left - calls)
    free_at = book.log.free_at(seconds, room, now, together)
    if calls and free_at > now:
        free_at = min(free_at, max(gone_at, book.log.free_at(seconds, left, now, together)))
    return Window(term, left + term.reserve, left, room, book.log.used(seconds, now), calls, free_at)


def _closed(book: AccountState, now: float, asker: Asker, standing: list[Window], together: int) -> Wait | None:
    """Why no call may go out, or None."""
    if now < book.facts.paused_until:
        return _wait("pause", now, book.facts.paused_until)
    days = [window.free_at for window in standing if window.term.seconds is None and window.free_at > now]
    if days:
        return _wait("day", now, max(days))
    moving = [window.free_at for window in standing if window.free_at > now]
    if moving:
        return _wait("window", now, max(moving))
    free = min((window.room - window.used for window in standing), default=together)
    limited = [window for window in standing if window.term.seconds is not None]
    seconds = FAIR_S
    if limited:
        tight = min(limited, key=lambda window: window.room - window.used)
        seconds = tight.term.seconds or FAIR_S
        free -= kept(book, now, asker.session, asker.priority, tight.room, seconds)
    calls, wakes = ahead(book, now, asker.session, asker.priority, seconds)
    if free - calls >= together:
        return None
    return Wait("turn", min(wakes - now, POLL_S) if wakes > now + ALIKE_S else TURN_S, max(wakes, now + TURN_S))


def _wait(reason: Literal["pause", "day", "window"], now: float, until: float) -> Wait:
    # long waits are looked at less often: what ends them early is rarer
    poll = POLL_S if reason == "window" else max(POLL_S, min((until - now) / 20, 60.0))
    return Wait(reason, min(until - now, poll), until)
