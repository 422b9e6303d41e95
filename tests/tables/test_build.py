"""Whatever comes, in whatever pieces and order: each id stands in the tables once, as it came last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from etl.config.settings import Account
from etl.decode.fast import parse
from etl.state.journal import LandedPage
from etl.state.landing import Landing
from etl.systems import SYSTEMS
from etl.tables import Build, Built, Plan, batch, build, rebuild
from etl.tables.fingerprints import stored
from tests.support.clock import NOON
from tests.support.scripted import customer, page

BIKES = SYSTEMS["cyclesoftware"].stream("customers")
SHOP = Account(
    name="bikes",
    system="cyclesoftware",
    base_url="https://example.nl",
    username=SecretStr("shop"),
    password=SecretStr("x"),
)
ROTTEN = 0
"""Stands for a record without an id."""
PAGES = st.lists(st.lists(st.integers(0, 12), max_size=8), max_size=6)
RISING = st.lists(st.integers(1, 60), unique=True, max_size=40).map(
    lambda numbers: [sorted(numbers)[start : start + 7] for start in range(0, len(numbers), 7)]
)
Numbers = Sequence[Sequence[int]]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "ROWS", 9)
    monkeypatch.setattr(build, "PROVED", 1_500)


class Bench:
    """Pages landed in a folder, and what is built of them. Each record says in its city which of all it is."""

    def __init__(self, folder: Path) -> None:
        self.landing = Landing(folder / "landing")
        self.plan = Plan(
            account=SHOP,
            stream=BIKES,
            out=folder / "out",
            forms=("parquet",),
            landing=self.landing,
            fingerprints=(folder / "fingerprints", 1),
        )
        self.count = 0
        self.newest: dict[str, str] = {}
        self.rotten = 0

    def records(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        return [self._record(number) for number in numbers]

    def _record(self, number: int) -> dict[str, Any]:
        self.count += 1
        if number == ROTTEN:
            self.rotten += 1
            return {"customer_id": None}
        self.newest[str(number)] = f"City {self.count}"
        return customer(number, city=f"City {self.count}")

    def land(self, position: int, records: Sequence[Any]) -> LandedPage:
        landed = self.landing.write("bikes", "customers", json.dumps(page(records)).encode(), "identity")
        at = NOON + timedelta(seconds=position)
        return LandedPage(position, {}, landed.file, landed.size, len(records), at)

    def holds(self, built: Built) -> None:
        """The tables say what came last, and the counts add up."""
        rows = pl.read_parquet(self.plan.out / "contacts" / "bikes.customers.parquet")
        assert rows["source_id"].is_unique().all()
        assert dict(rows.select("source_id", "city").rows()) == self.newest
        phones = pl.read_parquet(self.plan.out / "phone_numbers" / "bikes.customers.parquet")
        assert sorted(phones["source_id"]) == sorted(self.newest)
        assert (built.received, built.rejected, built.written) == (self.count, self.rotten, len(self.newest))
        assert built.received == built.written + built.duplicates + built.rejected
        rejects = self.plan.out / "rejects" / "bikes.customers.jsonl"
        assert (len(rejects.read_text().splitlines()) if rejects.exists() else 0) == self.rotten
        left = [path.name for path in self.plan.out.rglob(".tmp-*")]
        assert left == []


def parts(records: Sequence[Any], size: int) -> list[Any]:
    some = [records[start : start + size] for start in range(0, len(records), size)]
    return [parse(json.dumps(each).encode(), BIKES) for each in some]


@settings(max_examples=60)
@given(pages=PAGES | RISING, size=st.integers(1, 5), breaks=st.sets(st.integers(0, 5)))
def test_an_export_holds_each_id_once_as_it_came_last_also_where_lists_break_off(
    pages: Numbers, size: int, breaks: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    bench = Bench(tmp_path_factory.mktemp("bench"))
    made = Build(bench.plan)
    try:
        for position, numbers in enumerate(pages):
            at = NOON + timedelta(seconds=position)
            if position in breaks:  # a part of a list that comes anew
                made.parts(position, at, parts([customer(n) for n in range(90, 97)], size))
                made.again()
            records = bench.records(numbers)
            made.parts(position, at, parts(records, size))
            made.landed(bench.land(position, records))
        made.close()
        made.add_vanished([])
        built = made.finish()
    finally:
        made.discard()
    bench.holds(built)
    folder, extraction = bench.plan.fingerprints or (Path(), 0)
    fingerprints = stored(folder, extraction)
    assert fingerprints is not None
    assert sorted(fingerprints.collect()["key"]) == sorted(bench.newest)


@settings(max_examples=60)
@given(rounds=st.lists(PAGES, min_size=1, max_size=4))
def test_of_several_extractions_the_newest_counts(
    rounds: Sequence[Numbers], tmp_path_factory: pytest.TempPathFactory
) -> None:
    bench = Bench(tmp_path_factory.mktemp("bench"))
    landed = [
        [bench.land(position, bench.records(numbers)) for position, numbers in enumerate(pages)] for pages in rounds
    ]
    bench.holds(rebuild(bench.plan, landed, []))


def test_a_list_that_comes_anew_after_the_end_begins_nothing(tmp_path: Path) -> None:
    """A run that is stopped drops the build while a thread may be about to begin it again."""
    bench = Bench(tmp_path)
    made = Build(bench.plan)
    made.parts(0, NOON, parts(bench.records([1, 2]), 2))
    made.discard()
    made.again()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
