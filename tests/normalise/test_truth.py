"""The truth sets are met, and big enough to mean something."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import accuracy

ROOT = Path(__file__).parents[2]
KINDS = ("country", "province", "postcode", "phone", "vat", "coc", "email", "names", "crosscheck", "values")


@pytest.mark.parametrize("kind", KINDS)
def test_every_case_of_a_kind_is_met(kind: str) -> None:
    cases = list(accuracy.contact_cases(ROOT / "tests" / "truth" / f"{kind}.csv"))
    missed = [(case.given, case.came_out, case.expected) for case in cases if not case.met]
    assert not missed


def test_there_are_hundreds_of_cases() -> None:
    sizes: Counter[str] = Counter()
    for path in (ROOT / "tests" / "truth").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            sizes[path.stem] = sum(1 for _ in csv.DictReader(file))
    assert sum(sizes[kind] for kind in KINDS) >= 200
