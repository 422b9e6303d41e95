"""Decide whose turn it is among the sessions that share a budget. Pure: the time is a parameter.

A push goes before an export. Among equals a free slot goes to the session with the fewest recent calls. That alone is
not enough: slots come free in the same bursts in which they were taken, a few seconds a minute, and a process with the
faster connection would take nearly all of them. So part of the window is reserved for a session that had to wait in it,
as long as it keeps calling, and never more than it can use at its measured pace: no reserved slot is wasted.

A session that needs several slots at once would starve if others took each as it came free: once it is first in line,
they leave slots to it until it has enough.

All rules use one order by urgency and share, in which the first gives way to nobody: no two can ever wait for each
other.
"""

from __future__ import annotations

from etl.budget.account_state import AccountState, Hunger, WaitingSession
from etl.budget.sliding_window import FAIR_S

LEASE_S = 0.25
"""How long a session may take to use its turn; after that it is passed over, not forgotten."""

SAME_TIME_S = 0.05
"""Sessions that wake within this time of each other contend for the same slot."""

IDLE_S = 1.0
"""A session that neither calls nor waits for this long is done."""

EVEN = 0.95
"""The fraction of an even share that is reserved: the rest makes up for a pace estimated too high."""

LEAST_S = 0.1
"""The shortest time by which a pace is measured."""

STRETCH_S, STRETCH = 5.0, 4
"""How many seconds or calls a stretch between two waits must have to show a session's pace."""

FASTER = 1.25
"""How much faster than before a session is assumed to be at most."""


def queue(state: AccountState, now: float, session: str, waiting: WaitingSession) -> None:
    """Record that a session waits, from the first time it did."""
    facts = state.facts
    known = facts.waiting.get(session)
    if known is not None:
        waiting.since = known.since
    if known is None or _wants(known) != _wants(waiting) or abs(known.wakes - waiting.wakes) > SAME_TIME_S / 2:
        facts.waiting[session] = waiting
        facts.hunger[session] = Hunger(now, waiting.priority, 0, _pace(facts.hunger.get(session), now))
        state.dirty = True


def ahead(state: AccountState, now: float, session: str, priority: int, seconds: float) -> tuple[int, float]:
    """How many slots go first to sessions that contend for those free now or wait for several; and when they wake.

    One that needs several sleeps until the last of them is free: without this, others would take the rest one by one.
    `seconds` is the length of the tightest window: shares are measured over it.
    """
    others = {
        name: waiting
        for name, waiting in state.facts.waiting.items()
        if name != session
        and now <= waiting.wakes + LEASE_S
        and (waiting.wakes - SAME_TIME_S <= now or waiting.together > 1)
    }
    if not others:
        return 0, now
    shares = state.log.shares(now, min(seconds, FAIR_S))
    known = state.facts.waiting.get(session)
    mine = priority, shares[session], known.since if known else now, session
    first = [its for name, its in others.items() if (its.priority, shares[name], its.since, name) < mine]
    calls = sum(
        its.calls if its.priority < priority and its.wakes - SAME_TIME_S <= now else its.together for its in first
    )
    return calls, min((its.wakes for its in first), default=now)


def _wants(waiting: WaitingSession) -> tuple[int, int, int]:
    return waiting.priority, waiting.calls, waiting.together


def held_for_others(state: AccountState, now: float, session: str, priority: int, room: int, seconds: float) -> int:
    """How many slots of a window are reserved for others that had less of it; none if it is longer than FAIR_S."""
    hungry = {
        name: hunger
        for name, hunger in state.facts.hunger.items()
        if name != session and now - hunger.denied <= seconds
    }
    if not hungry or seconds > FAIR_S:
        return 0
    lately = state.log.shares(now, IDLE_S)
    waiting = state.facts.waiting
    active = [name for name in hungry if lately[name] or (name in waiting and now <= waiting[name].wakes + LEASE_S)]
    if not active:
        return 0
    shares = state.log.shares(now, seconds)
    even = int(EVEN * room / (len(active) + 1))
    total = 0
    for name in active:
        hunger = hungry[name]
        if (hunger.priority, shares[name]) >= (priority, shares[session]):
            continue
        pace = (hunger.calls + 1) / max(now - hunger.denied, LEAST_S)
        if hunger.pace:
            pace = min(pace, FASTER * hunger.pace)
        total += max(0, min(even, int(pace * seconds)) - shares[name])
    return total


def _pace(hunger: Hunger | None, now: float) -> float:
    if hunger is None:
        return 0.0
    stretch = now - hunger.denied
    if hunger.calls >= STRETCH or (hunger.calls and stretch >= STRETCH_S):
        return hunger.calls / max(stretch, LEAST_S)
    return hunger.pace
