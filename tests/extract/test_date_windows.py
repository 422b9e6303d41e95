"""A list that is asked for by windows of dates, of which the server shows so many rows at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from etl.systems.declare import DateWindows, LimitOffset, NextCursor, PageNumber, PageSize, WholeList
from tests.extract.test_ways_of_paging import exported, notes, numbers, told
from tests.support.paged import WINDOWS, PagedShop, declare
from tests.support.scripted import Answer, Seen, Server
from tests.support.workplace import BIKES, Project
from tests.test_faults import AWAY

PAGES: list[WholeList | PageNumber | LimitOffset | NextCursor] = [
    WholeList(),
    PageNumber("page"),
    LimitOffset("skip", PageSize("take", 10)),
    NextCursor("after", "meta.next.after"),
]
WAYS = pytest.mark.parametrize(
    "paging", [replace(WINDOWS, pages=pages) for pages in PAGES], ids=lambda one: str(one.pages)[:9]
)
FIRST, TODAY = date(2025, 1, 1), date(2026, 3, 10)


class DatedShop:
    """Tells the customers that were made in a window, in pages, `most` of them at most. The last day counts if it is
    `inclusive`."""

    def __init__(self, paging: DateWindows, made: dict[int, date], *, inclusive: bool = False) -> None:
        self.paging, self.made, self.inclusive = paging, made, inclusive
        self.asked: list[tuple[str, str]] = []

    def __call__(self, seen: Seen) -> Answer:
        window = seen.query["made_from"], seen.query["made_to"]
        self.asked.append(window)
        begin, end = map(date.fromisoformat, window)
        end += timedelta(days=self.inclusive)
        shown = [number for number, day in self.made.items() if begin <= day < end][: self.paging.most]
        whole = isinstance(self.paging.pages, WholeList)
        return PagedShop(self.paging.pages, shown, most=self.paging.most if whole else 7)(seen)


def spread(rows: int, first: date = FIRST, last: date = TODAY) -> dict[int, date]:
    """So many customers, from the first day to the last one."""
    days = (last - first).days
    return {number: first + timedelta(days=round(number * days / max(rows - 1, 1))) for number in range(rows)}


@WAYS
@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("rows", [0, 30, 250])
async def test_every_row_from_the_first_day_to_today_comes_once(
    rows: int, inclusive: bool, paging: DateWindows, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, paging)
    shop = DatedShop(paging, spread(rows), inclusive=inclusive)
    report, _ = await exported(project, shop)
    assert (report.exit_code, report.errors) == (0, [])
    assert numbers(project) == list(range(rows))
    assert shop.asked[0] == ("2025-01-01", "2025-04-01")
    assert max(end for _, end in shop.asked) > TODAY.isoformat()


async def test_a_window_that_may_hold_more_is_asked_for_by_halves(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, WINDOWS)
    shop = DatedShop(WINDOWS, spread(60, FIRST, FIRST + timedelta(days=89)))
    report, _ = await exported(project, shop)
    assert (report.exit_code, numbers(project)) == (0, list(range(60)))
    windows = list(dict.fromkeys(shop.asked))
    assert windows[:3] == [("2025-01-01", "2025-04-01"), ("2025-01-01", "2025-02-15"), ("2025-01-01", "2025-01-23")]


async def test_a_day_that_may_hold_more_than_the_server_shows_is_76(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, WINDOWS)
    code, error = told((await exported(project, DatedShop(WINDOWS, dict.fromkeys(range(21), FIRST))))[0])
    assert (code, "a day holds as many rows" in error) == (76, True)
    assert not (project.out / "contacts" / "bikes.customers.parquet").exists()


@WAYS
async def test_a_run_that_was_cut_off_goes_on_in_its_window(
    paging: DateWindows, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, paging)
    shop, away, landed = DatedShop(paging, spread(60)), True, set[str]()

    def answer(seen: Seen) -> Answer:
        if away and seen.query["made_from"] >= "2025-06":
            return AWAY[0]
        if away:
            landed.add(str(sorted(seen.query.items())))
        return shop(seen)

    with Server(answer) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export("bikes.customers")).exit_code == 75
        away, before = False, len(server.seen)
        assert (await project.export("bikes.customers")).exit_code == 0
        again = {str(sorted(seen.query.items())) for seen in server.seen[before:]}
    assert landed
    assert not landed & again
    assert numbers(project) == list(range(60))
    lengths = {date.fromisoformat(end) - date.fromisoformat(begin) for begin, end in shop.asked}
    assert lengths == {timedelta(days=90)}, "no window holds so many rows that it is halved"


async def test_windows_are_fetched_beside_each_other_and_no_page_of_one_is_checked_against_another(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    paging = replace(WINDOWS, pages=WholeList(), days=30)
    declare(monkeypatch, paging)
    shop = DatedShop(paging, spread(60))
    report, server = await exported(project, lambda seen: replace(shop(seen), wait_s=0.05))
    assert (report.exit_code, numbers(project), notes(report)) == (0, list(range(60)), [])
    assert server.round_trips <= len(server.seen) // 2
    assert len(server.seen) == len(set(shop.asked)), "none beyond today"


@pytest.mark.parametrize(
    ("declared", "field"),
    [
        (lambda: replace(WINDOWS, begin=""), "DateWindows.begin"),
        (lambda: replace(WINDOWS, end=" "), "DateWindows.end"),
        (lambda: replace(WINDOWS, end="made_from"), "DateWindows.end"),
        (lambda: replace(WINDOWS, end="page"), "DateWindows.end"),
        (lambda: replace(WINDOWS, days=0), "DateWindows.days"),
        (lambda: replace(WINDOWS, most=0), "DateWindows.most"),
    ],
)
def test_windows_that_cannot_work_are_refused_by_their_field(declared: Callable[[], Any], field: str) -> None:
    with pytest.raises(ValueError, match=field):
        declared()


@pytest.mark.parametrize(
    ("more", "field"),
    [({"since": "modified_since"}, "since"), ({"parameters": {"made_to": "2026-01-01"}}, "DateWindows.end")],
)
def test_a_stream_that_does_not_fit_its_windows_is_refused(
    more: dict[str, Any], field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=field):
        declare(monkeypatch, WINDOWS, **more)
