"""Enforce a true sliding minute and a day, per credential, by the arrival times of requests.

A refused request is not counted: otherwise it could keep a caller out for ever.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from etl.simulator.engine.clock import next_midnight


@dataclass(frozen=True, slots=True)
class LimitVerdict:
    allowed: bool
    headers: dict[str, str]
    retry_after_s: int = 0


@dataclass(slots=True)
class _Account:
    minute: deque[float] = field(default_factory=deque)
    day_ends: float = 0.0
    today: int = 0


class Limits:
    """The limits of one API; with `headers` its answers report them."""

    def __init__(
        self,
        *,
        per_minute: int | None,
        per_day: int | None,
        minute_s: float = 60.0,
        day_s: float | None = None,
        headers: bool = False,
        started: float = 0.0,
    ) -> None:
        self.per_minute, self.per_day = per_minute, per_day
        self._minute_s, self._day_s, self._headers = minute_s, day_s, headers
        self._started = math.floor(started)
        self._accounts: dict[str, _Account] = {}

    def admit(self, caller: str, at: float) -> LimitVerdict:
        """Count a request that arrived at that time, or refuse it with the whole seconds until one is allowed."""
        account = self._accounts.setdefault(caller, _Account())
        while account.minute and account.minute[0] <= at - self._minute_s:
            account.minute.popleft()
        if at >= account.day_ends:
            account.day_ends, account.today = self._end_of_day(at), 0
        wait_s = 0.0
        if self.per_minute is not None and len(account.minute) >= self.per_minute:
            wait_s = account.minute[0] + self._minute_s - at if account.minute else self._minute_s
        if self.per_day is not None and account.today >= self.per_day:
            wait_s = max(wait_s, account.day_ends - at)
        if wait_s > 0:
            return LimitVerdict(False, self._limit_headers(account), max(1, math.ceil(wait_s)))
        if self.per_minute is not None:
            account.minute.append(at)
        account.today += 1
        return LimitVerdict(True, self._limit_headers(account))

    def _end_of_day(self, at: float) -> float:
        if self._day_s is None:
            return next_midnight(at)
        return self._started + (math.floor((at - self._started) / self._day_s) + 1) * self._day_s

    def _limit_headers(self, account: _Account) -> dict[str, str]:
        headers: dict[str, str] = {}
        if self._headers and self.per_minute is not None:
            headers["X-RateLimit-Minutely-Limit"] = str(self.per_minute)
            headers["X-RateLimit-Minutely-Remaining"] = str(max(0, self.per_minute - len(account.minute)))
        if self._headers and self.per_day is not None:
            headers["X-RateLimit-Daily-Limit"] = str(self.per_day)
            headers["X-RateLimit-Daily-Remaining"] = str(max(0, self.per_day - account.today))
            headers["X-RateLimit-Daily-Reset"] = str(math.ceil(account.day_ends))
        return headers
