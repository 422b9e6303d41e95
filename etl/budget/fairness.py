"""Whose turn it is, between the sessions that share a budget. Pure: the time is handed in.

A push goes before an export. Among equals a free slot goes to whoever called least of late. That alone is not enough:
slots come free as densely as they were taken, in a few seconds a minute, and a process with the faster connection
would take nearly all of them. So a part of the window is kept for a session that had to wait in it, as long as it goes
on calling, and never more than it can use at the pace it shows: nothing is kept that would be wasted.

Who wants several slots at once would wait for ever where others take each as it comes free: they leave them to him,
once he comes first, until he has as many as he wants.

All rules go by one order of urgency and share, in which whoever is first gives way to nobody: no two can ever wait
for each other.
"""

from __future__ import annotations

from etl.budget.account_state import AccountState, Hunger, WaitingSession
from etl.budget.sliding_window import FAIR_S

LEASE_S = 0.25
"""A session whose turn it is and that does not come within so long is passed over, not forgotten."""

ALIKE_S = 0.05
"""Sessions that wake within so long of each other contend for the same slot."""

IDLE_S = 1.0
"""A session that neither calls nor waits for so long is done."""

EVEN = 0.95
"""How much of an even share is kept: the rest makes up for a pace that was guessed too high."""

LEAST_S = 0.1
"""A pace is not judged by less time."""

STRETCH_S, STRETCH = 5.0, 4
"""A stretch between two waits shows a session's pace from so many seconds or calls on."""

FASTER = 1.25
"""How much faster than before a session may turn out to be."""


def queue(book: AccountState, now: float, session: str, waiting: WaitingSession) -> None:
    """Put down that a session waits, since when it first did."""
    facts = book.facts
    known = facts.waiting.get(session)
    if known is not None:
        waiting.since = known.since
    if known is None or _wants(known) != _wants(waiting) or abs(known.wakes - waiting.wakes) > ALIKE_S / 2:
        facts.waiting[session] = waiting
        facts.hunger[session] = Hunger(now, waiting.priority, 0, _pace(facts.hunger.get(session), now))
        book.dirty = True


def ahead(book: AccountState, now: float, session: str, priority: int, seconds: float) -> tuple[int, float]:
    """How many slots others take first, who contend for those free now or wait for several; and when they wake.

    Who wants several sleeps until the last of them is free: without this, others would take each of the rest.
    `seconds` is the length of the window that is tightest: shares are looked at over it.
    """
    others = {
        name: waiting
        for name, waiting in book.facts.waiting.items()
        if name != session
        and now <= waiting.wakes + LEASE_S
        and (waiting.wakes - ALIKE_S <= now or waiting.together > 1)
    }
    if not others:
        return 0, now
    shares = book.log.shares(now, min(seconds, FAIR_S))
    known = book.facts.waiting.get(session)
    mine = priority, shares[session], known.since if known else now, session
    first = [its for name, its in others.items() if (its.priority, shares[name], its.since, name) < mine]
    calls = sum(its.calls if its.priority < priority and its.wakes - ALIKE_S <= now else its.together for its in first)
    return calls, min((its.wakes for its in first), default=now)


def _wants(waiting: WaitingSession) -> tuple[int, int, int]:
    return waiting.priority, waiting.calls, waiting.together


def kept(book: AccountState, now: float, session: str, priority: int, room: int, seconds: float) -> int:
    """How many slots of a window are kept for others that had less of it. None of one longer than shares are kept."""
    hungry = {
        name: hunger for name, hunger in book.facts.hunger.items() if name != session and now - hunger.denied <= seconds
    }
    if not hungry or seconds > FAIR_S:
        return 0
    lately = book.log.shares(now, IDLE_S)
    waiting = book.facts.waiting
    active = [name for name in hungry if lately[name] or (name in waiting and now <= waiting[name].wakes + LEASE_S)]
    if not active:
        return 0
    shares = book.log.shares(now, seconds)
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
