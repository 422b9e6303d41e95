"""Read when a limit is reset, in whatever form an answer tells it. Pure.

1790000000         seconds since 1970
1790000000000      milliseconds since 1970
37                 seconds from now
2026-09-21T14:13:20Z, Mon, 21 Sep 2026 14:13:20 GMT
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from etl.http.date import SECONDS, parsed_date, since_1970

NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
ISO = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:?\d\d)")


class Reset(NamedTuple):
    """The server's time of a reset. `counted_down` says that it was told as seconds from now: whole ones, from a moment
    that nobody knows exactly."""

    at: float
    counted_down: bool = False


def read_reset(text: str, server_now: float) -> Reset | None:
    """When that is, in server time; None for what is no time. A time without a zone is none: it may mean any."""
    if NUMBER.fullmatch(text):
        number = float(text)
        if number < SECONDS:
            return Reset(server_now + number, counted_down=True)
        moment = since_1970(number)
        return None if moment is None else Reset(moment)
    if ISO.fullmatch(text):
        try:
            return Reset(datetime.fromisoformat(text.upper()).timestamp())
        except ValueError:
            return None
    at = parsed_date(text)
    return None if at is None else Reset(at.timestamp())
