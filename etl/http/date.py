"""Read the times of HTTP headers: dates, and numbers of seconds or milliseconds since 1970.

A number is told apart by its magnitude: no window lasts thirty years, and none ended before 2001.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

SECONDS, MILLISECONDS, NONE = 1e9, 1e11, 1e14
"""From where on a number is seconds since 1970, milliseconds, or no time at all."""


@lru_cache(maxsize=16)  # all answers of one second have the same Date
def parsed_date(text: str) -> datetime | None:
    """The time in a header, in UTC; None if it cannot be parsed, or is none that a calendar has."""
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def since_1970(number: float) -> float | None:
    """The seconds since 1970 that a number tells, in these or in milliseconds; None for one that is no such time."""
    if not SECONDS <= number < NONE:
        return None
    return number if number < MILLISECONDS else number / 1000
