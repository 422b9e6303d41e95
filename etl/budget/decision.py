"""Decide whether one or several calls may go out now. Pure: the time is a parameter.

They may when no pause is on, every day and every window has room for all of them, and, if others wait too, it is their
turn: etl.budget.fairness.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from etl.budget.account_state import (
    CLAIM_S,
    FRESH_S,
    AccountState,
    Claim,
    Foreign,
    Priority,
    WaitingSession,
    process_of,
)
from etl.budget.day import roll
from etl.budget.fairness import SAME_TIME_S, ahead, held_for_others, queue
from etl.budget.limits import WindowLimit
from etl.budget.sliding_window import FAIR_S, width
from etl.errors import ConfigurationError
from etl.systems.declare.limits import Cost, endpoint_of, seconds_of

POLL_S = 1.0
"""How often to look again: an answer that another process gets may free a window sooner than predicted."""

ASKS = 3
"""How many calls may ask whether a new day has begun, after a restart: some get no answer."""

ASKED_S = 0.05
"""How soon to look again while a call is under way whose answer tells whether a new day has begun."""

TURN_S = 0.005
"""How soon to look again when there is room but it is another session's turn."""

LANDS_S = 0.02
"""How soon to look again while as many calls are under way as may be."""

NOBODYS = Foreign(0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Wait:
    """A refusal for now. Look again in `seconds`; `until` is when the reason itself ends. `apart` says that the limit
    is an endpoint's own: nobody leaves calls of the account to who waits for that."""

    reason: Literal["pause", "day", "window", "turn"]
    seconds: float
    until: float
    apart: bool = False


class Requester(NamedTuple):
    """Who asks: a process's session, under which configuration's limits, how urgently, and for how many calls.

    `together` of them must go out at once; `calls` wait in all. `costs` tell of those that count as several or fall
    under the limits of an endpoint; `together` is then what they count. `at_once` is how many calls may be under way.
    """

    session: str
    configuration: str
    terms: tuple[WindowLimit, ...]
    zone: str
    priority: Priority
    calls: int = 1
    together: int = 1
    costs: tuple[Cost, ...] = ()
    at_once: int | None = None

    def needs(self, endpoint: str) -> int:
        """How many calls must be free at once in a window of an endpoint, or of the account."""
        return sum(cost.weight for cost in self.costs if cost.endpoint == endpoint) if endpoint else self.together


class Window(NamedTuple):
    """A limit's current state: `room` is how much of it we may use, less the reserve and what others used.

    `most` is what could ever be used at once; `free_at` is when it has room for all calls that must go at once.
    """

    term: WindowLimit
    limit: int
    most: int
    room: int
    used: int
    foreign: int
    free_at: float


def ask(state: AccountState, now: float, requester: Requester) -> tuple[int, ...] | Wait:
    """Grant calls and return their numbers, or the wait until the next look. Call `claim` first.

    Grants fewer than requested only if the limits could never allow so many at once.
    Raises ConfigurationError if a limit reported by the server leaves nothing beside the reserve.
    """
    requester, current = _possible(state, now, requester)
    together = requester.together
    wait = _closed(state, now, requester, current, together)
    if wait is None:
        state.facts.waiting.pop(requester.session, None)
        session = process_of(requester.session)
        if requester.at_once is not None:
            if len(state.facts.flights) >= requester.at_once:
                return Wait("turn", LANDS_S, now + LANDS_S, apart=True)
            state.take_off(state.facts.sent + 1, session, now)
        return tuple(
            state.send(f"{session} {cost.endpoint}" if cost.endpoint else session, now)
            for cost in requester.costs or (Cost(together),)
            for _ in range(cost.weight)
        )
    if wait.apart:
        return wait
    waiting = WaitingSession(requester.priority, requester.calls, now, now + wait.seconds)
    has_room = all(window.room >= requester.needs(window.term.endpoint) for window in current)
    if wait.reason in ("window", "turn") and has_room:
        waiting.together = together
    queue(state, now, requester.session, waiting)
    return wait


def _possible(state: AccountState, now: float, requester: Requester) -> tuple[Requester, list[Window]]:
    """As many of the calls as the limits could ever allow at once, at least one, and the windows that they need."""
    current = windows(state, now, requester)
    while any(requester.needs(window.term.endpoint) > window.most for window in current):
        most = min(window.most for window in current)
        if requester.costs:
            requester = requester._replace(costs=requester.costs[:-1])
            if not requester.costs:
                raise ConfigurationError(
                    f"A call counts as several, and the limits allow {most} at once: it can never be made.",
                    remedy="Raise the limit or lower the reserve in etl.toml.",
                )
            requester = requester._replace(together=sum(cost.weight for cost in requester.costs))
        else:
            requester = requester._replace(together=most)
        current = windows(state, now, requester)
    return requester, current


def claim(state: AccountState, now: float, requester: Requester) -> None:
    """Record this configuration's limits for others that share the budget, and begin a new day if one is due."""
    facts = state.facts
    known = facts.claims.get(requester.configuration)
    if known is None or known.terms != list(requester.terms) or now - known.seen > CLAIM_S / 100:
        facts.claims = {name: other for name, other in facts.claims.items() if now - other.seen <= CLAIM_S}
        facts.claims[requester.configuration] = Claim(list(requester.terms), now)
        state.dirty = True
    named = {term.window for term in requester.terms if term.seconds is None}
    for name in facts.days.keys() | named:
        day = facts.days.get(name)
        rolled = roll(day, state.log_of(endpoint_of(name)), facts.skew, requester.zone, now, unsure=facts.unsure)
        if rolled is not day:
            facts.days[name] = rolled
            state.dirty = True


def windows(state: AccountState, now: float, requester: Requester, *, every: bool = False) -> list[Window]:
    """The state of the limits of the calls that are asked for, or of `every` one, under the strictest of the
    configurations that share it."""
    heard = {name: heard.limit for name, heard in state.facts.heard.items() if now - heard.at <= FRESH_S}
    strictest = _strictest(state, now, requester, heard)
    return [
        (_day if term.seconds is None else _moving)(
            state, now, term, left, heard.get(term.window), min(max(requester.needs(term.endpoint), 1), left)
        )
        for left, term in strictest.values()
        if every or requester.needs(term.endpoint)
    ]


def _strictest(
    state: AccountState, now: float, requester: Requester, heard: Mapping[str, int]
) -> dict[str, tuple[int, WindowLimit]]:
    """For each window, the limit that leaves us the least, and how much."""
    found: dict[str, tuple[int, WindowLimit]] = {}
    for name, claim in state.facts.claims.items():
        own = name == requester.configuration
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
        if name not in found:  # a window that only the server's policy header names
            found[name] = limit, WindowLimit(name, seconds_of(name), limit)
    return found


def _day(state: AccountState, now: float, term: WindowLimit, left: int, heard: int | None, together: int) -> Window:
    day = state.facts.days.get(term.window)
    if day is None:
        return Window(term, left + term.reserve, left, left, 0, 0, -math.inf)
    room = min(left, heard - day.foreign - term.reserve if heard else left - day.foreign)
    # after a restart one call, or a few without an answer, may ask for the time, though the day before may still go on
    asks = state.facts.unsure and not state.log.under_way and day.used < ASKS
    used = day.used if asks else day.counted
    free_at = -math.inf if used + together <= room else state.facts.skew.latest(day.ends, now)
    return Window(term, left + term.reserve, left, room, used, day.foreign, free_at)


def _moving(state: AccountState, now: float, term: WindowLimit, left: int, heard: int | None, together: int) -> Window:
    seconds = term.seconds
    assert seconds is not None
    foreign = state.facts.foreign.get(term.window, NOBODYS)
    gone_at = foreign.received + width(seconds)
    calls = foreign.calls if gone_at > now else 0
    room = min(left, heard - calls - term.reserve if heard else left - calls)
    log = state.log_of(term.endpoint)
    with_theirs, without = (log.free_at(seconds, rest, now, together) for rest in (room, left))
    free_at = min(with_theirs, max(gone_at, without))
    return Window(term, left + term.reserve, left, room, log.used(seconds, now), calls, free_at)


def _closed(state: AccountState, now: float, requester: Requester, current: list[Window], together: int) -> Wait | None:
    """Why no call may go out, or None."""
    if now < state.facts.paused_until:
        return _wait("pause", now, state.facts.paused_until)
    days = [window.free_at for window in current if window.term.seconds is None and window.free_at > now]
    if days and state.facts.unsure and state.log.under_way:
        return Wait("turn", ASKED_S, now + ASKED_S)
    apart = any(window.term.endpoint and window.free_at > now for window in current)
    if days:
        return _wait("day", now, max(days), apart)
    moving = [window.free_at for window in current if window.free_at > now]
    if moving:
        return _wait("window", now, max(moving), apart)
    shared = [window for window in current if not window.term.endpoint]
    free = min((window.room - window.used for window in shared), default=together)
    limited = [window for window in shared if window.term.seconds is not None]
    seconds = FAIR_S
    if limited:
        tight = min(limited, key=lambda window: window.room - window.used)
        seconds = tight.term.seconds or FAIR_S
        free -= held_for_others(state, now, requester.session, requester.priority, tight.room, seconds)
    calls, wakes = ahead(state, now, requester.session, requester.priority, seconds)
    if free - calls >= together:
        return None
    return Wait("turn", min(wakes - now, POLL_S) if wakes > now + SAME_TIME_S else TURN_S, max(wakes, now + TURN_S))


def _wait(reason: Literal["pause", "day", "window"], now: float, until: float, apart: bool = False) -> Wait:
    # poll long waits less often: they rarely end early
    poll = POLL_S if reason == "window" else max(POLL_S, min((until - now) / 20, 60.0))
    return Wait(reason, min(until - now, poll), until, apart)
