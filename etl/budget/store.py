"""Where books are kept: a narrow interface, and the simplest store behind it.

A store changes a book for one asker at a time, and keeps the change. Three keep this promise: `Memory` below within a
process, SQLite for all processes of a user, Redis for several machines. All arithmetic is the book's own, so that
they cannot differ in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from etl.budget.account_state import AccountState
from etl.budget.monotonic import offset, ticks
from etl.clock import Clock

FORGET_EVERY = 256
"""Stamps that no window needs any more are dropped every so many calls."""

T = TypeVar("T")

Act = Callable[[AccountState, float], T]
"""Reads and changes a book, at a steady time. A store may let it act twice, on another copy."""


class BudgetStore(Protocol):
    """What a budget asks of the place where its book is kept. `session` is this process's name there."""

    session: str

    async def change(self, key: str, act: Act[T]) -> T:
        """Let `act` have the book of that key while nobody else has it; keep what it changed.

        What a killed process had not finished is as if it had not begun. Raises ConfigurationError where the store is
        damaged or not ours, InputOutputError where it cannot be read or written: never is a budget without limits.
        """

    def seen(self, key: str) -> AccountState:
        """The book as it was last seen; empty where it never was."""

    def now(self) -> float:
        """The store's steady time, as seconds since 1970."""

    def is_gone(self, session: str) -> bool | None:
        """Whether a session has ended, even by kill -9; None where this store cannot tell."""

    async def close(self) -> None: ...


@dataclass
class Shared:
    """What the sessions of a `Memory` share, and which of them live."""

    clock: Clock
    books: dict[str, AccountState] = field(default_factory=dict)
    live: set[str] = field(default_factory=set)
    made: int = 0

    def __post_init__(self) -> None:
        self.ticks, self.offset = ticks(self.clock), offset(self.clock)


class Memory:
    """A session of a store that ends with the process: for tests and rehearsals. `kill` ends one as kill -9 would."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        shared.made += 1
        self.session = f"session {shared.made}"
        shared.live.add(self.session)

    async def change(self, key: str, act: Act[T]) -> T:
        now = self.now()
        book = self._shared.books.setdefault(key, AccountState())
        result = act(book, now)
        if book.entries and book.facts.sent % FORGET_EVERY == 0:
            book.log.forget(now - book.horizon())
        book.settled()
        return result

    def seen(self, key: str) -> AccountState:
        return self._shared.books.get(key) or AccountState()

    def now(self) -> float:
        return self._shared.ticks() + self._shared.offset

    def is_gone(self, session: str) -> bool | None:
        return session not in self._shared.live

    def kill(self) -> None:
        self._shared.live.discard(self.session)

    async def close(self) -> None:
        self.kill()
