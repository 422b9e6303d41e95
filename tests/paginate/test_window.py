"""A page's place in the window: held from before it is asked for until it is used, and given back once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import polars as pl
import pytest

from etl.errors import ProtocolBroken, TryLater
from etl.paginate import PageWindow, Parameters, PlainPage, Walked, WalkStart, pager_for, walk
from etl.systems.declare import NextOffset, Paging, WholeList

PAGES = 6


class Counting:
    """Reads pages of ten rows; `under_way` is how many were asked for and not given up or `used`."""

    def __init__(self, fails: int | None = None) -> None:
        self.fails = fails
        self.asked: list[int] = []
        self.vain: list[int] = []

    def where(self, number: int) -> str:
        return f"page {number}"

    def over_fetched(self, page: PlainPage | None, calls: int) -> None:
        self.vain.append(calls)

    async def page(self, parameters: Parameters, number: int, sent: Callable[[], None]) -> PlainPage:
        sent()
        offset = int(parameters.get("offset", "0"))
        self.asked.append(offset)
        await asyncio.sleep(0)
        if number == self.fails:
            raise TryLater("away.")
        ids = pl.Series([str(n) for n in range(offset, offset + 10)])
        return PlainPage({"next": offset + 10 if number < PAGES else None}, 10, ids, list(ids))


async def free(window: PageWindow) -> int:
    """How many places are free; they are given back."""
    leases = []
    while (lease := await window.lease_if_free()) is not None:
        leases.append(lease)
    for lease in leases:
        lease.release()
    return len(leases)


async def walked(reader: Counting, window: PageWindow, paging: Paging, most: int = PAGES) -> list[Walked[PlainPage]]:
    """So many pages at most, none of which gives its place back."""
    first = {"offset": "0"}
    pages: list[Walked[PlainPage]] = []
    steps = walk(reader, pager_for(paging, WalkStart(first, expected=PAGES)), first, window=window)
    async for page in steps:
        pages.append(page)
        if len(pages) == most:
            break
    await steps.aclose()
    return pages


async def test_a_place_is_given_back_once() -> None:
    window = PageWindow(1)
    lease = await window.lease()
    assert await window.lease_if_free() is None
    lease.release()
    lease.release()
    assert await free(window) == 1


async def test_a_page_keeps_its_place_until_it_is_used() -> None:
    window = PageWindow(8)
    pages = await walked(Counting(), window, NextOffset("offset", "next"))
    assert (len(pages), await free(window)) == (PAGES, 8 - PAGES)
    for page in pages:
        page.lease.release()
    assert await free(window) == 8


async def test_no_page_is_asked_for_without_a_place() -> None:
    reader, window = Counting(), PageWindow(2)
    walking = asyncio.create_task(walked(reader, window, NextOffset("offset", "next")))
    for _ in range(50):
        await asyncio.sleep(0)
    assert (reader.asked, walking.done()) == ([0, 9], False)
    walking.cancel()
    await asyncio.gather(walking, return_exceptions=True)


async def test_pages_that_are_given_up_give_their_places_back_and_count_their_calls() -> None:
    reader, window = Counting(), PageWindow(8)
    pages = await walked(reader, window, NextOffset("offset", "next"), most=2)
    assert await free(window) == 8 - len(pages)
    assert sum(reader.vain) == len(reader.asked) - len(pages) > 0


@pytest.mark.parametrize("fails", [1, 3])
async def test_a_page_that_fails_gives_its_place_back(fails: int) -> None:
    reader, window = Counting(fails), PageWindow(8)
    with pytest.raises(TryLater):
        await walked(reader, window, NextOffset("offset", "next"))
    assert await free(window) == 8 - (fails - 1)


async def test_a_page_that_cannot_be_right_gives_its_place_back_and_says_where() -> None:
    class Circling(Counting):
        async def page(self, parameters: Parameters, number: int, sent: Callable[[], None]) -> PlainPage:
            read = await super().page(parameters, number, sent)
            return PlainPage({"next": 0}, read.received, read.ids)

    window = PageWindow(8)
    with pytest.raises(ProtocolBroken, match=r"page 1: the next offset does not advance\."):
        await walked(Circling(), window, NextOffset("offset", "next"))
    assert await free(window) == 8


async def test_a_whole_list_takes_one_place() -> None:
    window = PageWindow(1)
    (page,) = await walked(Counting(), window, WholeList())
    assert await free(window) == 0
    page.lease.release()
    assert await free(window) == 1
