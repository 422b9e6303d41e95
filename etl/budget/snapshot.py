"""Describe a budget's state for people (`etl status`, `etl check`, the progress bar) and for forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from etl.budget.account_state import AccountState
from etl.budget.decision import Requester, windows
from etl.systems.declare.limits import endpoint_of, length_of


@dataclass(frozen=True, slots=True)
class LimitState:
    """One limit. `seconds` is None for a day; `left` is how many calls this program may still make now."""

    window: str
    seconds: float | None
    limit: int
    reserve: int
    used: int
    foreign: int
    left: int
    ends_at: datetime | None

    def __str__(self) -> str:
        at = f" at {self.endpoint}" if self.endpoint else ""
        if self.seconds is None:
            return f"{self.left} of {self.limit} today{at}"
        return f"{self.left} of {self.limit} per {length_of(self.window)}{at}"

    @property
    def endpoint(self) -> str:
        return endpoint_of(self.window)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole budget. `refused` counts the 429s that came despite it."""

    limits: tuple[LimitState, ...]
    under_way: int
    waiting: int
    paused_until: datetime | None
    sent: int
    refused: int

    @property
    def left_today(self) -> int | None:
        return min((one.left for one in self.limits if one.seconds is None and not one.endpoint), default=None)

    def __str__(self) -> str:
        parts = [str(limit) for limit in self.limits]
        if self.refused:
            parts.append(f"{self.refused} refused in spite of it")
        return ", ".join(parts)


def snapshot(state: AccountState, now: float, requester: Requester, wall: datetime) -> Snapshot:
    """The state of a budget. `wall` is the wall clock's time at `now`, by which times for people are given."""

    def at(steady: float) -> datetime:
        return datetime.fromtimestamp(wall.timestamp() + steady - now, UTC)

    facts = state.facts
    limits = []
    for window in windows(state, now, requester, every=True):
        term = window.term
        day = facts.days.get(term.window) if term.seconds is None else None
        limits.append(
            LimitState(
                window=term.window,
                seconds=term.seconds,
                limit=window.limit,
                reserve=term.reserve,
                used=window.used,
                foreign=window.foreign,
                left=max(window.room - window.used, 0),
                ends_at=at(facts.skew.latest(day.ends, now)) if day else None,
            )
        )
    return Snapshot(
        limits=tuple(limits),
        under_way=len(state.log.under_way),
        waiting=sum(now <= waiting.wakes + 1 for waiting in facts.waiting.values()),
        paused_until=at(facts.paused_until) if facts.paused_until > now else None,
        sent=facts.sent,
        refused=facts.refused,
    )
