"""Read the dates of HTTP headers."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache


@lru_cache(maxsize=16)  # all answers of one second have the same Date
def parsed_date(text: str) -> datetime | None:
    """The time in a header, in UTC; None if it cannot be parsed, or is none that a calendar has."""
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
