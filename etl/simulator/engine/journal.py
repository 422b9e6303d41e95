"""Record every write that took effect, and count all requests.

The log is the reference for tests of pushes: a write in it was done, whatever the caller was answered.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class WriteEntry:
    """A write that took effect. `answered` is the status sent for it, or how the answer was lost; `tenant` is the user
    or key of the shop, where the host serves several."""

    at: float
    system: str
    method: str
    path: str
    outcome: str  # created, merged, updated, deleted
    id: str
    body: Any
    tenant: str = ""
    answered: str = ""

    def as_dict(self) -> dict[str, Any]:
        names = ("at", "system", "method", "path", "outcome", "id", "body", "answered")
        entry = {name: getattr(self, name) for name in names}
        return {**entry, "tenant": self.tenant} if self.tenant else entry


@dataclass(slots=True)
class Counters:
    """The counters of one API. `worst_window` is one caller's most requests in a sliding minute, refused ones too."""

    requests: int = 0
    unauthorised: int = 0
    over_limit: int = 0
    faulted: int = 0
    worst_window: int = 0
    body_bytes: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


class WriteJournal:
    def __init__(self, minute_s: float) -> None:
        self.entries: list[WriteEntry] = []
        self.counters: dict[str, Counters] = {}
        self._minute_s = minute_s
        self._recent: dict[tuple[str, str], deque[float]] = {}

    def of(self, system: str) -> Counters:
        return self.counters.setdefault(system, Counters())

    def arrive(self, system: str, caller: str, at: float) -> None:
        counters = self.of(system)
        counters.requests += 1
        recent = self._recent.setdefault((system, caller), deque())
        recent.append(at)
        while recent[0] <= at - self._minute_s:
            recent.popleft()
        counters.worst_window = max(counters.worst_window, len(recent))

    def stats(self) -> dict[str, Any]:
        systems = {name: counters.as_dict() for name, counters in self.counters.items()}
        return {
            "requests": sum(counters.requests for counters in self.counters.values()),
            "over_limit": sum(counters.over_limit for counters in self.counters.values()),
            "worst_window": max((counters.worst_window for counters in self.counters.values()), default=0),
            "writes": Counter(entry.outcome for entry in self.entries),
            "systems": systems,
        }
