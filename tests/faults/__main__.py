"""Tries every fault and prints a table: the fault, how many cases were tried, how many held.

    python -m tests.faults [--write]

--write writes docs/faults.md instead.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from . import GROUPS
from .page import PAGE, page

TESTS = Path(__file__).parents[1]


def main() -> int:
    if "--write" in sys.argv:
        PAGE.write_text(page(GROUPS), "utf-8")
        return 0
    tests = sorted({test for faults in GROUPS.values() for fault in faults for test in fault.tests})
    return pytest.main(["-q", "-p", "tests.faults.tally", *(str(TESTS / test) for test in tests)])


if __name__ == "__main__":
    sys.exit(main())
