"""Reading the target's list: nothing is missed while rows go, and no list has to fit in memory."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl.budget import open_budget, open_store
from etl.clock import SystemClock
from etl.errors import EtlError, ProtocolBroken, TryLater
from etl.http.client import open_client
from etl.http.retry import RetryPolicy
from etl.push.dispatch.record import id_of
from etl.push.reconcile.target_list import read_list
from etl.systems.declare import Record
from tests.support.accounts import make_accounts, stream_of
from tests.support.paged import PAGES, PagedShop, declare
from tests.support.scripted import Answer, Raw, RawServer, Seen, Server, http
from tests.support.shifting import ShiftingShop


async def read(folder: Path, base_url: str, name: str, use: Callable[[list[Record]], None]) -> None:
    loaded = make_accounts(folder, base_url).settings()
    account, clock = loaded.accounts[name.partition(".")[0]], SystemClock()
    async with (
        open_store(loaded.state.budgets, clock) as store,
        open_budget(account, store, clock=clock, configuration=loaded.path) as budget,
        open_client(account, budget, clock=clock, retry=RetryPolicy(tries=2, base_s=0.01)) as client,
    ):
        await read_list(client, stream_of(name), {}, use)


async def ids(folder: Path, script: Any, name: str = "bikes.customers") -> list[int]:
    found: list[int] = []
    with Server(script) as server:
        await read(
            folder,
            server.base_url,
            name,
            lambda records: found.extend(int(id_of(record, stream_of(name))) for record in records),
        )
    return found


async def test_rows_that_are_taken_away_while_a_list_is_read_hide_no_others(tmp_path: Path) -> None:
    shop = ShiftingShop(
        range(1, 41), before={3: lambda shop: shop.remove(2, 4, 6), 4: lambda shop: shop.remove(11, 20)}
    )
    assert set(await ids(tmp_path, shop)) >= set(range(21, 41))
    assert shop.requests < 12


async def test_rows_that_come_meanwhile_hide_none_either(tmp_path: Path) -> None:
    shop = ShiftingShop(range(10, 50), before={2: lambda shop: shop.put(*range(1, 10))})
    assert set(await ids(tmp_path, shop)) >= set(range(10, 50))


async def test_a_server_that_refuses_offsets_of_our_own_is_asked_with_its_own(tmp_path: Path) -> None:
    shop = ShiftingShop(range(1, 36))

    def strict(seen: Seen) -> Answer:
        return shop(seen) if shop.offset(seen) % shop.size == 0 else Answer({}, 400)

    assert await ids(tmp_path, strict) == list(range(1, 36))


async def test_a_list_that_goes_in_circles_is_refused(tmp_path: Path) -> None:
    shop = ShiftingShop(range(1, 36))

    def circling(seen: Seen) -> Answer:
        answer = shop(seen)
        answer.body["pagination"]["next_offset"] = 10
        return answer

    with pytest.raises(ProtocolBroken, match="does not advance"):
        await ids(tmp_path, circling)


@pytest.mark.parametrize("inclusive", [0, 1])
async def test_a_list_that_goes_on_behind_the_highest_id_is_read_to_its_end(inclusive: int, tmp_path: Path) -> None:
    def answer(seen: Seen) -> Answer:
        first = int(seen.query.get("id>", "1")) + 1 - inclusive
        return Answer([{"id": number} for number in range(first, 31)[:10]])

    assert set(await ids(tmp_path, answer, "park.klanten")) >= set(range(2, 31))


async def test_a_list_that_goes_back_behind_the_highest_id_is_refused(tmp_path: Path) -> None:
    def answer(seen: Seen) -> Answer:
        return Answer([{"id": 4 if "id>" in seen.query else 5}])

    with pytest.raises(ProtocolBroken, match=r"klanten, page 2: .*already given"):
        await ids(tmp_path, answer, "park.klanten")


@pytest.mark.parametrize("way", PAGES)
async def test_a_list_in_pages_of_any_way_is_read_whole(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, PAGES[way])
    assert set(await ids(tmp_path, PagedShop(PAGES[way], range(1, 26)))) == set(range(1, 26))


@pytest.mark.parametrize("way", [way for way, paging in PAGES.items() if getattr(paging, "rows", None)])
async def test_no_row_is_taken_for_absent_in_a_list_that_holds_fewer_than_it_says(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        body["meta"]["rows"], headers["X-Rows"] = 26, "26"

    declare(monkeypatch, PAGES[way])
    with pytest.raises(ProtocolBroken, match=r"hold 25.* Nothing is taken for absent"):
        await ids(tmp_path, PagedShop(PAGES[way], range(1, 26), spoil=spoil))


async def test_numbered_pages_whose_rows_move_faster_than_they_are_read_are_read_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = PAGES["number, rows"]
    declare(monkeypatch, way)
    shop = PagedShop(way, range(1, 3_001), before=dict.fromkeys(range(2, 500), lambda rows: rows.pop(0)))
    with pytest.raises(TryLater, match="faster"):
        await ids(tmp_path, shop)


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (Answer(b"<html>"), TryLater, "web page"),
        (Answer({"naam": "x"}), ProtocolBroken, "not the list"),
        (Answer(b'[{"id": 1}, {"id": 2'), ProtocolBroken, "breaks off|whole"),
        (Answer([1, 2]), ProtocolBroken, "not the list"),
    ],
)
async def test_what_is_no_list_is_told(answer: Answer, kind: type[EtlError], told: str, tmp_path: Path) -> None:
    with pytest.raises(kind) as raised:
        await ids(tmp_path, [answer], "park.contacten")
    assert re.search(told, raised.value.message)


async def test_a_list_of_any_size_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """74 MB of contacts, in less than a third of that."""
    filler = "x" * 900
    body = b"[" + b",".join(b'{"id":%d,"naam":"%s"}' % (n, filler.encode()) for n in range(80_000)) + b"]"
    seen = 0

    def count(records: list[Record]) -> None:
        nonlocal seen
        seen += len(records)

    with RawServer(Raw([http(b"", length=len(body)), body])) as server:
        tracemalloc.start()
        await read(tmp_path, server.base_url, "park.contacten", count)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert seen == 80_000
    assert peak < len(body) / 3
