"""docs/faults.md: each fault with what comes of it, and its tests by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .declare import Fault

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"

HEAD = """\
# What goes wrong, and what comes of it

Generated from `tests/faults/` by `python -m tests.faults --write`. `make test-faults` tries all of it and prints, for
each fault, how many cases were tried and how many held. Numbers are exit codes, as in the README. The tests stand below
`tests/`; their names say what holds.
"""


def page(groups: Mapping[str, Sequence[Fault]]) -> str:
    """The text of docs/faults.md."""
    lines = [HEAD]
    for group, faults in groups.items():
        lines += [f"## {group}", "", "| what goes wrong | what comes of it | tests |", "|---|---|---|"]
        lines += [f"| {fault.name} | {fault.comes_of_it} | {_tests(fault)} |" for fault in faults]
        lines.append("")
    return "\n".join(lines)


def _tests(fault: Fault) -> str:
    """The names of its tests as sentences, with their files."""
    files: dict[str, list[str]] = {}
    for test in fault.tests:
        file, _, name = test.partition("::")
        files.setdefault(file, []).append(name.removeprefix("test_").replace("_", " "))
    return "; ".join(f"`{file}`: {', '.join(names)}" for file, names in files.items())
