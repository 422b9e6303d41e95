"""Faults that follow what the caller does: an outage that begins with a write, and people at work meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from etl.simulator.engine.faults import Action, FaultPlan

UPDATE = re.compile(r"^((?:PUT|PATCH) .*|POST /contacts/\d+.*)$")
DELETE = re.compile(r"^DELETE ")
CREATE = re.compile(r"^POST (?!/contacts/\d)")
WRITE = re.compile(r"^(PUT|PATCH|POST|DELETE) ")
ANY = re.compile("")


class Outage(FaultPlan):
    """From the n-th request of a kind on, those of that kind meet the action, and all others a 503 without effect."""

    def __init__(self, of: re.Pattern[str], action: dict[str, Any], nth: int = 1) -> None:
        super().__init__(None)
        self._of, self._action, self._left = of, Action(**action), nth

    def strike(self, method: str, target: str) -> Action | None:
        meant = self._of.search(f"{method} {target}") is not None
        self._left -= meant
        if self._left > 0:
            return None
        return self._action if meant else Action(status=503)


class Wrong(FaultPlan):
    """Requests of a kind meet the action, so many times (0: always); all others are served."""

    def __init__(self, of: re.Pattern[str], action: dict[str, Any], times: int = 0) -> None:
        super().__init__(None)
        self._of, self._action, self._left = of, Action(**action), times or 10**9

    def strike(self, method: str, target: str) -> Action | None:
        if not self._left or self._of.search(f"{method} {target}") is None:
            return None
        self._left -= 1
        return self._action


class Meanwhile(FaultPlan):
    """Somebody does something each time a request of a kind arrives, before it is served or meets the action."""

    def __init__(
        self, of: re.Pattern[str], work: Callable[[str], None], action: dict[str, Any] | None = None, times: int = 1
    ) -> None:
        super().__init__(None)
        self._of, self._work, self._left = of, work, times
        self._action = Action(**action) if action else None

    def strike(self, method: str, target: str) -> Action | None:
        if not self._left or self._of.search(f"{method} {target}") is None:
            return None
        self._left -= 1
        self._work(target)
        return self._action
