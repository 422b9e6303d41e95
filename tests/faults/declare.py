"""What a fault is: what goes wrong, what must come of it, and the tests that try it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """`tests` are named below tests/, as pytest names them, without the brackets of their cases."""

    name: str
    comes_of_it: str
    tests: tuple[str, ...]


def of(file: str, *tests: str) -> tuple[str, ...]:
    """Tests of one file."""
    return tuple(f"{file}.py::test_{test}" for test in tests)
