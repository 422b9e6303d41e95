"""What a safeguard is: a place in the code, what it is to be without it, and the tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Safeguard:
    """`old` must stand in the file exactly once. `noticed_by` are tests below tests/, as pytest names them; the first
    that fails is enough. `only` chooses among their cases, `quick` says that it is tried in the short form too."""

    name: str
    file: str
    old: str
    new: str
    noticed_by: tuple[str, ...]
    only: str = ""
    quick: bool = False


def faults(noun: str, *tests: str) -> tuple[str, ...]:
    """Tests of one of the files of faults."""
    return tuple(f"push/test_faults_{noun}.py::test_{test}" for test in tests)


def rare(noun: str, *tests: str) -> tuple[str, ...]:
    """Tests of what seldom happens, each of which stands behind one safeguard."""
    return tuple(f"push/test_rare_{noun}.py::test_{test}" for test in tests)


def pushes(noun: str, *tests: str) -> tuple[str, ...]:
    """Tests of one of the files about pushing."""
    return tuple(f"push/test_push_{noun}.py::test_{test}" for test in tests)


def kills(*tests: str) -> tuple[str, ...]:
    """Tests in which the pusher is killed."""
    return tuple(f"crash_push/test_push_kills.py::test_{test}" for test in tests)
