"""The vocabulary in which a vendor's limits are declared, and what their windows are called. Frozen, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias

DAY = "day"
MINUTE = "60"
LONGEST_S = 86_400
"""The longest moving window: how long every store is sure to remember calls."""


class Cost(NamedTuple):
    """What a call takes: as how many it counts, and the endpoint whose own limits it falls under, if any."""

    weight: int = 1
    endpoint: str = ""


ONE = Cost()


@dataclass(frozen=True)
class MovingWindow:
    """At most `limit` calls in any `seconds` seconds. `headers` is what the names of the headers begin with that tell
    of it: `X-RateLimit-Minutely-`. With an `endpoint`, a path as a stream or a target's call has it, it holds for calls
    there, besides those of the account."""

    limit: int
    seconds: float
    headers: str | None = None
    endpoint: str = ""

    @property
    def window(self) -> str:
        return _at(window_of(self.seconds), self.endpoint)


@dataclass(frozen=True)
class Daily:
    """At most `limit` calls from midnight to midnight in the account's time zone; `endpoint` as above."""

    limit: int
    headers: str | None = None
    endpoint: str = ""

    @property
    def window(self) -> str:
        return _at(DAY, self.endpoint)


Limit: TypeAlias = MovingWindow | Daily


def window_of(seconds: float) -> str:
    """The name of a moving window, in etl.toml and in the store: its length in seconds."""
    return str(int(seconds)) if seconds == int(seconds) else repr(float(seconds))


def seconds_of(window: str) -> float | None:
    """The length of a window by its name; None for a fixed day."""
    return None if window.startswith(DAY) else float(window.partition(" ")[0])


@lru_cache(1024)
def endpoint_of(window: str) -> str:
    """The endpoint of a window by its name; empty for one of the whole account. It stands behind it: `60 /contacts`."""
    _, slash, path = window.partition(" /")
    return f"/{path}" if slash else ""


def _at(window: str, endpoint: str) -> str:
    return f"{window} {endpoint}" if endpoint else window


def length_of(window: str) -> str:
    """The length of a window by its name, for people: `5 min`."""
    seconds = seconds_of(window)
    if seconds is None:
        return DAY
    for unit, word in ((3600, "h"), (60, "min")):
        if seconds >= 2 * unit and seconds % unit == 0:
            return f"{seconds / unit:.0f} {word}"
    return f"{seconds:g} s"
