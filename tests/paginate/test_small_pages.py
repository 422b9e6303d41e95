"""Lists in pages of one to three rows, of which rows come, go, move and are edited between any two calls."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl
import pytest

from etl.extract.closing_round import TwoRounds
from etl.paginate import Parameters, PlainPage, WalkStart, pager_for
from etl.paginate.landed import look_backs, unchecked
from etl.systems.declare import NextOffset
from tests.support.clock import NOON

OFFSET = NextOffset("offset", "next")
WALKS = 150
MOST_CALLS = 2_000


@dataclass(frozen=True)
class Landed:
    parameters: Parameters
    records: int


@dataclass(frozen=True)
class Row:
    place: float
    version: int
    changed: int


@dataclass
class List:
    """A list by offset, or what changed in it since its first call."""

    rows: dict[int, Row]
    size: int
    calls: int = 0
    edits: int = 0
    landed: list[Landed] = field(default_factory=list)

    def edit(self, number: int, place: float | None) -> None:
        self.edits += 1
        old = self.rows[number].place if number in self.rows else number
        self.rows[number] = Row(old if place is None else place, self.edits, self.calls)

    def remove(self, number: int | None) -> None:
        self.rows.pop(min(self.rows, default=0) if number is None else number, None)

    def page(self, asked: Parameters) -> tuple[PlainPage, list[int]]:
        told = [number for number, row in self.rows.items() if "since" not in asked or row.changed]
        told.sort(key=lambda number: (self.rows[number].place, number))
        begin = int(asked.get("offset", "0"))
        end = begin + self.size
        shown = told[begin:end]
        ids = pl.Series([str(number) for number in shown], dtype=pl.String())
        contents = [(number, self.rows[number].version) for number in shown]
        envelope = {"next": end if end < len(told) else None}
        return PlainPage(envelope, len(shown), ids, contents, NOON, NOON), shown


def happenings(rng: random.Random, rows: int) -> dict[int, list[Callable[[List], None]]]:
    """What happens before the call of each number."""

    def one() -> Callable[[List], None]:
        kind, number, place = rng.random(), rng.randrange(10, rows * 10 + 10, 10), rng.uniform(0, rows * 10 + 10)
        new = rng.randint(1, rows * 10 + 9)
        if kind < 0.4:
            return lambda shown: shown.remove(number)
        if kind < 0.6:
            return lambda shown: shown.remove(None)
        if kind < 0.8:
            return lambda shown: shown.edit(new, None)
        return lambda shown: shown.edit(number, place)

    return {call: [one() for _ in range(rng.choice([0, 0, 1, 1, 2]))] for call in range(2, rng.randint(4, 60))}


def missed(shown: List, happening: dict[int, list[Callable[[List], None]]]) -> set[int]:
    """Walk it, and return the rows that were there throughout and were not shown."""

    def changes(_: datetime) -> Parameters:
        return {"since": "then"}

    def again(first: Parameters, overlap: bool) -> object:
        return pager_for(OFFSET, WalkStart(first, overlap=overlap))

    walk = TwoRounds(pager_for(OFFSET, WalkStart({})), again, changes, since=None, began=NOON)  # type: ignore[arg-type]
    throughout, seen, asking = set(shown.rows), set[int](), dict[str, str]()
    while True:
        shown.calls += 1
        assert shown.calls < MOST_CALLS
        for happens in happening.get(shown.calls, ()):
            happens(shown)
        throughout &= set(shown.rows)
        page, numbers = shown.page(asking)
        step = walk.take(asking, page)
        if step.used:
            seen |= set(numbers)
            shown.landed.append(Landed(asking, len(numbers)))
        if step.following is None:
            return throughout - seen
        asking = dict(step.following)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_whatever_happens_no_row_is_missed_or_it_is_told_that_one_may_be(size: int) -> None:
    for number in range(WALKS):
        rng = random.Random(number)
        rows = rng.randint(2, size * 10)
        shown = List({n * 10: Row(n * 10, 0, 0) for n in range(1, rows + 1)}, size)
        lacking = missed(shown, happenings(rng, rows))
        if size > 1:
            assert (lacking, unchecked(OFFSET, shown.landed)) == (set(), 0), number
        else:
            assert not lacking or unchecked(OFFSET, shown.landed), number


@pytest.mark.parametrize("size", [1, 2, 3, 10])
@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 20])
def test_what_has_landed_tells_how_many_calls_it_took_and_whether_it_was_checked(size: int, rows: int) -> None:
    shown = List({n: Row(n, 0, 0) for n in range(rows)}, size)
    assert missed(shown, {}) == set()
    assert len(shown.landed) + look_backs(OFFSET, shown.landed) == shown.calls
    assert (unchecked(OFFSET, shown.landed) > 0) == (size == 1 and rows > 1)
