"""Which ids came twice, and what changed: told right whatever came, by their order alone where that proves it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl.tables.fingerprints import MADE_BY, Changes, Fingerprints, compare, path_of, stored
from etl.tables.keys import SeenKeys, superseded
from etl.tables.unread import Unread

KEYS = st.sampled_from([*map(str, range(1, 14)), "0", "007", "7a", "é", "-3", "10000000000000000000000"])
BATCHES = st.lists(st.lists(KEYS, unique=True, max_size=6), max_size=6)
Batches = Sequence[Sequence[str]]


def frames(batches: Batches) -> list[pl.Series]:
    return [pl.Series(keys, dtype=pl.String) for keys in batches]


def seen(batches: Batches) -> SeenKeys:
    found = SeenKeys()
    for keys in frames(batches):
        found.add(keys)
    return found


@given(BATCHES)
@example([["1", "2"], ["3"], ["2"]])
@example([["9"], ["10"], ["9"]])
@example([["007"], ["7"], ["007"]])
def test_an_id_that_came_twice_is_never_overlooked(batches: Batches) -> None:
    every = [key for keys in batches for key in keys]
    if len(every) != len(set(every)):
        assert seen(batches).doubtful


@given(st.lists(st.integers(1, 10**17), unique=True), st.integers(1, 5))
def test_ascending_numbers_are_proof_enough(numbers: list[int], size: int) -> None:
    keys = [str(number) for number in sorted(numbers)]
    assert not seen([keys[start : start + size] for start in range(0, len(keys), size)]).doubtful


@given(st.lists(st.text(min_size=1, max_size=5), unique=True))
def test_other_ids_that_came_once_from_the_start_are_in_no_doubt(keys: list[str]) -> None:
    assert not seen([["not a number"], keys]).doubtful


@given(BATCHES)
def test_of_each_id_all_places_but_its_last_are_superseded(batches: Batches) -> None:
    every = [key for keys in batches for key in keys]
    last = {key: place for place, key in enumerate(every)}
    expected = [place for place, key in enumerate(every) if last[key] != place]
    assert sorted(superseded(lambda: frames(batches)).to_list()) == expected


# -- what each record was -----------------------------------------------------------------------------

ROWS = st.dictionaries(KEYS, st.tuples(st.sampled_from(["Ede", "Urk", ""]), st.none() | st.integers(0, 3)))


def kept(folder: Path, extraction: int, rows: dict[str, tuple[str, int | None]], batch: int = 3) -> pl.LazyFrame:
    made = Fingerprints(folder, extraction)
    schema = {"city": pl.String, "number": pl.Int64}
    keys = list(rows)
    for start in range(0, len(keys), batch):
        some = keys[start : start + batch]
        made.append(pl.Series(some), pl.DataFrame([rows[key] for key in some], schema=schema, orient="row"))
    made.finish()
    found = stored(folder, extraction)
    assert found is not None
    return found


@given(before=ROWS, now=ROWS)
def test_new_changed_and_vanished_are_told_by_comparing(
    before: dict[str, tuple[str, int | None]],
    now: dict[str, tuple[str, int | None]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("fingerprints")
    changed = sum(before[key] != now[key] for key in before.keys() & now.keys())
    new, vanished = len(now.keys() - before.keys()), sorted(before.keys() - now.keys())
    old, young = kept(folder, 1, before), kept(folder, 2, now, batch=2)
    assert compare(old, young, Unread()) == Changes(len(before), new, changed, vanished)


def test_a_row_has_the_same_fingerprint_in_whatever_batch_it_comes(tmp_path: Path) -> None:
    rows: dict[str, tuple[str, int | None]] = {str(n): ("Ede", n % 3) for n in range(50)}
    one, other = kept(tmp_path, 1, rows, batch=1), kept(tmp_path, 2, dict(reversed(rows.items())), batch=17)
    assert compare(one, other, Unread()) == Changes(50, 0, 0, [])


@pytest.mark.parametrize(("vanished", "share"), [(0, 0.0), (1, 0.1), (10, 1.0)])
def test_the_share_that_vanished_is_of_what_there_was(vanished: int, share: float) -> None:
    assert Changes(10, 500, 0, ["x"] * vanished).share_vanished == share
    assert Changes(0, 500, 0, []).share_vanished == 0


def test_fingerprints_of_another_release_are_not_compared(tmp_path: Path) -> None:
    kept(tmp_path, 1, {"1": ("Ede", 1)})
    path = path_of(tmp_path, 1)
    assert MADE_BY in path.name
    path.rename(path.with_name("1.polars-0.0.1.parquet"))
    assert stored(tmp_path, 1) is None
