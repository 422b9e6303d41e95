"""What whoever calls an API asks of a budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from etl.budget.account_state import Priority
from etl.budget.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class WaitNotice:
    """Why nothing is called just now, and until when; for a countdown."""

    reason: str
    until: datetime
    seconds: float


class Slot(Protocol):
    """One attempt's leave to call."""

    def observe(self, status: int, headers: Mapping[str, str]) -> None:
        """What the answer says of the limits, as soon as its headers are there. Names regardless of case."""

    def unsent(self) -> None:
        """The attempt surely never reached the server (no name, refused, no TLS), or is not made: it costs nothing."""

    def stands(self) -> bool:
        """Whether a call may still go out on it: one that is held can grow too old, or a pause begin."""


class CallBudget(Protocol):
    """What the HTTP client asks of a budget."""

    def call(self, priority: Priority | None = None) -> AbstractAsyncContextManager[Slot]:
        """Hold a slot in every limit for one attempt. Waits; raises BudgetSpent where the run should park instead."""

    def calls(self, count: int, priority: Priority | None = None) -> AbstractAsyncContextManager[Sequence[Slot]]:
        """Hold so many slots from the same moment on, all of them or none. Waits and raises as `call` does.

        Fewer only where the limits could never allow so many at once, but one at least: the length tells. Each is one
        attempt's, and observes its own answer; one that is not used must be told so by `unsent`. Who holds slots must
        not wait for more: he gives them back, and asks for all anew.
        """

    async def pause(self, seconds: float) -> None:
        """Stop every task of this credential, in every process, for so long."""

    def standing(self) -> Snapshot:
        """How it stood at the last call; costs nothing."""

    async def snapshot(self) -> Snapshot:
        """How it stands now."""
