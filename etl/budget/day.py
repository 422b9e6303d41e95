"""Count calls per fixed day, which ends by the server's clock.

Unless a header named its end, a day ends at local midnight of the account's zone. A call that was under way then may
have been counted on either side, so it counts on both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from etl.budget.skew import Skew
from etl.budget.sliding_window import SlidingWindow

LONGEST_S = 25 * 3600.0
"""The length of the day on which summer time ends. An end further off is not believed."""


@dataclass(slots=True)
class Day:
    """One day. `ends` is server time in seconds since 1970, `began` ours; `foreign` counts calls proven others'.

    `before` is the day that ended by our clock alone, after a restart of the machine: until an answer has told the time
    it may still go on, and its calls count.
    """

    ends: float
    used: int = 0
    foreign: int = 0
    began: float = 0.0
    before: Day | None = None

    @property
    def counted(self) -> int:
        """The calls that may count: its own, and those of the day before if that may still go on."""
        return self.used + (self.before.used if self.before else 0)

    def resumed(self) -> Day:
        """The day before, with the calls made since: it had not ended."""
        if self.before is None:
            return self
        return replace(self.before, used=self.counted, foreign=max(self.foreign, self.before.foreign))


def next_midnight(now: float, zone: str) -> float:
    """The next midnight in a zone; days there may have 23 or 25 hours."""
    local = ZoneInfo(zone)
    day = datetime.fromtimestamp(now, local).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=local).astimezone(UTC).timestamp()


def midnight_before(now: float, zone: str) -> float:
    """The last midnight in a zone."""
    local = ZoneInfo(zone)
    day = datetime.fromtimestamp(now, local).date()
    return datetime(day.year, day.month, day.day, tzinfo=local).astimezone(UTC).timestamp()


def roll(day: Day | None, log: SlidingWindow, skew: Skew, zone: str, now: float, *, unsure: bool = False) -> Day:
    """The current day: the same one, or a new one once the server's clock has certainly passed its end; `unsure` if we
    cannot know."""
    server = skew.server(now)
    if day is None:
        return Day(next_midnight(server, zone), log.after(now))
    if day.ends > server + LONGEST_S + 1:
        # written under a clock that ran ahead: waiting for that end could take years
        return replace(day, ends=next_midnight(server, zone))
    if now < skew.latest(day.ends, now):
        return day
    # a midnight that the estimated skew puts a moment ahead is the one that just passed
    before = day.resumed() if unsure else None
    return Day(next_midnight(max(server, day.ends), zone), log.after(skew.earliest(day.ends, now)), 0, now, before)


def with_reported_end(day: Day, ends: float, log: SlidingWindow, skew: Skew, now: float) -> Day:
    """The day with the end that a header reported, which is believed however near.

    A later end, reported once ours may have passed, means that a new day began; else it corrects our guess.
    """
    if abs(ends - day.ends) < 1:
        return replace(day, ends=max(ends, day.ends))
    if ends > day.ends and now >= skew.earliest(day.ends, now):
        return Day(ends, log.after(skew.earliest(day.ends, now)), 0, skew.earliest(day.ends, now))
    return replace(day, ends=ends)
