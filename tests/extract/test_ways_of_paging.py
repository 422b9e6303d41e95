"""Every declared way of paging: all rows once, no page twice after a kill, and no list taken for whole that is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl
import pytest

from etl.runs.report import TablesReport
from etl.runs.stream import UNCHECKED, UNSHARED
from etl.systems.declare import (
    Envelope,
    Header,
    IdAfter,
    LimitOffset,
    NextCursor,
    NextOffset,
    NextUrl,
    PageNumber,
    PageSize,
    Paging,
)
from tests.support.paged import PAGES, SIZE, PagedShop, declare
from tests.support.scripted import Answer, Seen, Server
from tests.support.workplace import BIKES, Project
from tests.test_faults import AWAY

WAYS = pytest.mark.parametrize("paging", PAGES.values(), ids=list(PAGES))
ASKED: Mapping[str, Sequence[tuple[str, str | None]]] = {
    "number, pages in a header": [("page", "1"), ("page", "2"), ("page", "3")],
    "number, pages in the body": [("page", "0"), ("page", "1"), ("page", "2")],
    "number, rows": [("page", "1"), ("page", "2"), ("page", "3")],
    "number, until a short page": [("page", "1"), ("page", "2"), ("page", "3")],
    "number, until an empty page": [("page", "0"), ("page", "1"), ("page", "2"), ("page", "3")],
    "number, and whether there is a next": [("page", "1"), ("page", "2"), ("page", "3")],
    "offset, rows": [("skip", None), ("skip", "9"), ("skip", "18")],
    "offset, until a short page": [("skip", None), ("skip", "9"), ("skip", "18")],
    "token": [("after", None), ("after", "=10&"), ("after", "=20&")],
    "token, rows": [("after", None), ("after", "=10&"), ("after", "=20&")],
    "token, and whether there are more": [("after", None), ("after", "=10&"), ("after", "=20&")],
    "address": [("from", None), ("from", "10"), ("from", "20")],
    "Link": [("from", None), ("from", "10"), ("from", "20")],
}


async def exported(project: Project, script: Callable[[Seen], Answer], **how: Any) -> tuple[TablesReport, Server]:
    with Server(script) as server:
        return await project.configure(BIKES, server.base_url).export("bikes.customers", **how), server


def numbers(project: Project) -> list[int]:
    return sorted(int(number) for number in project.ids())


def notes(report: TablesReport) -> list[str]:
    built = report.streams[0].built
    assert built is not None
    return built.notes


def told(report: TablesReport) -> tuple[int, str]:
    """How a run ended, and the first of its errors."""
    return report.exit_code, str(report.errors[0])


# -- what is asked, and what has come -----------------------------------------------------------------


@pytest.mark.parametrize("way", PAGES)
async def test_every_way_reads_the_whole_list(way: str, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    paging = PAGES[way]
    declare(monkeypatch, paging)
    report, server = await exported(project, PagedShop(paging, range(1, 26)))
    assert (report.exit_code, numbers(project)) == (0, list(range(1, 26)))
    asked = [(name, seen.query.get(name)) for seen, (name, _) in zip(server.seen, ASKED[way], strict=False)]
    assert asked == ASKED[way]
    assert len(server.seen) <= len(ASKED[way]) + 1, "one is asked for past the end at most"


@pytest.mark.parametrize(
    "paging",
    [PageNumber("page", size=SIZE, pages=Header("x-pages"), rows=Header("x-rows")), PageNumber("page"), NextUrl()],
)
async def test_a_body_that_is_the_list_itself_is_paged_by_its_headers(
    paging: Paging, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, paging, envelope=Envelope())
    report, _ = await exported(project, PagedShop(paging, range(1, 26), bare=True))
    assert (report.exit_code, numbers(project)) == (0, list(range(1, 26)))


@pytest.mark.parametrize(
    ("pointer", "body"),
    [
        ("@odata.nextLink", lambda url: {"@odata.nextLink": url}),
        ("d.__next", lambda url: {"d": {"__next": url}}),
        ("d.@odata.nextLink", lambda url: {"d": {"@odata.nextLink": url}}),
    ],
)
async def test_the_name_of_a_field_may_have_dots(
    pointer: str, body: Callable[[str | None], dict[str, Any]], project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    paging = NextUrl(pointer)
    declare(monkeypatch, paging)
    shop = PagedShop(paging, range(1, 26), spoil=lambda seen, told, headers: told.update(body(told["meta"]["url"])))
    report, _ = await exported(project, shop)
    assert (report.exit_code, numbers(project)) == (0, list(range(1, 26)))


@WAYS
async def test_an_empty_list_and_one_of_a_single_page_end(
    paging: Paging, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, paging)
    for rows in (0, 1, 10):
        report, server = await exported(
            project, PagedShop(paging, range(1, rows + 1)), full=True, accept_deletions=True
        )
        assert (report.exit_code, len(project.table().filter("active")), notes(report)) == (0, rows, [])
        assert len(server.seen) <= 3


@WAYS
@pytest.mark.parametrize("page", [2, 3])
async def test_a_run_that_was_cut_off_fetches_no_page_twice_and_replays_what_landed(
    page: int, paging: Paging, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither those before, nor does it miss what follows."""
    declare(monkeypatch, paging)
    shop = PagedShop(paging, range(1, 46))
    away, landed = True, set[str]()

    def answer(seen: Seen) -> Answer:
        found = shop(seen)
        if away and shop.start(seen) >= (page - 1) * 9:
            return AWAY[0]
        if away:
            landed.add(str(sorted(seen.query.items())))
        return found

    with Server(answer) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export("bikes.customers")).exit_code == 75
        away, before = False, len(server.seen)
        assert (await project.export("bikes.customers")).exit_code == 0
        again = [str(sorted(seen.query.items())) for seen in server.seen[before:]]
    assert len(landed) == page - 1
    assert not landed & set(again)
    assert numbers(project) == list(range(1, 46))
    replayed = await project.replay("bikes.customers", out=project.folder / "replayed")
    assert replayed.exit_code == 0
    again_made = pl.read_parquet(project.folder / "replayed/contacts/bikes.customers.parquet")
    assert again_made.equals(project.table(), null_equal=True)
    assert len(server.seen) == before + len(again)


# -- lists that cannot be right -----------------------------------------------------------------------


@WAYS
async def test_a_server_that_shows_the_same_page_for_ever_is_76(
    paging: Paging, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, paging)
    shop = PagedShop(paging, range(1, 41))
    shop.start = lambda seen: 0  # type: ignore[method-assign]
    report, server = await exported(project, shop)
    code, error = told(report)
    assert code == 76
    assert any(part in error for part in ("already given", "same records", "does not advance"))
    assert len(server.seen) <= 12
    assert not (project.out / "contacts" / "bikes.customers.parquet").exists()


@WAYS
async def test_an_empty_page_in_a_list_that_says_it_goes_on_is_76(
    paging: Paging, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    if paging in (PAGES["number, until a short page"], PAGES["number, until an empty page"]):
        pytest.skip("its answers tell nothing: an empty page is the end")
    if paging == PAGES["offset, until a short page"]:
        pytest.skip("the same")

    def spoil(seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        if shop.start(seen) in (9, 10):
            body["customers"] = []

    declare(monkeypatch, paging)
    shop = PagedShop(paging, range(1, 41), spoil=spoil)
    code, error = told((await exported(project, shop))[0])
    assert code == 76
    assert "empty" in error or "incomplete" in error


async def test_a_short_page_that_names_a_next_one_is_not_the_end(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        if seen.query["page"] == "2":
            del body["customers"][4:]

    paging = PAGES["number, and whether there is a next"]
    declare(monkeypatch, paging)
    report, _ = await exported(project, PagedShop(paging, range(1, 36), spoil=spoil))
    assert (report.exit_code, numbers(project)) == (0, [*range(1, 15), *range(21, 36)])


@pytest.mark.parametrize("way", ["token", "address", "Link"])
async def test_pages_that_go_in_a_circle_are_76_also_where_a_run_goes_on(
    way: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third page names the second, with other rows at each call: nothing but its name tells."""
    paging, calls = PAGES[way], 0
    declare(monkeypatch, paging)

    def spoil(seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        nonlocal calls
        calls += 1
        for number, one in enumerate(body["customers"]):
            one["customer_id"] = calls * 100 + number
        if calls > 12:  # no test reads for ever
            body["meta"] |= {"next": None, "url": None}
            del headers["Link"]
        elif shop.start(seen) == 20:
            body["meta"] |= {"next": {"after": "=10&"}, "url": "?from=10"}
            headers["Link"] = '<?from=10>; rel="next"'

    shop = PagedShop(paging, range(1, 41), spoil=spoil)
    with Server(shop) as server:
        project.configure(BIKES, server.base_url)
        for asked in (3, 4):
            code, error = told(await project.export("bikes.customers"))
            assert (code, "already given" in error, "page 3" in error) == (76, True, True)
            assert len(server.seen) == asked, "a second run asks for the third page again, and no other"


@pytest.mark.parametrize("way", [way for way, paging in PAGES.items() if getattr(paging, "rows", None)])
async def test_a_list_that_holds_fewer_rows_than_it_says_is_76(
    way: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        body["meta"]["rows"], headers["X-Rows"] = 26, "26"

    declare(monkeypatch, PAGES[way])
    report, _ = await exported(project, PagedShop(PAGES[way], range(1, 26), spoil=spoil))
    code, error = told(report)
    assert (code, "26 rows" in error, "hold 25" in error) == (76, True, True)
    assert not (project.out / "contacts" / "bikes.customers.parquet").exists()


@pytest.mark.parametrize("way", [way for way, paging in PAGES.items() if getattr(paging, "rows", None)])
@pytest.mark.parametrize(
    ("number", "says"), [(None, "not tell how many"), ("all", "not a number"), (-1, "not a number")]
)
async def test_a_number_of_rows_that_is_declared_must_be_told(
    number: Any, says: str, way: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        body["meta"]["rows"] = number
        del headers["X-Rows"]
        if number is not None:
            headers["X-Rows"] = str(number)

    declare(monkeypatch, PAGES[way])
    code, error = told((await exported(project, PagedShop(PAGES[way], range(1, 26), spoil=spoil)))[0])
    assert (code, says in error) == (76, True)


async def test_a_page_beyond_the_number_of_pages_that_it_tells_is_76(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        body["meta"]["pages"] = 5 if seen.query["page"] == "0" else 1

    paging = PAGES["number, pages in the body"]
    declare(monkeypatch, paging)
    code, error = told((await exported(project, PagedShop(paging, range(1, 41), spoil=spoil)))[0])
    assert (code, "says 1 pages" in error) == (76, True)


@pytest.mark.parametrize("token", [True, {"id": 3}, [3], 1.5, "x" * 9_000])
async def test_a_token_that_is_no_short_text_is_76(
    token: Any, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        body["meta"]["next"] = {"after": token}

    declare(monkeypatch, PAGES["token"])
    code, error = told((await exported(project, PagedShop(PAGES["token"], range(1, 26), spoil=spoil)))[0])
    assert (code, "no short text" in error) == (76, True)


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        ({"more": None}, "whether there are more"),
        ({"more": "soon"}, "whether there are more"),
        ({"last": {}}, "no token"),
    ],
)
async def test_a_page_that_does_not_say_whether_there_are_more_is_76(
    spoilt: dict[str, Any], says: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    paging = PAGES["token, and whether there are more"]
    declare(monkeypatch, paging)
    shop = PagedShop(paging, range(1, 26), spoil=lambda seen, body, headers: body["meta"].update(spoilt))
    code, error = told((await exported(project, shop))[0])
    assert (code, says in error) == (76, True)


async def test_a_token_may_be_a_number_and_none_is_the_end(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        following = body["meta"]["next"]
        body["meta"]["next"] = {"after": int(following["after"].strip("=&")) if following else ""}

    declare(monkeypatch, PAGES["token"])
    report, server = await exported(project, PagedShop(PAGES["token"], range(1, 26), spoil=spoil))
    assert (report.exit_code, [seen.query.get("after") for seen in server.seen]) == (0, [None, "10", "20"])


# -- addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://elsewhere.example.nl{path}?from=10", "another server"),
        ("https://{host}{path}?from=10", "another server"),
        ("//elsewhere.example.nl{path}?from=10", "another server"),
        ("http://{host}@elsewhere.example.nl{path}?from=10", "another server"),
        ("file://{path}?from=10", "another server"),
        ("http://{host}/other?from=10", "another list"),
        ("/other?from=10", "another list"),
        ("{path}?from=10&from=20", "twice"),
        ("http://[{path}?from=10", "cannot be read"),
        ("http://h:port{path}?from=10", "cannot be read"),
        ("?from=" + "1" * 9_000, "short text"),
    ],
)
@pytest.mark.parametrize("way", ["address", "Link"])
async def test_an_address_that_leads_elsewhere_is_76_and_not_followed(
    way: str, address: str, says: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        spoilt = address.replace("{path}", seen.path).replace("{host}", seen.headers["Host"])
        body["meta"]["url"] = spoilt
        headers["Link"] = f"<{spoilt}>; rel=next" if way == "Link" else ""

    if way == "Link" and len(address) > 8_000:
        pytest.skip("no server may send such a header")
    declare(monkeypatch, PAGES[way])
    report, server = await exported(project, PagedShop(PAGES[way], range(1, 26), spoil=spoil))
    code, error = told(report)
    assert (code, says in error, len(server.seen)) == (76, True, 1)
    assert "elsewhere" not in error


@pytest.mark.parametrize("address", ["?from=10", "{path}?from=10", "{path}/?from=10", "HTTP://{host}{path}?from=10"])
@pytest.mark.parametrize("way", ["address", "Link"])
async def test_an_address_of_the_same_list_is_followed_however_it_is_written(
    way: str, address: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        if shop.start(seen) == 0:
            spoilt = address.replace("{path}", seen.path).replace("{host}", seen.headers["Host"])
            body["meta"]["url"], headers["Link"] = spoilt, f"<{spoilt}>; rel=next"

    declare(monkeypatch, PAGES[way])
    shop = PagedShop(PAGES[way], range(1, 26), spoil=spoil)
    report, _ = await exported(project, shop)
    assert (report.exit_code, numbers(project)) == (0, list(range(1, 26)))


async def test_what_an_address_says_comes_as_it_was_meant(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cursor with signs of its own, a parameter without a value, and a filter that the first request did not have."""

    def spoil(seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        if "cursor" not in seen.query:
            headers["Link"] = "<?cursor=a%2Bb%26c%3D+%C3%AB&empty=&filter=x>; rel=next"
        else:
            del headers["Link"]
            body["customers"][0]["customer_id"] = 99

    declare(monkeypatch, NextUrl())
    report, server = await exported(project, PagedShop(NextUrl(), range(1, 12), spoil=spoil))
    assert report.exit_code == 0
    assert dict(server.seen[-1].query) == {"cursor": "a+b&c= ë", "empty": "", "filter": "x"}


@pytest.mark.parametrize(
    ("link", "asked"),
    [
        ('<?from=10>; rel="next"', 2),
        ("<?from=10>;rel=next", 2),
        ('<?from=10> ; REL = "prefetch NEXT"', 2),
        ('<?from=0>; rel="first"; title="a, b; rel=next", <?from=10>; rel="next"', 2),
        ("<?a,b;rel=next>; rel=last, , <?from=10>; rel=next; title*=UTF-8'nl'volgende", 2),
        ('<?from=10>; rel=next, <?from=10>; rel="next"', 2),
        ("<?from=10>; rel=prev; rel=next", 1),
        ('<?from=10>; rel=next; anchor="/other"', 1),
        ('<?from=10>; rel="next-archive"', 1),
        ("<?from=10>", 1),
    ],
)
async def test_a_link_header_is_read_as_rfc_8288_has_it(
    link: str, asked: int, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        headers.pop("Link", None)
        if shop.start(seen) == 0:
            headers["link"] = link

    declare(monkeypatch, NextUrl())
    shop = PagedShop(NextUrl(), range(1, 26), spoil=spoil)
    report, server = await exported(project, shop)
    assert (report.exit_code, len(server.seen)) == (0, asked)


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("?from=10; rel=next", "cannot be read"),
        ("<?from=10; rel=next", "cannot be read"),
        ('<?from=10>; rel="next', "cannot be read"),
        ("<?from=10>; rel=next <?from=20>", "cannot be read"),
        ("<?from=10>; rel=next, <?from=20>; rel=next", "several next pages"),
    ],
)
async def test_a_link_header_that_is_not_one_ends_no_list(
    link: str, says: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        headers["Link"] = link

    declare(monkeypatch, NextUrl())
    code, error = told((await exported(project, PagedShop(NextUrl(), range(1, 26), spoil=spoil)))[0])
    assert (code, says in error) == (76, True)


# -- sizes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [way for way in PAGES if way.startswith(("number", "offset"))])
@pytest.mark.parametrize("rows", [14, 24])
async def test_a_server_that_shows_fewer_rows_than_it_is_asked_for_is_read_whole(
    rows: int, way: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, PAGES[way])
    report, _ = await exported(project, PagedShop(PAGES[way], range(1, rows + 1), most=7))
    assert (report.exit_code, numbers(project)) == (0, list(range(1, rows + 1)))


# -- ahead --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way", ["number, pages in a header", "number, pages in the body", "number, rows", "offset, rows"]
)
async def test_pages_that_are_known_to_come_are_fetched_beside_each_other(
    way: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, PAGES[way])
    report, server = await exported(project, PagedShop(PAGES[way], range(1, 79), wait_s=0.05))
    assert (report.exit_code, numbers(project)) == (0, list(range(1, 79)))
    assert server.round_trips <= len(server.seen) // 2
    assert report.as_dict()["calls"]["over_fetched"] <= 1


@pytest.mark.parametrize("way", [way for way in PAGES if "until" in way])
async def test_pages_that_came_the_last_time_are_fetched_beside_each_other(
    way: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, PAGES[way])
    with Server(PagedShop(PAGES[way], range(1, 79), wait_s=0.05)) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export("bikes.customers")).exit_code == 0
        before, trips = len(server.seen), server.round_trips
        assert (await project.export("bikes.customers", full=True)).exit_code == 0
        assert server.round_trips - trips <= (len(server.seen) - before) // 2


@pytest.mark.parametrize("way", ["token", "address", "Link"])
async def test_pages_that_only_the_one_before_names_are_not_guessed(
    way: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, PAGES[way])
    for _ in range(2):
        report, server = await exported(project, PagedShop(PAGES[way], range(1, 46)), full=True)
        assert (report.exit_code, len(server.seen), server.busiest) == (0, 5, 0)


# -- rows that move -----------------------------------------------------------------------------------


def remove(*gone: int) -> Callable[[list[int]], object]:
    def change(rows: list[int]) -> None:
        rows[:] = [number for number in rows if number not in gone]

    return change


@pytest.mark.parametrize(
    "way", ["number, pages in a header", "number, rows", "offset, rows", "offset, until a short page"]
)
@pytest.mark.parametrize("gone", [[1], [10, 11], [*range(1, 11)], [*range(1, 13)]])
async def test_rows_deleted_meanwhile_hide_no_others(
    gone: list[int], way: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for turn in (2, 3):
        declare(monkeypatch, PAGES[way])
        shop = PagedShop(PAGES[way], range(1, 51), before={turn: remove(*gone)})
        report, _ = await exported(project, shop, full=True, accept_deletions=True)
        assert report.exit_code == 0
        assert set(range(1, 51)) - set(gone) <= set(numbers(project))


@pytest.mark.parametrize("way", [way for way in PAGES if way.startswith("number")])
@pytest.mark.parametrize("to", [0, 10, 30])
async def test_rows_inserted_meanwhile_hide_no_others_and_none_comes_twice(
    to: int, way: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, PAGES[way])
    shop = PagedShop(PAGES[way], range(1, 31), before={3: lambda rows: rows.__setitem__(slice(to, to), [100, 101])})
    report, _ = await exported(project, shop)
    assert report.exit_code == 0
    assert set(range(1, 31)) <= set(numbers(project))
    assert len(numbers(project)) == len(set(numbers(project)))


class Steady(PagedShop):
    """Names the next page by the last row of this one, whatever comes or goes before it."""

    def start(self, seen: Seen) -> int:
        behind = super().start(seen)
        return sum(number <= behind for number in self.rows)

    def __call__(self, seen: Seen) -> Answer:
        self.spoil = self.name
        return super().__call__(seen)

    def name(self, seen: Seen, body: dict[str, Any], headers: dict[str, str]) -> None:
        if body["meta"]["next"] is not None:
            last = body["customers"][-1]["customer_id"]
            body["meta"] |= {"next": {"after": f"={last}&"}, "url": f"?from={last}"}


@pytest.mark.parametrize("way", ["token, rows", "address"])
async def test_a_list_that_grows_or_shrinks_behind_the_reader_holds_no_fewer_rows_than_it_says(
    way: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for change in (remove(1, 2), remove(45), lambda rows: rows.insert(0, 0)):
        declare(monkeypatch, PAGES[way])
        shop = Steady(PAGES[way], range(1, 46), before={3: change})
        report, _ = await exported(project, shop, full=True, accept_deletions=True)
        assert report.exit_code == 0, report.errors


async def test_a_list_that_falls_with_every_page_ends(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk steps back each time, so that the same command does not read for ever."""
    declare(monkeypatch, PAGES["number, rows"])
    shop = PagedShop(
        PAGES["number, rows"], range(1, 3_001), before=dict.fromkeys(range(2, 500), lambda rows: rows.pop(0))
    )
    code, error = told((await exported(project, shop))[0])
    assert (code, "faster than they can be read" in error) == (76, True)
    assert len(shop.before) > shop.requests


@pytest.mark.parametrize("way", PAGES)
async def test_pages_that_nothing_can_check_are_told(
    way: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, PAGES[way])
    report, _ = await exported(project, PagedShop(PAGES[way], range(1, 26)))
    is_told = way.startswith("number") or way in ("address", "Link")
    assert (report.exit_code, notes(report)) == (0, [UNSHARED] if is_told else [])


@pytest.mark.parametrize("way", ["offset, rows", "offset, until a short page"])
@pytest.mark.parametrize("rows", [9, 10, 11, 35])
@pytest.mark.parametrize("refuses", [True, False])
async def test_a_server_that_rounds_or_refuses_offsets_is_asked_for_whole_pages(
    refuses: bool, rows: int, way: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, PAGES[way])
    shop = PagedShop(PAGES[way], range(1, rows + 1))
    place = shop.start
    shop.start = lambda seen: place(seen) // 10 * 10  # type: ignore[method-assign]

    def answer(seen: Seen) -> Answer:
        return Answer({}, 400) if refuses and int(seen.query.get("skip", "0")) % 10 else shop(seen)

    report, _ = await exported(project, answer)
    assert (report.exit_code, numbers(project)) == (0, list(range(1, rows + 1)))
    assert (UNCHECKED in notes(report)) == (rows > 10)


# -- what changed -------------------------------------------------------------------------------------


@WAYS
async def test_what_changed_is_asked_for_in_the_same_pages_and_a_run_goes_on_there(
    paging: Paging, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The round at the end begins at the first page again, and goes on where it was cut off."""
    declare(monkeypatch, paging, since="modified_since")
    shop = PagedShop(paging, range(1, 26))
    away, asked = True, list[str]()

    def answer(seen: Seen) -> Answer:
        if asked.count("closing") == 1 and away and shop.start(seen) >= 9:
            return AWAY[0]
        asked.append("closing" if "modified_since" in seen.query else "")
        return shop(seen)

    with Server(answer) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export("bikes.customers")).exit_code == 75
        away = False
        assert (await project.export("bikes.customers")).exit_code == 0
    assert numbers(project) == list(range(1, 26))
    assert len(server.seen) <= 24


# -- plans --------------------------------------------------------------------------------------------


def planned(project: Project, *arguments: str) -> Any:
    ran = project.cli("plan", "export", "bikes.customers", "--json", *arguments)
    assert ran.code == 0, ran.err
    return ran.summary["accounts"]["bikes"]["calls"]


@pytest.mark.parametrize("way", PAGES)
def test_a_plan_counts_the_pages_that_an_answer_tells_and_those_of_the_last_time(
    way: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, PAGES[way])
    told = 3 if way in ("number, pages in a header", "number, pages in the body", "number, rows") else None
    with Server(PagedShop(PAGES[way], range(1, 26))) as server:
        project.configure(BIKES, server.base_url)
        assert planned(project) is None
        assert planned(project, "--probe") == told
        before = len(server.seen)
        assert project.cli("export", "bikes.customers", "--out", str(project.out)).code == 0
        assert 0 <= len(server.seen) - before - planned(project) <= 1, "one is asked for past the end at most"


# -- declarations that cannot work --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "field"),
    [
        (lambda: PageNumber(""), "PageNumber.parameter"),
        (lambda: PageNumber("page", -1), "PageNumber.first"),
        (lambda: PageNumber("page", size=PageSize("page", 10)), "PageNumber.size"),
        (lambda: PageNumber("page", pages="meta."), "PageNumber.pages"),
        (lambda: PageNumber("page", rows=""), "PageNumber.rows"),
        (lambda: PageNumber("page", more="Link"), "PageNumber.more"),  # type: ignore[arg-type]  # the mistake
        (lambda: PageSize("", 10), "PageSize.parameter"),
        (lambda: PageSize("per_page", 1), "PageSize.rows"),
        (lambda: LimitOffset(" ", SIZE), "LimitOffset.parameter"),
        (lambda: LimitOffset("limit", PageSize("limit", 10)), "LimitOffset.size"),
        (lambda: LimitOffset("offset", SIZE, rows=".rows"), "LimitOffset.rows"),
        (lambda: NextCursor("", "next"), "NextCursor.parameter"),
        (lambda: NextCursor("after", ""), "NextCursor.pointer"),
        (lambda: NextCursor("after", "next", rows="a..b"), "NextCursor.rows"),
        (lambda: NextCursor("after", "next", more="a."), "NextCursor.more"),
        (lambda: NextUrl(""), "NextUrl.pointer"),
        (lambda: NextUrl(rows=" "), "NextUrl.rows"),
        (lambda: NextUrl(Header("next page")), "Header.name"),
        (lambda: NextOffset("", "next"), "NextOffset.parameter"),
        (lambda: NextOffset("offset", ""), "NextOffset.pointer"),
        (lambda: IdAfter(""), "IdAfter.parameter"),
    ],
)
def test_a_way_of_paging_that_cannot_work_is_refused_by_its_field(declared: Callable[[], Any], field: str) -> None:
    with pytest.raises(ValueError, match=field.replace(".", r"\.")):
        declared()


@pytest.mark.parametrize(
    ("paging", "more", "field"),
    [
        (NextCursor("after", "next"), {"envelope": Envelope()}, "NextCursor.pointer"),
        (PageNumber("page", rows="total"), {"envelope": Envelope()}, "PageNumber.rows"),
        (NextUrl("customers"), {}, "NextUrl.pointer"),
        (PageNumber("page"), {"parameters": {"page": "1"}}, "PageNumber.parameter"),
        (LimitOffset("skip", SIZE), {"parameters": {"per_page": "5"}}, "LimitOffset.size"),
        (NextCursor("since", "next"), {"since": "since"}, "NextCursor.parameter"),
    ],
)
def test_a_stream_that_does_not_fit_its_paging_is_refused_by_its_field(
    paging: Paging, more: dict[str, Any], field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=field.replace(".", r"\.")):
        declare(monkeypatch, paging, **more)
