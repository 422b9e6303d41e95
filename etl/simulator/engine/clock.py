"""The server's clock, and the naive local times of its APIs."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import formatdate

from etl.simulator.data.drawn import AMSTERDAM


class SimulatorClock:
    """Seconds since 1970 plus an offset. Local times are those of Amsterdam, without a zone."""

    def __init__(self, now: Callable[[], float], offset_s: float) -> None:
        self._now, self._offset_s = now, offset_s

    def now(self) -> float:
        return self._now() + self._offset_s

    def http_date(self) -> str:
        return formatdate(self.now(), usegmt=True)

    def local(self) -> str:
        return f"{datetime.fromtimestamp(self.now(), AMSTERDAM):%Y-%m-%d %H:%M:%S}"


def naive_seconds(text: str) -> int:
    """Convert a naive local time to a number that sorts like its text; the repeated hour in autumn is ambiguous, as on
    real servers.

    Raises ValueError for anything but `yyyy-mm-dd hh:mm:ss`.
    """
    return calendar.timegm(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").timetuple())


def next_midnight(now: float) -> float:
    """Return the next midnight in Amsterdam, also on days of 23 and 25 hours."""
    today = datetime.fromtimestamp(now, AMSTERDAM).date()
    tomorrow = today + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=AMSTERDAM).timestamp()
