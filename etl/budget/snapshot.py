"""How a budget stands, for people: `etl status`, `etl check`, the progress bar, and what a forecast starts from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from etl.budget.account_state import AccountState
from etl.budget.decision import Asker, windows


@dataclass(frozen=True, slots=True)
class LimitState:
    """One limit. `seconds` is None for a day; `left` is what this program may still use now."""

    window: str
    seconds: float | None
    limit: int
    reserve: int
    used: int
    foreign: int
    left: int
    ends_at: datetime | None

    def __str__(self) -> str:
        if self.seconds is None:
            return f"{self.left} of {self.limit} today"
        return f"{self.left} of {self.limit} per {self.seconds:g} s"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole budget. `refused` counts the 429s that came in spite of it."""

    standings: tuple[LimitState, ...]
    under_way: int
    waiting: int
    paused_until: datetime | None
    sent: int
    refused: int

    @property
    def left_today(self) -> int | None:
        return min((standing.left for standing in self.standings if standing.seconds is None), default=None)

    def __str__(self) -> str:
        parts = [str(standing) for standing in self.standings]
        if self.refused:
            parts.append(f"{self.refused} refused in spite of it")
        return ", ".join(parts)


def snapshot(book: AccountState, now: float, asker: Asker, wall: datetime) -> Snapshot:
    """The book as it stands. `wall` is the clock's time at `now`: times for people are by it."""

    def at(steady: float) -> datetime:
        return datetime.fromtimestamp(wall.timestamp() + steady - now, UTC)

    facts = book.facts
    standings = []
    for window in windows(book, now, asker):
        term = window.term
        day = facts.days.get(term.window) if term.seconds is None else None
        standings.append(
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
        standings=tuple(standings),
        under_way=len(book.log.under_way),
        waiting=sum(now <= waiting.wakes + 1 for waiting in facts.waiting.values()),
        paused_until=at(facts.paused_until) if facts.paused_until > now else None,
        sent=facts.sent,
        refused=facts.refused,
    )
