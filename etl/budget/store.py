"""The interface of a budget store, and the simplest implementation.

A store applies one change at a time to an account's state, and keeps it. There are three: `Memory` below within a
process, SQLite for all processes of a user, Redis for several machines. All arithmetic is in the state, so that they
cannot differ in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from etl.budget.account_state import AccountState
from etl.budget.monotonic import offset, ticks
from etl.clock import Clock

FORGET_EVERY = 256
"""After how many calls the stamps that no window needs any more are dropped."""

T = TypeVar("T")

Act = Callable[[AccountState, float], T]
"""Reads and changes a state, at a steady time. A store may run it again, on another copy."""


class BudgetStore(Protocol):
    """Where the state of budgets is kept. `session` is this process's name there."""

    session: str

    async def change(self, key: str, act: Act[T]) -> T:
        """Run `act` on the state of that key with nobody else changing it, and keep what it changed.

        A killed process leaves no partial change. Raises ConfigurationError if the store is damaged or not ours,
        InputOutputError if it cannot be read or written: a budget never runs without limits.
        """

    def last_seen(self, key: str) -> AccountState:
        """The state as this process last saw it; empty if it never did."""

    def now(self) -> float:
        """The store's steady time, as seconds since 1970."""

    def is_gone(self, session: str) -> bool | None:
        """Whether a session has ended, even by kill -9; None if this store cannot tell."""

    async def close(self) -> None: ...


@dataclass
class Shared:
    """What the sessions of a `Memory` store share, and which of them are alive."""

    clock: Clock
    states: dict[str, AccountState] = field(default_factory=dict)
    live: set[str] = field(default_factory=set)
    made: int = 0

    def __post_init__(self) -> None:
        self.ticks, self.offset = ticks(self.clock), offset(self.clock)


class Memory:
    """A store that ends with the process, for tests and rehearsals. `kill` ends a session as kill -9 would."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        shared.made += 1
        self.session = f"session {shared.made}"
        shared.live.add(self.session)

    async def change(self, key: str, act: Act[T]) -> T:
        now = self.now()
        state = self._shared.states.setdefault(key, AccountState())
        result = act(state, now)
        if state.entries and state.facts.sent % FORGET_EVERY == 0:
            state.forget(now)
        state.settled()
        return result

    def last_seen(self, key: str) -> AccountState:
        return self._shared.states.get(key) or AccountState()

    def now(self) -> float:
        return self._shared.ticks() + self._shared.offset

    def is_gone(self, session: str) -> bool | None:
        return session not in self._shared.live

    def kill(self) -> None:
        self._shared.live.discard(self.session)

    async def close(self) -> None:
        self.kill()
