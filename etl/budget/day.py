"""Count calls per fixed day, which ends by the server's clock.

Unless a header named its end, a day ends at local midnight of the account's zone. A call that was under way then may
have been counted on either side, so it counts on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from etl.budget.skew import Skew
from etl.budget.sliding_window import SlidingWindow

LONGEST_S = 25 * 3600.0
"""The length of the day on which summer time ends. An end further off is not believed."""


@dataclass(slots=True)
class Day:
    """One day. `ends` is server time in seconds since 1970, `began` ours; `foreign` counts calls proven others'."""

    ends: float
    used: int = 0
    foreign: int = 0
    began: float = 0.0


def next_midnight(now: float, zone: str) -> float:
    """The next midnight in a zone; days there may have 23 or 25 hours."""
    local = ZoneInfo(zone)
    day = datetime.fromtimestamp(now, local).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=local).astimezone(UTC).timestamp()


def roll(day: Day | None, log: SlidingWindow, skew: Skew, zone: str, now: float) -> Day:
    """The current day: the same one, or a new one once the server's clock has certainly passed its end."""
    server = skew.server(now)
    if day is None:
        return Day(next_midnight(server, zone), log.after(now))
    if day.ends > server + LONGEST_S + 1:
        # written under a clock that ran ahead: waiting for that end could take years
        return Day(next_midnight(server, zone), day.used, day.foreign, day.began)
    if now < skew.latest(day.ends, now):
        return day
    # a midnight that the estimated skew puts a moment ahead is the one that just passed
    return Day(next_midnight(max(server, day.ends), zone), log.after(skew.earliest(day.ends, now)), 0, now)


def with_reported_end(day: Day, ends: float, log: SlidingWindow, skew: Skew, now: float) -> Day:
    """The day with the end that a header reported, which is believed however near.

    A later end, reported once ours may have passed, means that a new day began; else it corrects our guess.
    """
    if abs(ends - day.ends) < 1:
        return Day(max(ends, day.ends), day.used, day.foreign, day.began)
    if ends > day.ends and now >= skew.earliest(day.ends, now):
        return Day(ends, log.after(skew.earliest(day.ends, now)), 0, skew.earliest(day.ends, now))
    return Day(ends, day.used, day.foreign, day.began)
