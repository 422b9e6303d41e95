"""The budget's interface for code that calls an API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from etl.budget.account_state import Priority
from etl.budget.snapshot import Snapshot
from etl.systems.declare.limits import ONE, Cost


@dataclass(frozen=True, slots=True)
class WaitNotice:
    """Why calls are waiting, and until when; for a countdown."""

    reason: str
    until: datetime
    seconds: float


class Slot(Protocol):
    """Permission for one attempt to call, of that cost."""

    @property
    def cost(self) -> Cost: ...

    @property
    def of(self) -> int:
        """The place of the key that it is for, among those of the account."""

    def observe(self, status: int, headers: Mapping[str, str]) -> None:
        """Report an answer's status and headers as soon as they are there. Header names in any case."""

    def unsent(self) -> None:
        """Report that the attempt never reached the server (no DNS, refused, no TLS) or is not made: it is free."""

    def is_valid(self) -> bool:
        """Whether a call may still go out on it: a held slot can expire, or a pause can begin."""


class CallBudget(Protocol):
    """What the HTTP client needs from a budget."""

    def call(self, priority: Priority | None = None, *, cost: Cost = ONE) -> AbstractAsyncContextManager[Slot]:
        """Hold a slot in every limit for one attempt. Waits; raises BudgetSpent if the run should park instead, and
        ConfigurationError for one that counts as more than the limits ever allow."""

    def calls(
        self, calls: int | Sequence[Cost], priority: Priority | None = None
    ) -> AbstractAsyncContextManager[Sequence[Slot]]:
        """Hold slots for several calls from the same moment on, all of them or none. Waits and raises as `call` does.

        Returns fewer, but at least one, only if the limits could never allow so many at once. Each slot is for one
        attempt and observes its own answer; call `unsent` on one that is not used. Never wait for more slots while
        holding some: give them back, and request all again.
        """

    async def pause(self, seconds: float) -> None:
        """Stop every task of this credential, in every process, for this long."""

    def last_snapshot(self) -> Snapshot:
        """The state at the last call; costs nothing."""

    async def snapshot(self) -> Snapshot:
        """The current state."""
