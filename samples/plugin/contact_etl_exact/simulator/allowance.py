"""Count the calls of a division: 60 in each minute of the clock, 5,000 a day, told by headers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from etl.simulator.engine.answer import RefusedRequest
from etl.simulator.engine.clock import next_midnight

MINUTELY, DAILY = "X-RateLimit-Minutely-", "X-RateLimit-"


@dataclass
class Allowance:
    """`minute_s` is how long a minute lasts. A call that is refused is not counted."""

    minute_s: float = 60.0
    per_minute: int = 60
    per_day: int = 5_000
    minute: int = 0
    used: int = 0
    day_ends: float = 0.0
    today: int = 0

    def take(self, at: float) -> dict[str, str]:
        """Count a call, and return the headers of its answer. Raises RefusedRequest (429) with its own: where the
        minute is used up, nothing is told of the day."""
        if (minute := math.floor(at / self.minute_s)) != self.minute:
            self.minute, self.used = minute, 0
        if at >= self.day_ends:
            self.day_ends, self.today = next_midnight(at), 0
        if self.used >= self.per_minute:
            raise RefusedRequest(429, "Too Many Requests", self._minutely())
        if self.today >= self.per_day:
            raise RefusedRequest(429, "Too Many Requests", self._minutely() | self._daily())
        self.used += 1
        self.today += 1
        return self._minutely() | self._daily()

    def _minutely(self) -> dict[str, str]:
        return _told(MINUTELY, self.per_minute, self.used, (self.minute + 1) * self.minute_s)

    def _daily(self) -> dict[str, str]:
        return _told(DAILY, self.per_day, self.today, self.day_ends)


def _told(prefix: str, limit: int, used: int, ends: float) -> dict[str, str]:
    told = {"Limit": limit, "Remaining": max(0, limit - used), "Reset": math.ceil(ends * 1000)}
    return {f"{prefix}{name}": str(number) for name, number in told.items()}
