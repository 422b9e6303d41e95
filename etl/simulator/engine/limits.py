"""Enforce true sliding windows and a day, per credential, by the arrival times of requests.

A window may be of any length, and for some paths only; a request may count as several; and so many may be under way at
once. A refused request is not counted: otherwise it could keep a caller out for ever.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from etl.simulator.engine.clock import next_midnight

ANY = ".*"


@dataclass(frozen=True, slots=True)
class LimitVerdict:
    allowed: bool
    headers: dict[str, str]
    retry_after_s: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` calls in any `seconds` seconds of the paths that match `path`, a regular expression."""

    limit: int
    seconds: float
    path: str = ANY


@dataclass(frozen=True, slots=True)
class WindowUse:
    """How many calls of a caller count in a window at a time, and when the first of them does no more."""

    limit: int
    used: int
    at: float
    ends: float


@dataclass(slots=True)
class _Account:
    stamps: dict[Window, deque[float]] = field(default_factory=dict)
    day_ends: float = 0.0
    today: int = 0
    under_way: int = 0


class Limits:
    """The limits of one API; with `headers` its answers report them, and with `tell` the last of `windows`. `weigh`
    says as how many calls a method and path count, `at_once` how many requests of a caller may be under way."""

    def __init__(
        self,
        *,
        per_minute: int | None,
        per_day: int | None,
        windows: Sequence[Window] = (),
        at_once: int | None = None,
        weigh: Callable[[str, str], int] = lambda method, path: 1,
        minute_s: float = 60.0,
        day_s: float | None = None,
        headers: bool = False,
        tell: Callable[[WindowUse], Mapping[str, str]] | None = None,
        started: float = 0.0,
    ) -> None:
        self.per_minute, self.per_day, self.at_once, self._weigh = per_minute, per_day, at_once, weigh
        minutely = () if per_minute is None else (Window(per_minute, 60.0),)
        self._windows, self._pace = (*minutely, *windows), minute_s / 60.0
        self._day_s, self._headers, self._tell = day_s, headers, tell
        self._started = math.floor(started)
        self._accounts: dict[str, _Account] = {}

    def admit(self, caller: str, at: float, method: str = "GET", path: str = "/") -> LimitVerdict:
        """Count a request that arrived at that time, or refuse it with the whole seconds until one is allowed. One that
        is admitted is under way until `leave`."""
        account = self._accounts.setdefault(caller, _Account())
        if at >= account.day_ends:
            account.day_ends, account.today = self._end_of_day(at), 0
        weight, wait_s = self._weigh(method, path), 0.0
        held = [self._stamps(account, window, at) for window in self._windows if re.fullmatch(window.path, path)]
        for window, stamps in held:
            if (over := len(stamps) + weight - window.limit) > 0:
                left_at = stamps[over - 1] if over <= len(stamps) else at
                wait_s = max(wait_s, left_at + window.seconds * self._pace - at)
        if self.per_day is not None and account.today + weight > self.per_day:
            wait_s = max(wait_s, account.day_ends - at)
        if self.at_once is not None and account.under_way >= self.at_once:
            wait_s = max(wait_s, 1.0)
        if wait_s > 0:
            return LimitVerdict(False, self._limit_headers(account, at), max(1, math.ceil(wait_s)))
        for _, stamps in held:
            stamps.extend([at] * weight)
        account.today += weight
        account.under_way += 1
        return LimitVerdict(True, self._limit_headers(account, at))

    def leave(self, caller: str) -> None:
        """A request that was admitted is answered."""
        self._accounts[caller].under_way -= 1

    def _stamps(self, account: _Account, window: Window, at: float) -> tuple[Window, deque[float]]:
        stamps = account.stamps.setdefault(window, deque())
        while stamps and stamps[0] <= at - window.seconds * self._pace:
            stamps.popleft()
        return window, stamps

    def _end_of_day(self, at: float) -> float:
        if self._day_s is None:
            return next_midnight(at)
        return self._started + (math.floor((at - self._started) / self._day_s) + 1) * self._day_s

    def _limit_headers(self, account: _Account, at: float) -> dict[str, str]:
        headers: dict[str, str] = {}
        if self._tell is not None and self._windows:
            window, stamps = self._stamps(account, self._windows[-1], at)
            ends = (stamps[0] if stamps else at) + window.seconds * self._pace
            headers |= self._tell(WindowUse(window.limit, len(stamps), at, ends))
        if self._headers and self.per_minute is not None:
            used = len(account.stamps.get(self._windows[0], ()))
            headers["X-RateLimit-Minutely-Limit"] = str(self.per_minute)
            headers["X-RateLimit-Minutely-Remaining"] = str(max(0, self.per_minute - used))
        if self._headers and self.per_day is not None:
            headers["X-RateLimit-Daily-Limit"] = str(self.per_day)
            headers["X-RateLimit-Daily-Remaining"] = str(max(0, self.per_day - account.today))
            headers["X-RateLimit-Daily-Reset"] = str(math.ceil(account.day_ends))
        return headers
