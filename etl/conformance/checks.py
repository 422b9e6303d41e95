"""What a check is: one promise, tried in a place of its own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal

from etl.systems.declare import Stream, System, Target


class Broken(Exception):
    """A promise does not hold; the text says what came instead, and never a value of a record."""


class DoesNotApply(Exception):
    """A promise cannot be tried here; the text says why."""


@dataclass(frozen=True)
class Subject:
    """What a promise is tried with: a system, and one of its streams or targets, or neither."""

    system: System
    targets: tuple[Target, ...]
    stream: Stream | None = None
    target: Target | None = None

    @property
    def name(self) -> str:
        """The stream, or the target, as people call it; empty for the system."""
        if self.target is not None:
            return f"to {self.target.name}"
        return self.stream.name if self.stream is not None else ""


@dataclass(frozen=True)
class Check:
    """A promise in words, and what tries it. Its name is how tests and JSON call it."""

    name: str
    promise: str
    attempt: Callable[[Subject], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Result:
    """What came of one check with one subject. `reason` is of one that is broken, or does not apply."""

    name: str
    promise: str
    of: str
    outcome: Literal["held", "broken", "does not apply"]
    reason: str = ""


def expect(holds: bool, otherwise: str) -> None:
    """Raise Broken unless it holds."""
    if not holds:
        raise Broken(otherwise)


def must_end_with(code: int, ended: int, why: str | None) -> None:
    """Raise Broken for a run with another exit code."""
    expect(ended == code, f"it ended with {ended}, not {code}{f': {why}' if why else ''}")
