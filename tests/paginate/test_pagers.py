"""The ways of paging by themselves: what each asks for next, what it refuses, and where it ends."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import polars as pl
import pytest

from etl.errors import EtlError, ProtocolBroken, TryLater
from etl.paginate import PageFacts, Pager, Parameters, PlainPage, WalkStart, pager_for
from etl.paginate.pager import InvalidPaging, NextStep
from etl.paginate.request import opening
from etl.systems.declare import IdAfter, NextOffset, PageNumber, Paging, WholeList
from tests.support.paged import PAGES, WINDOWS

OFFSET = NextOffset("offset", "next")
ID = IdAfter("id>")


def page(ids: Sequence[int], following: Any = None, *, edited: Sequence[int] = ()) -> PlainPage:
    """A page of these ids; of a negative one the id cannot be read."""
    read = pl.Series([str(one) if one >= 0 else None for one in ids], dtype=pl.String())
    return PlainPage({"next": following}, len(ids), read, [(one, one in edited) for one in ids])


def at(offset: int) -> Parameters:
    return {"offset": str(offset)}


def onward(pager: Pager, asked: Parameters, read: PageFacts) -> tuple[Parameters | None, bool]:
    found = pager.take(asked, read)
    return found.following, found.used


def test_every_way_of_paging_that_is_declared_has_a_walk() -> None:
    declared: dict[object, Paging] = {WholeList: WholeList(), NextOffset: OFFSET, IdAfter: ID}
    declared |= {type(paging): paging for paging in (*PAGES.values(), WINDOWS)}
    assert set(declared) == set(get_args(Paging))
    assert all(isinstance(pager_for(paging, WalkStart(opening(paging))), Pager) for paging in declared.values())


def test_a_whole_list_is_one_page() -> None:
    assert pager_for(WholeList(), WalkStart({})).take({}, page([1])) == NextStep(None)


# -- by offset ----------------------------------------------------------------------------------------


def test_the_last_row_is_asked_for_again_and_the_pages_behind_are_guessed() -> None:
    pager = pager_for(OFFSET, WalkStart({}, expected=4))
    assert pager.guesses({}) == []
    assert onward(pager, {}, page(range(10), 10)) == (at(9), True)
    assert pager.guesses(at(9)) == [at(18), at(27)]


@pytest.mark.parametrize(
    ("size", "asked"), [(500, 497), (48, 45), (32, 30), (31, 30), (16, 15), (10, 9), (4, 3), (3, 2), (2, 1), (1, 1)]
)
def test_pages_overlap_by_as_many_rows_as_they_have_room_for(size: int, asked: int) -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    assert onward(pager, {}, page(range(size), size)) == (at(asked), True)


@pytest.mark.parametrize(("shown", "asked"), [(10, 9), (9, 8), (6, 5), (5, 5), (1, 5)])
def test_a_page_that_does_not_show_all_reaches_back_to_the_last_row_that_was_shown(shown: int, asked: int) -> None:
    """Over half a page at most: beyond that, a walk would hardly come on."""
    pager = pager_for(OFFSET, WalkStart({}))
    assert onward(pager, {}, page(range(shown), 10)) == (at(asked), True)


def large(*begin: int, edited: Sequence[int] = ()) -> PlainPage:
    """A page behind one of 0 to 99, with these rows first."""
    return page([*begin, *range(100, 200 - len(begin))], 197, edited=edited)


@pytest.mark.parametrize(
    ("read", "used"),
    [
        (large(97, 98, 99), True),
        (large(97, 98, 99, edited=(97, 98, 99)), True),
        (large(98, 99), True),
        (large(95, 96, 97, 98, 99), True),
        (large(97, -1, 99, edited=(97, 99)), True),
        (large(99), False),
        (large(98, 99, edited=(99,)), False),
        (large(98, 97, 99, edited=(98, 99)), False),
        (large(500, 97, 98, 99), False),
        (large(101, 102, 99, 98), False),
        (large(-1, -2, 99, edited=(99,)), False),
        (large(), False),
    ],
)
def test_a_page_counts_where_several_rows_stand_in_place_or_are_unchanged(read: PlainPage, used: bool) -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    pager.take({}, page(range(100), 100))
    assert pager.take(at(97), read).used == used


def test_a_row_that_cannot_be_read_counts_as_it_stands() -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    pager.take({}, page([*range(97), -1, -2, 99], 100))
    assert pager.take(at(97), page([-1, -2, 99, *range(100, 197)], 197)).used


def test_of_pages_of_one_row_the_one_before_is_asked_for_after_each() -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    assert onward(pager, at(0), page([0], 1)) == (at(1), True)
    assert pager.guesses(at(1)) == []
    assert onward(pager, at(1), page([1], 2)) == (at(0), True)
    assert onward(pager, at(0), page([0], 1)) == (at(2), False)
    assert onward(pager, at(2), page([3], 3)) == (at(1), True)
    assert onward(pager, at(1), page([2], 2)) == (at(0), False)
    assert onward(pager, at(0), page([1], 1)) == (at(1), True)


def test_a_page_that_is_shorter_than_the_overlap_is_no_rounding() -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    pager.take({}, page(range(20), 20))
    assert onward(pager, at(19), page([19], 20)) == (at(20), False)
    found = pager.take(at(20), page(range(21, 41), 40))
    assert (found.following, found.used, found.overlap) == (at(19), True, True)
    assert onward(pager, at(19), page([20], 20)) == (at(0), False)


def test_a_look_back_to_the_first_row_counts_too() -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    pager.take(at(0), page([0], 1))
    assert onward(pager, at(1), page([2], 2)) == (at(0), True)
    assert onward(pager, at(0), page([1], 1)) == (at(0), False)
    assert onward(pager, at(0), page([1], 1)) == (at(1), True)


def test_the_last_of_such_pages_is_looked_back_from_too() -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    pager.take(at(0), page([0], 1))
    assert onward(pager, at(1), page([1])) == (at(0), True)
    assert onward(pager, at(0), page([0], 1)) == (None, True)


def test_a_page_that_lacks_the_row_before_it_is_not_used_and_the_walk_goes_back() -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    pager.take({}, page(range(10), 10))
    assert onward(pager, at(9), page(range(12, 22), 19)) == (at(0), False)
    assert onward(pager, at(0), page(range(3, 13), 10)) == (at(9), True)
    assert onward(pager, at(9), page(range(12, 22))) == (None, True)


def test_the_same_gap_a_second_time_is_the_servers_rounding() -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    pager.take({}, page(range(10), 10))
    assert onward(pager, at(9), page(range(10, 20), 20)) == (at(0), False)
    assert onward(pager, at(0), page(range(10), 10)) == (at(9), True)
    assert onward(pager, at(9), page(range(10, 20), 20)) == (at(10), False)
    last = pager.take(at(10), page(range(10, 20), 20))
    assert (last.following, last.used, last.overlap) == (at(20), True, False)


def test_the_same_gap_a_second_time_is_no_rounding_where_the_servers_own_offset_shows_other_rows() -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    pager.take({}, page(range(10), 10))
    assert onward(pager, at(9), page([11, 12, 13])) == (at(0), False)
    pager.take(at(0), page([*range(4), 20, *range(5, 10)], 10))
    assert onward(pager, at(9), page([11, 12, 13])) == (at(10), False)
    assert onward(pager, at(10), page([12, 13])) == (at(0), False)
    assert onward(pager, at(0), page([*range(4), 20, *range(6, 11)], 10)) == (at(9), True)
    assert onward(pager, at(9), page([10, 11, 12, 13])) == (None, True)


def test_a_server_that_answered_for_an_offset_of_ours_does_not_round() -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    pager.take({}, page(range(10), 10))
    pager.take(at(9), page(range(9, 19), 19))
    assert onward(pager, at(18), page(range(21, 31), 28)) == (at(8), False)
    assert onward(pager, at(8), page(range(30, 40), 18)) == (at(0), False)
    pager.take(at(0), page(range(10), 10))
    pager.take(at(9), page(range(9, 19), 19))
    assert onward(pager, at(18), page(range(21, 31), 28)) == (at(8), False)


def test_a_row_that_is_looked_back_from_proves_nothing() -> None:
    """A row that was before it is gone, and the page shows itself: another may have slid past with it."""
    pager = pager_for(OFFSET, WalkStart({}))
    pager.take(at(0), page([0], 1))
    pager.take(at(1), page([1], 2))
    assert onward(pager, at(0), page([0], 1)) == (at(2), False)
    assert onward(pager, at(2), page([5], 3)) == (at(1), True)
    assert onward(pager, at(1), page([5], 2)) == (at(0), False)


def test_a_page_before_which_rows_may_be_missing_proves_none_behind_it() -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    pager.take(at(0), page([0], 1))
    assert onward(pager, at(1), page([7], 2)) == (at(0), True)
    assert onward(pager, at(0), page([3], 1)) == (at(0), False)
    pager.take(at(0), page([3], 1))
    assert onward(pager, at(1), page([9], 2)) == (at(0), True)
    assert onward(pager, at(0), page([7], 1)) == (at(0), False)


def test_the_walk_goes_on_with_a_look_back_that_shows_more_than_its_row() -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    pager.take(at(0), page([0], 1))
    assert onward(pager, at(1), page([2])) == (at(0), True)
    assert onward(pager, at(0), page([0, 1, 2], 3)) == (at(2), True)
    assert onward(pager, at(2), page([2, 3])) == (None, True)


def test_a_refusal_of_an_offset_of_ours_gives_up_the_overlap_and_one_of_the_servers_stands() -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    pager.take({}, page(range(10), 10))
    assert pager.refused(at(9)) == NextStep(at(10), used=False)
    assert pager.refused(at(10)) is None
    assert pager.take(at(10), page(range(10, 20), 20)).following == at(20)


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (page(range(10, 20), 10), "does not advance"),
        (page(range(10, 20), 9), "does not advance"),
        (page(range(10, 20), "soon"), "not a number"),
        (page(range(10, 20), True), "not a number"),
        (page([], 20), "empty"),
    ],
)
def test_an_offset_that_cannot_be_right_is_refused(read: PlainPage, says: str) -> None:
    pager = pager_for(OFFSET, WalkStart({}))
    pager.take({}, page(range(10), 10))
    pager.refused(at(9))
    with pytest.raises(InvalidPaging, match=says) as raised:
        pager.take(at(10), read)
    assert raised.value.kind is ProtocolBroken


@pytest.mark.parametrize("kind", [ProtocolBroken, TryLater])
def test_rows_that_move_faster_than_they_are_read_end_the_walk(kind: type[EtlError]) -> None:
    pager = pager_for(OFFSET, WalkStart(at(1_009), [Landed(at(1_000), page(range(10), 1_010))], restless=kind))
    asked, steps = at(1_009), 0
    with pytest.raises(InvalidPaging, match="faster than") as raised:
        while True:
            found = pager.take(asked, page(range(2_000, 2_010), 5_000))
            assert found.following is not None
            assert not found.used
            asked, steps = found.following, steps + 1
    assert (raised.value.kind, steps) == (kind, 51)


@dataclass(frozen=True)
class Landed:
    parameters: Parameters
    page: PlainPage

    @property
    def received(self) -> int:
        return self.page.received

    def read(self) -> PlainPage:
        return self.page


def test_a_walk_goes_on_behind_what_landed() -> None:
    pager = pager_for(OFFSET, WalkStart(at(9), [Landed({}, page(range(10), 10))]))
    assert onward(pager, at(9), page(range(12, 22), 19)) == (at(0), False)


# -- behind the highest id ----------------------------------------------------------------------------


def after(number: int) -> Parameters:
    return {"id>": str(number)}


@pytest.mark.parametrize("again", [[], [3]])
def test_the_list_ends_where_no_id_is_new(again: list[int]) -> None:
    pager = pager_for(ID, WalkStart({}))
    assert onward(pager, {}, page([2, 3, 1])) == (after(3), True)
    assert onward(pager, after(3), page(again)) == (None, True)


def test_new_ids_that_are_not_above_the_bound_are_a_circle() -> None:
    pager = pager_for(ID, WalkStart({}))
    pager.take({}, page([5]))
    with pytest.raises(InvalidPaging, match="already given"):
        pager.take(after(5), page([4]))


@pytest.mark.parametrize("ids", [[], [5], [3, 4, 5]])
def test_a_bound_from_outside_that_nothing_exceeds_ends_the_list(ids: list[int]) -> None:
    """A server may take the bound inclusive, or take no notice of it."""
    pager = pager_for(ID, WalkStart(after(5)))
    assert onward(pager, after(5), page(ids)) == (None, True)


def test_what_landed_is_not_new() -> None:
    pager = pager_for(ID, WalkStart(after(3), [Landed({}, page([1, 2, 3]))]))
    assert onward(pager, after(3), page([3, 2])) == (None, True)


# -- by number ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("walk", range(60))
def test_rows_that_are_deleted_while_pages_are_numbered_hide_nobody(walk: int) -> None:
    """Where the answers tell how many rows there are, whatever is deleted between any two of them."""
    chance = random.Random(walk)
    rows, size = list(range(chance.randint(0, 60))), chance.randint(1, 7)
    pager = pager_for(PageNumber("page", rows="rows"), WalkStart({"page": "1"}))
    asked: Parameters | None = {"page": "1"}
    seen = set[int]()
    while asked is not None:
        start = (int(asked["page"]) - 1) * size
        shown = rows[start : start + size]
        found = pager.take(asked, replace(page(shown), envelope={"rows": len(rows)}))
        seen |= set(shown) if found.used else set()
        asked = found.following
        for _ in range(chance.choice([0, 0, 1, 3, 20])):
            rows = [row for row in rows if row != chance.choice(rows)] if rows else rows
    assert set(rows) <= seen
