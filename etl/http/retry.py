"""Compute how long to wait before the next attempt. Pure: the client sleeps."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import datetime

from etl.http.date import parsed_date, since_1970

LONGEST_S = 7 * 86400.0
"""The longest wait of a server that is believed."""


@dataclass(frozen=True)
class RetryPolicy:
    """`tries` attempts in all, with a wait of 0 to base_s * 2^n between them, at most cap_s (full jitter)."""

    tries: int = 5
    base_s: float = 0.5
    cap_s: float = 30.0

    def wait_s(self, attempt: int, rng: random.Random) -> float:
        """The wait after the attempt of that number, counted from 1."""
        return rng.uniform(0, min(self.cap_s, self.base_s * 2 ** (attempt - 1)))


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Seconds requested by a Retry-After header in any form: seconds, a fraction, an HTTP date, a time since 1970.

    A past or negative time is 0; an unreadable one None; never more than a week.
    """
    if value is None or not (value := value.strip()):
        return None
    try:
        seconds = float(value)
        moment = since_1970(seconds)
        seconds = seconds if moment is None else moment - now.timestamp()
    except ValueError:
        at = parsed_date(value)
        if at is None:
            return None
        seconds = (at - now).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST_S)
