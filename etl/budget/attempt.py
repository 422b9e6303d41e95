"""Permission for one call, from when the budget grants it until it is settled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from etl.budget.account_state import HELD_S, AccountState
from etl.budget.feedback import Observation
from etl.systems.declare.limits import Cost

STOPS = frozenset({429, 503})
"""Statuses that may pause all calls: such an answer is recorded at once."""


@dataclass(slots=True)
class Attempt:
    """One granted call. `numbers` are its lines of the log, as many as it counts; `seen` returns the state as this
    process last saw it; `of` tells whose call it is, of the keys of an account."""

    numbers: tuple[int, ...]
    cost: Cost
    sent: float
    now: Callable[[], float]
    seen: Callable[[], AccountState]
    of: int = 0
    answer: Observation | None = None
    never_sent: bool = False

    def observe(self, status: int, headers: Mapping[str, str]) -> None:
        self.answer = Observation(self.sent, self.now(), status, headers)

    def unsent(self) -> None:
        self.never_sent = True

    @property
    def alarming(self) -> bool:
        """Whether it got no answer, or one that may pause all calls."""
        return self.answer.status in STOPS if self.answer is not None else not self.never_sent

    def is_valid(self) -> bool:
        now = self.now()
        return now - self.sent <= HELD_S and now >= self.seen().facts.paused_until


def share_out(numbers: tuple[int, ...], costs: Sequence[Cost]) -> Iterator[tuple[tuple[int, ...], Cost]]:
    """Yield the lines of the log of each call that was granted, as many as it counts: of the first ones at least."""
    for cost in costs:
        if numbers:
            yield numbers[: cost.weight], cost
        numbers = numbers[cost.weight :]
