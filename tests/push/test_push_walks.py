"""What a push concludes from the target's list while that moves, stands still, or is not what it says.

A person on that list is never made a second time: either he is found, or the push ends before it writes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.support.accounts import Finished, make_accounts
from tests.support.scripted import Answer, Seen, Server
from tests.support.shifting import ShiftingShop

LIST = "/api/v1/customers/list.json"
Change = Callable[[ShiftingShop], object]


class Desk:
    """The whole API over a shop's list: single customers too, and new ones are taken in. `spoil` changes a page."""

    def __init__(self, shop: ShiftingShop, spoil: Callable[[int, Any], Any] = lambda _, body: body) -> None:
        self.shop = shop
        self.spoil = spoil
        self.asked: list[int] = []
        self.made = 0

    def __call__(self, seen: Seen) -> Answer:
        if seen.method == "POST":
            self.made += 1
            return Answer({"error": False, "customer_id": 9_000 + self.made})
        if seen.path == LIST:
            self.asked.append(self.shop.offset(seen))
            answer = self.shop(seen)
            return Answer(self.spoil(self.asked[-1], answer.body), answer.status)
        number = int(seen.path.rpartition("/")[2].removesuffix(".json"))
        if number not in self.shop.rows:
            return Answer({"error": True, "error_message": "Customer not found"}, 404)
        return Answer(self.shop.record(number))


async def pushed(folder: Path, desk: Desk, number: int) -> Finished:
    """Push a row that looks like the customer of that number."""
    row = {"nr": "1", "last_name": f"Jansen {number}", "email": f"klant{number}@example.nl", "city": "Utrecht"}
    file = folder / "rows.csv"
    pl.DataFrame([row]).write_csv(file)
    with Server(desk) as server:
        accounts = make_accounts(folder, server.base_url)
        quick = accounts.config.read_text("utf-8").replace("base_url", "settle_s = 0.2\nbase_url")
        accounts.config.write_text(quick, "utf-8")
        to = ("--to", "bikes.customers", "--key", "nr", "--out", str(accounts.out), "--yes")
        return await accounts.etl("push", str(file), *to)


def review(ended: Finished, desk: Desk) -> tuple[int, int, int]:
    return ended.code, ended.summary["outcomes"]["review"], desk.made


FOUND = (65, 1, 0)


async def test_somebody_who_is_not_on_the_list_is_made(tmp_path: Path) -> None:
    """So that the others show something: this target takes new customers in."""
    desk = Desk(ShiftingShop(range(1, 41)))
    ended = await pushed(tmp_path, desk, 99)
    assert desk.made == 1, ended
    assert desk.asked[:5] == [0, 9, 18, 27, 36]


@pytest.mark.parametrize("number", [1, 10, 11, 19, 20, 29, 40])
async def test_a_row_that_is_inserted_while_the_list_is_read_hides_nobody(number: int, tmp_path: Path) -> None:
    shop = ShiftingShop(range(1, 41), before={3: lambda shop: shop.put(*range(-3, 1))})
    desk = Desk(shop)
    assert review(await pushed(tmp_path, desk, number), desk) == FOUND


@pytest.mark.parametrize("size", [2, 3, 10])
async def test_a_row_that_is_deleted_while_the_list_is_read_hides_nobody(size: int, tmp_path: Path) -> None:
    """On the second page the one who slid to the place of the last row of the first."""
    shop = ShiftingShop(range(1, 41), size, before={2: lambda shop: shop.remove(1)})
    desk = Desk(shop)
    assert review(await pushed(tmp_path, desk, size + 1), desk) == FOUND


async def test_rows_that_slid_past_are_read_again_a_page_before(tmp_path: Path) -> None:
    shop = ShiftingShop(range(1, 41), before={3: lambda shop: shop.remove(1, 2, 3)})
    desk = Desk(shop)
    ended = await pushed(tmp_path, desk, 21)
    assert review(ended, desk) == FOUND
    assert desk.asked[:5] == [0, 9, 18, 8, 17]
    assert ended.summary["calls"]["over_fetched"] == 1


async def test_pages_that_show_fewer_rows_than_they_have_offsets_hide_nobody(tmp_path: Path) -> None:
    """Two of each page are not shown; then one of the first page goes, and the others move up."""

    def spoil(offset: int, body: Any) -> Any:
        hidden = {7, 8, 10, 17, 18}
        shown = [one for one in body["customers"] if one["customer_id"] not in hidden]
        return {**body, "customers": shown, "pagination": {**body["pagination"], "count": len(shown)}}

    shop = ShiftingShop(range(1, 41), before={2: lambda shop: shop.remove(1, 2, 3, 4)})
    desk = Desk(shop, spoil)
    assert review(await pushed(tmp_path, desk, 11), desk) == FOUND
    assert desk.asked[:3] == [0, 6, 0], "from the last row that was shown, and then further back"


async def test_a_server_that_rounds_offsets_up_is_asked_for_its_own(tmp_path: Path) -> None:
    class Rounding(ShiftingShop):
        def offset(self, seen: Seen) -> int:
            return -(-super().offset(seen) // self.size) * self.size

    desk = Desk(Rounding(range(1, 41)))
    assert review(await pushed(tmp_path, desk, 11), desk) == FOUND


def named(following: Any, *, at: tuple[int, ...] = (9, 10)) -> Callable[[int, Any], Any]:
    """The page there names that offset as the next."""
    return lambda offset, body: {**body, "pagination": {"next_offset": following}} if offset in at else body


def empty(offset: int, body: Any) -> Any:
    following = {"count": 0, "next_offset": offset + 10}
    return {**body, "customers": [], "pagination": following} if offset in (9, 10) else body


def short(offset: int, body: Any) -> Any:
    return {**body, "customers": body["customers"][:-1]} if offset == 9 else body


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param(named(0), "does not advance", id="a list that loops"),
        pytest.param(named(10), "does not advance", id="an offset that stands still"),
        pytest.param(named(5), "does not advance", id="an offset that goes back"),
        pytest.param(named("soon"), "is not a number", id="an offset that is none"),
        pytest.param(named(-1), "is not a number", id="an offset below zero"),
        pytest.param(empty, "is empty, and yet has a next one", id="an empty page with a next one"),
        pytest.param(short, "says 10 records, but holds 9", id="a page with fewer rows than promised"),
    ],
)
async def test_a_list_that_cannot_be_right_ends_a_push_before_it_writes(
    spoil: Callable[[int, Any], Any], says: str, tmp_path: Path
) -> None:
    desk = Desk(ShiftingShop(range(1, 41)), spoil)
    ended = await pushed(tmp_path, desk, 35)
    assert (ended.code, desk.made) == (76, 0)
    assert says in ended.summary["error"]
    assert len(desk.asked) <= 5


async def test_a_list_that_never_stands_still_is_left_for_later(tmp_path: Path) -> None:
    """A page's worth of rows goes before each request."""

    def shrink(shop: ShiftingShop) -> None:
        shop.remove(*sorted(shop.rows)[:12])

    shop = ShiftingShop(range(1, 5_000), before=dict.fromkeys(range(2, 400), shrink))
    desk = Desk(shop)
    ended = await pushed(tmp_path, desk, 4_999)
    assert (ended.code, desk.made) == (75, 0), (ended, desk.asked)
