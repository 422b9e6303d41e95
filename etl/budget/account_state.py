"""The state of one account's budget: the log of its calls, and what is known about its limits.

Every process of the user keeps a copy and changes it only inside a store's `change`, one process at a time. A store
saves all of `facts`, and of the log only the `entries` that changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum
from typing import NamedTuple

from pydantic import TypeAdapter

from etl.budget.day import Day
from etl.budget.limits import WindowLimit
from etl.budget.skew import Skew
from etl.budget.sliding_window import FAIR_S, SlidingWindow, width
from etl.systems.declare.limits import endpoint_of, seconds_of

LONGEST_CALL_S = 240.0
"""The longest that a call of ours can be under way: the client gives up before. The holder of an older one is dead."""

HELD_S = 50.0
"""How long a slot may be held before its call goes out and still ends in time; after that a new slot is needed."""

LATE_S = 1.0
"""How long a request may still be on its way after its sender gave it up, or was found dead."""

CLAIM_S = timedelta(days=1).total_seconds()
"""How long after its last call the limits of a configuration that shares the budget still apply."""

FRESH_S = timedelta(days=1).total_seconds()
"""How long a limit from a header is believed after it was last reported."""

LONGEST_PAUSE_S = timedelta(days=7).total_seconds()


class Priority(IntEnum):
    """Which of two waiting calls goes first: the lower number."""

    PUSH = 0
    EXPORT = 1


@dataclass(slots=True)
class Heard:
    """A limit that a header reported, and when."""

    limit: int
    at: float


@dataclass(slots=True)
class Foreign:
    """Calls of others in a sliding window, proven by an answer that was requested at `sent` and came at `received`."""

    calls: int
    sent: float
    received: float


@dataclass(slots=True)
class Claim:
    """What one configuration allows itself, and when it last called."""

    terms: list[WindowLimit]
    seen: float


@dataclass(slots=True)
class WaitingSession:
    """A session with `calls` waiting for their turn, which looks again at `wakes`.

    `together` of them must go out at once: if that is more than one, others leave free slots to it until it has them.
    """

    priority: int
    calls: int
    since: float
    wakes: float
    together: int = 1


@dataclass(slots=True)
class Hunger:
    """When a session last had to wait, and its calls since: how fast it goes when nothing holds it up.

    `pace` is the calls per second that it reached in the stretch before; 0 if unknown.
    """

    denied: float
    priority: int
    calls: int = 0
    pace: float = 0.0


@dataclass(slots=True)
class Flight:
    """Calls of a session, made one after another, of which one may be under way; `ends` once the session is dead."""

    session: str
    since: float
    ends: float | None = None


@dataclass(slots=True)
class Facts:
    days: dict[str, Day] = field(default_factory=dict)
    heard: dict[str, Heard] = field(default_factory=dict)
    foreign: dict[str, Foreign] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    waiting: dict[str, WaitingSession] = field(default_factory=dict)
    hunger: dict[str, Hunger] = field(default_factory=dict)
    flights: dict[str, Flight] = field(default_factory=dict)
    skew: Skew = field(default_factory=Skew)
    paused_until: float = 0.0
    paused_s: float = LONGEST_PAUSE_S
    sent: int = 0
    refused: int = 0
    boot: str = ""
    """The boot of this machine in which it was last used, and since then:"""
    unsure: bool = False
    """whether only our clock says how long ago that was: until an answer tells the time;"""
    seen: float = 0.0
    """and the server's time then."""


FACTS = TypeAdapter(Facts)


class CallEntry(NamedTuple):
    """A line of the log: `received` is None while the call is under way, 0 if it never went out. `session` is followed
    by a space and the endpoint, if that has limits of its own."""

    number: int
    session: str
    sent: float
    received: float | None


def process_of(session: str) -> str:
    """The session of the process, of one that tells an endpoint too."""
    return session.partition(" /")[0]


class AccountState:
    """The state itself. Whoever changes `facts` sets `dirty`; the log changes only through these methods. `log` has all
    calls, and beside it each endpoint with limits of its own has a log of its calls."""

    def __init__(self, facts: Facts | None = None, entries: list[CallEntry] | None = None) -> None:
        self.facts = facts or Facts()
        self.log = SlidingWindow()
        self._apart: dict[str, SlidingWindow] = {}
        self.dirty = False
        self.entries: list[CallEntry] = []
        self.copy(entries or [])

    def copy(self, entries: list[CallEntry]) -> None:
        """Apply lines that other processes wrote."""
        for entry in entries:
            endpoint = endpoint_of(entry.session)
            for log in (self.log, self.log_of(endpoint)) if endpoint else (self.log,):
                if entry.received is None:
                    log.send(entry.number, entry.session, entry.sent)
                elif entry.received:
                    log.receive(entry.number, entry.session, entry.received)
                else:
                    log.withdraw(entry.number)

    def log_of(self, endpoint: str) -> SlidingWindow:
        """The log of an endpoint's calls; of all, without one."""
        return self._apart.setdefault(endpoint, SlidingWindow()) if endpoint else self.log

    def forget(self, now: float) -> float:
        """Drop the stamps that no window needs any more; return up to when."""
        before = now - self.horizon()
        for log in (self.log, *self._apart.values()):
            log.forget(before)
        return before

    def send(self, session: str, now: float) -> int:
        """Log a call before it goes out and return its number."""
        facts = self.facts
        facts.sent += 1
        if (hunger := facts.hunger.get(session)) is not None:
            hunger.calls += 1
        for day in self._days(session):
            day.used += 1
        self._write(CallEntry(facts.sent, session, now, None))
        return facts.sent

    def receive(self, number: int, at: float) -> None:
        """Log that a call is over. One that was already settled stays as it was."""
        call = self.log.under_way.get(number)
        if call is not None:
            self._write(CallEntry(number, call.session, call.sent, at))

    def take_off(self, number: int, session: str, now: float) -> None:
        """Note that calls may be under way, by the number of the first."""
        self.facts.flights[str(number)] = Flight(session, now)
        self.dirty = True

    def land(self, number: int) -> None:
        """Note that they are over, if so many may be under way and no more."""
        self.dirty = self.facts.flights.pop(str(number), None) is not None or self.dirty

    def withdraw(self, number: int) -> None:
        """Free the slots of a call that certainly never reached the server."""
        call = self.log.under_way.get(number)
        if call is not None:
            for day in self._days(call.session):
                day.used = max(day.used - 1, 0)
            self._write(CallEntry(number, call.session, call.sent, 0.0))

    def horizon(self) -> float:
        """How long a logged call is needed: as long as any later answer may still count it."""
        names = {term.window for claim in self.facts.claims.values() for term in claim.terms} | set(self.facts.heard)
        return width(max([FAIR_S, *(seconds_of(name) or 0.0 for name in names)])) + LONGEST_CALL_S

    def begin_boot(self, boot: str) -> None:
        """Note that the machine was started anew: how much time has passed, its clock alone tells."""
        facts = self.facts
        if facts.boot != boot:
            facts.seen = facts.skew.server(self.log.newest())
            facts.boot, facts.unsure, self.dirty = boot, bool(facts.days), True

    def settled(self) -> None:
        """Forget what changed, once it has been saved."""
        self.dirty, self.entries = False, []

    def correct(self, now: float) -> None:
        """Set times in the future to now: they were written under a clock that ran ahead."""
        facts = self.facts
        for log in (self.log, *self._apart.values()):
            for number, call in list(log.under_way.items()):
                log.send(number, call.session, min(call.sent, now))
            log.bring_to(now)
        for foreign in facts.foreign.values():
            foreign.sent, foreign.received = min(foreign.sent, now), min(foreign.received, now)
        for flight in facts.flights.values():
            flight.since = min(flight.since, now)
        for claim in facts.claims.values():
            claim.seen = min(claim.seen, now)
        for heard in facts.heard.values():
            heard.at = min(heard.at, now)
        if facts.skew.at > now:
            facts.skew = Skew()
        facts.waiting, facts.hunger = {}, {}
        facts.paused_until = min(facts.paused_until, now + facts.paused_s)

    def _days(self, session: str) -> list[Day]:
        """The days in which a call of that session counts."""
        own = endpoint_of(session)
        return [day for name, day in self.facts.days.items() if endpoint_of(name) in ("", own)]

    def _write(self, entry: CallEntry) -> None:
        self.copy([entry])
        self.entries.append(entry)
        self.dirty = True
