"""The server's clock, and the naive times its APIs write."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import formatdate

from etl.simulator.data.drawn import AMSTERDAM


class SimulatorClock:
    """Seconds since 1970, off by as much as asked for. Local times are those of Amsterdam, without a zone."""

    def __init__(self, now: Callable[[], float], offset_s: float) -> None:
        self._now, self._offset_s = now, offset_s

    def now(self) -> float:
        return self._now() + self._offset_s

    def http_date(self) -> str:
        return formatdate(self.now(), usegmt=True)

    def local(self) -> str:
        return f"{datetime.fromtimestamp(self.now(), AMSTERDAM):%Y-%m-%d %H:%M:%S}"


def naive_seconds(text: str) -> int:
    """A naive local time as a number that sorts as its text does: in autumn an hour comes twice, as on real servers.

    Raises ValueError for anything but `yyyy-mm-dd hh:mm:ss`.
    """
    return calendar.timegm(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").timetuple())


def next_midnight(now: float) -> float:
    """The coming midnight in Amsterdam; days of 23 and 25 hours included."""
    today = datetime.fromtimestamp(now, AMSTERDAM).date()
    tomorrow = today + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=AMSTERDAM).timestamp()
