"""Rows come and go while one pages by offset: nothing that was there throughout is missing, and nothing comes twice."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from etl.runs.report import TablesReport
from etl.runs.stream import UNCHECKED
from tests.support.scripted import (
    CHANGES,
    Answer,
    Raw,
    RawServer,
    Seen,
    Server,
    customer,
    http,
    is_closing,
    offsets,
    page,
)
from tests.support.shifting import ShiftingShop
from tests.support.workplace import BIKES, Project
from tests.test_faults import AWAY, temporaries

Change = Callable[[ShiftingShop], object]


async def exported(project: Project, shop: Any, **how: Any) -> tuple[TablesReport, Server]:
    with Server(shop) as server:
        return await project.configure(BIKES, server.base_url).export(**how), server


def numbers(project: Project) -> list[int]:
    return sorted(int(number) for number in project.ids())


def notes(report: TablesReport) -> list[str]:
    built = report.streams[0].built
    assert built is not None
    return built.notes


def overlap(project: Project) -> int:
    """Whether the newest extraction still asked for a row again."""
    with contextlib.closing(sqlite3.connect(project.state / "state.db")) as database:
        (row,) = database.execute("SELECT overlap FROM extractions ORDER BY id DESC LIMIT 1").fetchall()
    return int(row[0])


# -- the overlap --------------------------------------------------------------------------------------


async def test_each_page_begins_with_the_last_row_of_the_one_before(project: Project) -> None:
    report, server = await exported(project, ShiftingShop(range(1, 31)))
    assert (report.exit_code, offsets(server)) == (0, ["0", "9", "18", "27", CHANGES])
    assert "offset" not in server.seen[0].query
    built = report.streams[0].built
    assert built is not None
    assert (built.received, built.written, built.duplicates, built.rejected) == (33, 30, 3, 0)
    assert (numbers(project), overlap(project)) == (list(range(1, 31)), 1)


@pytest.mark.parametrize(
    ("size", "asked"),
    [
        (1, ["0", "1", "0", "2", "1", "3", "2"]),
        (2, ["0", "1", "2"]),
        (3, ["0", "2"]),
        (4, ["0"]),
        (20, ["0"]),
    ],
)
async def test_the_smallest_pages_overlap_too_and_of_one_row_the_one_before_is_asked_for_after_it(
    size: int, asked: list[str], project: Project
) -> None:
    report, server = await exported(project, ShiftingShop(range(1, 5), size))
    ahead = [offset for offset in offsets(server) if offset != CHANGES]
    assert (report.exit_code, ahead[: len(asked)], numbers(project)) == (0, asked, [1, 2, 3, 4])
    assert len(ahead) <= len(asked) + 1, "one is asked for past the end at most"


async def test_larger_pages_show_several_rows_again(project: Project) -> None:
    report, server = await exported(project, ShiftingShop(range(1, 301), 100))
    assert (report.exit_code, offsets(server)) == (0, ["0", "97", "194", "291", CHANGES])
    assert overlap(project) == 1


UNREADABLE: list[dict[str, Any]] = [{"city": ["Utrecht"]}, {"customer_id": {"id": 20}}]


@pytest.mark.parametrize("size", [1, 2, 3, 10, 20])
@pytest.mark.parametrize("spoilt", UNREADABLE)
@pytest.mark.parametrize("number", [11, 20])
async def test_a_record_that_cannot_be_read_hides_nobody_when_rows_slide_past(
    size: int, spoilt: dict[str, Any], number: int, project: Project
) -> None:
    """Neither on the page that slides, nor at its end, nor are those told as deleted that slid past."""
    shop = ShiftingShop(range(1, 51), size)
    with Server(shop) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export()).exit_code == 0
        shop.put(number, spoilt=spoilt)
        shop.before = {shop.requests + 20 // size + 1: lambda shop: shop.remove(1, 2)}
        assert (await project.export()).exit_code == 65
    active = project.table().filter("active")["source_id"].to_list()
    assert set(range(3, 51)) - {number} <= {int(one) for one in active}
    assert set(project.table().filter(~pl.col("active"))["source_id"]) <= {"1", "2", str(number)}


@pytest.mark.parametrize(
    ("gone", "to"),
    [((1, 2), 24.5), ((1,), 21.5), ((1, 2, 3), 23.5), ((1, 2), 0.5), ((), 30.5), ((1, 2, 3), 99.0)],
)
@pytest.mark.parametrize("size", [2, 4, 5, 10, 20])
async def test_a_last_row_that_is_edited_and_moves_hides_nobody(
    gone: tuple[int, ...], to: float, size: int, project: Project
) -> None:
    """It stands on the next page, even in its first place: the rows that slid past it are not seen for that."""

    def change(shop: ShiftingShop) -> None:
        shop.remove(*gone)
        shop.put(20, city="Urk", to=to)

    shop = ShiftingShop(range(1, 41), size)
    with Server(shop) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export()).exit_code == 0
        server.seen.clear()
        asked = {2: 20, 4: 7, 5: 6, 10: 3, 20: 2}[size]
        shop.before = {shop.requests + asked: change}
        assert (await project.export()).exit_code == 0
    told = dict(project.table().filter("active").select("source_id", "city").rows())
    assert set(told) == {str(n) for n in range(1, 41) if n not in gone} | (set(told) & {str(n) for n in gone})
    assert told["20"] == "Urk"


async def test_a_whole_list_that_is_edited_meanwhile_is_read_once(project: Project) -> None:
    """Nobody moved: several rows stand in their places, though none is as it was."""

    def change(shop: ShiftingShop) -> None:
        shop.put(*shop.rows, city="Urk")

    shop = ShiftingShop(range(1, 501), 100, before={3: change})
    report, server = await exported(project, shop)
    ahead = [seen.query.get("offset", "0") for seen in server.seen if not is_closing(seen)]
    # those that are asked for ahead may come in any order
    asked = sorted(map(int, ahead))
    assert (report.exit_code, asked[:6]) == (0, [0, 97, 194, 291, 388, 485])
    assert len(asked) <= 7, "one is asked for past the end at most"
    assert project.table()["city"].unique().to_list() == ["Urk"]


async def test_pages_of_odd_sizes_overlap_as_far_as_they_can(project: Project) -> None:
    class Odd(ShiftingShop):
        def __call__(self, seen: Seen) -> Answer:
            self.size = [40, 1, 17, 3, 2, 7, 1][self.offset(seen) % 7]
            return super().__call__(seen)

    shop = Odd(range(1, 101), before={5: lambda shop: shop.remove(1, 2), 9: lambda shop: shop.remove(3)})
    report, _ = await exported(project, shop)
    assert (report.exit_code, overlap(project)) == (0, 1)
    assert set(range(4, 101)) <= set(numbers(project))


async def test_an_export_of_pages_of_one_row_goes_on_where_it_stopped(project: Project) -> None:
    class Away(ShiftingShop):
        away = 9

        def __call__(self, seen: Seen) -> Answer:
            return AWAY[0] if 0 < self.away <= self.requests else super().__call__(seen)

    for away in (5, 6, 7, 8):
        shop = Away(range(1, 8), 1)
        shop.away = away
        with Server(shop) as server:
            project.configure(BIKES, server.base_url)
            assert (await project.export(full=True)).exit_code == 75
            shop.away = 0
            before = len(server.seen)
            shop.remove(1)
            assert (await project.export()).exit_code == 0
            assert "0" not in offsets(server)[before + 8 :]
        assert set(range(2, 8)) <= set(numbers(project))


@pytest.mark.parametrize("gone", [[1], [1, 2, 3], [10], [5, 10], [10, 11], list(range(1, 10)), list(range(1, 11))])
async def test_rows_deleted_meanwhile_do_not_hide_others(gone: list[int], project: Project) -> None:
    shop = ShiftingShop(range(1, 51), before={2: lambda shop: shop.remove(*gone)})
    report, _ = await exported(project, shop)
    assert report.exit_code == 0
    assert set(range(11, 51)) - set(gone) <= set(numbers(project))
    assert Counter(project.ids()).most_common(1)[0][1] == 1


async def test_a_gap_is_read_again_a_page_before_and_counted(project: Project) -> None:
    shop = ShiftingShop(range(1, 31), before={3: lambda shop: shop.remove(1, 2, 3)})
    report, server = await exported(project, shop)
    # 18 lacks customer 19, the last of the page before, who stands at 15 now; a page back there he is
    assert (report.exit_code, offsets(server)) == (0, ["0", "9", "18", "8", "17", CHANGES])
    assert report.as_dict()["calls"]["over_fetched"] == 1
    assert numbers(project) == list(range(1, 31)), "what was read before it was deleted is there, too"
    assert overlap(project) == 1


async def test_a_gap_at_the_beginning_of_the_list_is_no_reason_to_go_before_it(project: Project) -> None:
    shop = ShiftingShop(range(1, 31), before={2: lambda shop: shop.remove(*range(1, 12))})
    report, server = await exported(project, shop)
    assert (report.exit_code, offsets(server)) == (0, ["0", "9", "0", "9", CHANGES])
    assert numbers(project) == list(range(1, 31))[:10] + list(range(12, 31))


@pytest.mark.parametrize(("rows", "size"), [(13, 10), (7, 5), (5, 3), (4, 2)])
async def test_the_same_gap_twice_on_the_last_page_is_no_rounding(rows: int, size: int, project: Project) -> None:
    """A row that is inserted in between keeps the next one out of the page that is read again."""
    before: dict[int, Change] = {
        2: lambda shop: shop.remove(1),
        3: lambda shop: shop.put(1_000, to=1.5),
        4: lambda shop: shop.remove(2),
    }
    report, _ = await exported(project, ShiftingShop(range(1, rows + 1), size, before=before))
    assert report.exit_code == 0
    assert set(range(3, rows + 1)) <= set(numbers(project))


@pytest.mark.parametrize(("size", "told"), [(1, True), (2, False), (3, False), (10, False)])
async def test_pages_that_nothing_can_check_are_told(size: int, told: bool, project: Project) -> None:
    report, _ = await exported(project, ShiftingShop(range(1, 13), size))
    assert (report.exit_code, UNCHECKED in notes(report)) == (0, told)


async def test_rows_inserted_meanwhile_move_the_others_and_none_is_missed_or_told_twice(project: Project) -> None:
    shop = ShiftingShop(range(100, 128), before={3: lambda shop: shop.put(*range(1, 6))})
    report, server = await exported(project, shop)
    assert (report.exit_code, report.as_dict()["calls"]["over_fetched"]) == (0, 0)
    assert numbers(project) == [*range(1, 6), *range(100, 128)]
    assert offsets(server)[-1] == CHANGES


async def test_more_rows_inserted_than_a_page_holds_are_no_reason_to_lose_any(project: Project) -> None:
    shop = ShiftingShop(range(100, 140), before={3: lambda shop: shop.put(*range(1, 36))})
    report, _ = await exported(project, shop)
    assert report.exit_code == 0
    assert numbers(project) == [*range(1, 36), *range(100, 140)]


async def test_a_list_that_shrinks_with_every_page_is_read_to_its_end(project: Project) -> None:
    def shrink(shop: ShiftingShop) -> None:
        shop.remove(min(shop.rows))

    shop = ShiftingShop(range(1, 61), before=dict.fromkeys(range(2, 30), shrink))
    report, _ = await exported(project, shop)
    assert report.exit_code == 0
    assert set(shop.rows) <= set(numbers(project))


class Refusing(ShiftingShop):
    """A server that knows the offsets it named, and no others."""

    answer = Answer({"error": True, "error_message": "Invalid offset"})

    def __call__(self, seen: Seen) -> Answer:
        return self.answer if self.offset(seen) % self.size else super().__call__(seen)


class RefusingWith400(Refusing):
    answer = Answer({"error": True, "error_message": "Invalid offset"}, 400)


class RoundingUp(ShiftingShop):
    def offset(self, seen: Seen) -> int:
        return -(-super().offset(seen) // self.size) * self.size


class RoundingDown(ShiftingShop):
    def offset(self, seen: Seen) -> int:
        return super().offset(seen) // self.size * self.size


@pytest.mark.parametrize("kind", [Refusing, RefusingWith400, RoundingUp, RoundingDown])
@pytest.mark.parametrize("rows", [9, 10, 11, 20, 75])
async def test_a_server_that_refuses_or_rounds_such_offsets_is_asked_for_its_own(
    kind: type[ShiftingShop], rows: int, project: Project
) -> None:
    report, server = await exported(project, kind(range(1, rows + 1)))
    assert (report.exit_code, numbers(project)) == (0, list(range(1, rows + 1)))
    assert Counter(project.ids()).most_common(1)[0][1] == 1
    assert (UNCHECKED in notes(report)) == (rows > 10)
    if rows > 10:
        assert overlap(project) == 0
        exact = [offset for offset in offsets(server) if offset != CHANGES and int(offset) % 10 == 0]
        assert {str(offset) for offset in range(0, rows, 10)} <= set(exact)


async def test_a_refused_overlap_stays_given_up_when_the_export_goes_on(project: Project) -> None:
    class Away(Refusing):
        away = True

        def __call__(self, seen: Seen) -> Answer:
            return AWAY[0] if self.away and self.offset(seen) == 20 else super().__call__(seen)

    shop = Away(range(1, 36))
    with Server(shop) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export()).exit_code == 75
        before = len(server.seen)
        shop.away = False
        assert (await project.export()).exit_code == 0
        assert offsets(server)[before:] == ["20", "30", CHANGES]
    assert numbers(project) == list(range(1, 36))


async def test_a_refusal_of_an_offset_that_the_server_named_itself_is_69(project: Project) -> None:
    class Broken(ShiftingShop):
        def __call__(self, seen: Seen) -> Answer:
            return super().__call__(seen) if self.offset(seen) < 9 else Answer({}, 400)

    report, server = await exported(project, Broken(range(1, 31)))
    assert (report.exit_code, offsets(server)) == (69, ["0", "9", "10"])


# -- the round at the end -----------------------------------------------------------------------------


async def test_rows_changed_and_inserted_behind_the_reader_come_in_a_round_at_the_end(project: Project) -> None:
    def change(shop: ShiftingShop) -> None:
        shop.put(3, city="Urk")
        shop.put(0, city="Ede")

    shop = ShiftingShop(range(1, 31), before={4: change})
    report, server = await exported(project, shop)
    assert (report.exit_code, offsets(server)[-1]) == (0, CHANGES)
    assert server.seen[-1].query["modified_since"] == "2026-03-10 12:50:01"  # 13:00:01 in Amsterdam, on the first page
    cities = dict(project.table().select("source_id", "city").rows())
    assert (cities["3"], cities["0"], len(cities)) == ("Urk", "Ede", 31)
    built = report.streams[0].built
    assert built is not None and built.received == built.written + built.duplicates == 31 + built.duplicates


async def test_the_round_at_the_end_is_paged_like_the_others(project: Project) -> None:
    def change(shop: ShiftingShop) -> None:
        for number in range(1, 26):
            shop.put(number, city="Urk")

    report, server = await exported(project, ShiftingShop(range(1, 31), before={4: change}))
    assert report.exit_code == 0
    asked = [seen.query.get("offset") for seen in server.seen if is_closing(seen)]
    assert asked == [None, "9", "18"]
    assert project.table().filter(city="Urk").height == 25
    assert numbers(project) == list(range(1, 31))


async def test_an_export_cut_off_in_the_round_at_its_end_goes_on_there(project: Project) -> None:
    class Away(ShiftingShop):
        away = True

        def __call__(self, seen: Seen) -> Answer:
            closing = is_closing(seen) and self.offset(seen) == 9
            return AWAY[0] if self.away and closing else super().__call__(seen)

    def change(shop: ShiftingShop) -> None:
        for number in range(1, 16):
            shop.put(number, city="Urk")

    shop = Away(range(1, 31), before={4: change})
    with Server(shop) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export()).exit_code == 75
        before, shop.away = len(server.seen), False
        assert (await project.export()).exit_code == 0
        (last,) = server.seen[before:]
    assert (last.query["modified_since"], last.query["offset"]) == ("2026-03-10 12:50:01", "9")
    assert project.table().filter(city="Urk").height == 15
    assert numbers(project) == list(range(1, 31))


async def test_without_the_servers_time_the_round_at_the_end_goes_by_our_clock_less_a_day(project: Project) -> None:
    with RawServer(Raw([http(json.dumps(page([customer(1)])).encode())])) as server:
        report = await project.configure(BIKES, server.base_url).export()
    assert (report.exit_code, len(server.requests)) == (0, 2)
    assert b"modified_since=2026-03-09+12:50:00" in server.requests[1]


async def test_an_incremental_run_has_no_round_at_its_end(project: Project) -> None:
    shop = ShiftingShop(range(1, 11))
    with Server(shop) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export()).exit_code == 0
        shop.put(4, city="Urk")
        before = len(server.seen)
        assert (await project.export(since="last")).exit_code == 0
        assert len(server.seen) - before == 1
    assert (numbers(project), project.table().filter(city="Urk").height) == (list(range(1, 11)), 1)


# -- whatever happens ---------------------------------------------------------------------------------


def removal(number: int) -> Change:
    return lambda shop: shop.remove(number)


def all_of(changes: list[Change]) -> Change:
    return lambda shop: [one(shop) for one in changes]


def change(number: int, to: float | None, spoilt: dict[str, Any]) -> Change:
    """An edit, by which a row may move, or may not be readable any more. No two leave a row the same."""
    return lambda shop: shop.put(number, city=f"Urk {shop.requests} {to} {len(shop.rows)}", to=to, spoilt=spoilt)


IDS = st.integers(1, 60).map(lambda n: n * 10)
NEW = st.integers(1, 650)
PLACES = st.none() | st.floats(0, 650)
SPOILT = st.sampled_from([{}, {}, {}, *UNREADABLE])
HAPPENINGS = st.lists(
    st.tuples(st.integers(2, 14), st.builds(removal, IDS) | st.builds(change, NEW | IDS, PLACES, SPOILT)),
    max_size=25,
)


@seed(20_260_310)
@settings(max_examples=80)
@given(rows=st.integers(1, 60), size=st.integers(1, 3) | st.integers(1, 20), ahead=st.booleans(), happenings=HAPPENINGS)
def test_whatever_happens_between_pages_each_row_that_was_there_throughout_comes_once_and_as_it_is_now(
    rows: int, size: int, ahead: bool, happenings: list[tuple[int, Change]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = min(rows, size * 8)
    before: dict[int, Change] = {}
    for turn in {turn for turn, _ in happenings}:
        before[turn] = all_of([what for at, what in happenings if at == turn])
    project = Project(tmp_path_factory.mktemp("moving"))
    if ahead:  # an earlier run tells how many pages there are: they are asked for beside each other
        report, _ = asyncio.run(exported(project, ShiftingShop(range(10, rows * 10 + 1, 10), size)))
        assert report.exit_code == 0
    shop = Lasting(range(10, rows * 10 + 1, 10), size, before)
    report, _ = asyncio.run(exported(project, shop, accept_deletions=True, accept_rejects=True))
    assert report.exit_code in (0, 65), report.errors
    active = project.table().filter("active")
    told = dict(active.select("source_id", "city").rows())
    assert len(told) == active.height, "each once"
    assert project.table()["source_id"].is_unique().all()
    missed = shop.throughout - {int(number) for number in told}
    assert not missed or (size == 1 and UNCHECKED in notes(report)), "nothing is missed in silence"
    older = {number for number in shop.throughout - missed if told[str(number)] not in shop.new_enough[number]}
    assert older == set(), "as they were when the round at the end began, or newer"
    built = report.streams[0].built
    assert built is not None and built.received == built.written + built.duplicates + built.rejected
    assert temporaries(project.folder) == []


class Lasting(ShiftingShop):
    """Remembers who was there and readable throughout, and how each stood since the round at the end began."""

    def __init__(self, ids: Any, size: int, before: dict[int, Change]) -> None:
        super().__init__(ids, size, before)
        self.throughout = set(self.rows)
        self.new_enough: dict[int, set[str]] = {}
        self.closing = False

    def __call__(self, seen: Seen) -> Answer:
        answer = super().__call__(seen)
        self.throughout &= {number for number, kept in self.rows.items() if not kept.spoilt}
        before = self.new_enough if self.closing else {}
        self.new_enough = {number: {kept.city, *before.get(number, ())} for number, kept in self.rows.items()}
        self.closing |= is_closing(seen)
        return answer
