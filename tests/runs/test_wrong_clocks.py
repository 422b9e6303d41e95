"""Time is not believed: neither ours, which may be wrong for a while, nor the one that a server tells."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from etl.runs.report import TablesReport
from tests.support.clock import NOON, QuickClock
from tests.support.scripted import Answer, Raw, RawServer, Seen, Server, customer, http, is_closing, page
from tests.support.workplace import BIKES, Project
from tests.test_faults import AWAY

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Shop:
    """A shop of twenty in two pages; `date` is what it tells as its time, None for nothing."""

    def __init__(self, project: Project, server: Server) -> None:
        self.project, self.server = project.configure(BIKES, server.base_url), server
        self.date: str | None = told(NOON)
        self.away = False
        server.script = self.answer

    def answer(self, seen: Seen) -> Answer:
        offset = int(seen.query.get("offset", "0"))
        if self.away and offset:
            return AWAY[0]
        ids = [1] if is_closing(seen) else list(range(1, 21))
        body = page([customer(n) for n in ids[offset : offset + 10]], 10 if len(ids) > offset + 10 else None)
        return Answer(body, headers={} if self.date is None else {"Date": self.date})

    async def export(self, at: datetime, **how: Any) -> TablesReport:
        return await self.project.export(clock=QuickClock(at), **how)

    async def calls(self, at: datetime, **how: Any) -> int:
        """How many calls an export takes that is complete."""
        before = len(self.server.seen)
        assert (await self.export(at, **how)).exit_code == 0
        return len(self.server.seen) - before

    async def asked_since(self, at: datetime, **how: Any) -> str | None:
        """Since when an export asks for changes; None where it asks for everything first."""
        before = len(self.server.seen)
        assert (await self.export(at, **how)).exit_code == 0
        return self.server.seen[before].query.get("modified_since")


def told(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


@pytest.fixture
def shop(project: Project) -> Iterator[Shop]:
    with Server([]) as server:
        yield Shop(project, server)


def killed(project: Project, run: str) -> None:
    """Leave a run as a kill before its end leaves it."""
    with contextlib.closing(sqlite3.connect(project.state / "state.db", isolation_level=None)) as database:
        database.execute(
            "UPDATE runs SET ended_at = NULL, status = NULL, exit_code = NULL, summary = NULL WHERE run_id = ?", (run,)
        )


# -- ours ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [40 * DAY, 2 * HOUR, -40 * DAY])
async def test_a_kill_under_a_wrong_clock_leaves_nothing_that_later_runs_take_for_theirs(
    ahead: timedelta, shop: Shop
) -> None:
    report = await shop.export(NOON + ahead)
    killed(shop.project, report.run_id)
    for hours in range(3):
        assert await shop.calls(NOON + hours * HOUR) >= 3


async def test_a_run_that_went_on_under_a_wrong_clock_is_not_the_newest_for_ever(shop: Shop) -> None:
    shop.away = True
    assert (await shop.export(NOON)).exit_code == 75
    shop.away = False
    report = await shop.export(NOON + 10 * DAY - 10 * DAY)
    killed(shop.project, report.run_id)
    with contextlib.closing(sqlite3.connect(shop.project.state / "state.db", isolation_level=None)) as database:
        later = "2026-04-19T12:00:00Z"
        database.execute("UPDATE runs SET started_at = ? WHERE run_id = ?", (later, report.run_id))
    assert await shop.calls(NOON + HOUR) == 0, "what the killed run fetched is taken up once"
    assert await shop.calls(NOON + 2 * HOUR) >= 3


def test_runs_are_listed_in_their_order_whatever_the_clock_said(shop: Shop) -> None:
    ids = [asyncio.run(shop.export(NOON + ahead)).run_id for ahead in (timedelta(), 40 * DAY, HOUR)]
    listed = shop.project.cli("status", "--json").summary["runs"]
    assert [run["run_id"] for run in listed] == ids[::-1]


async def test_what_was_parked_under_a_wrong_clock_does_not_wait_for_its_time(shop: Shop) -> None:
    config = BIKES + "budget = { per_minute = 100, per_day = 2 }\n"
    shop.project.configure(config, shop.server.base_url)
    assert (await shop.export(NOON + 40 * DAY)).exit_code == 75
    shop.project.configure(BIKES, shop.server.base_url)
    assert await shop.calls(NOON) >= 3, "its age is unknown: it is fetched anew"
    assert await shop.calls(NOON + HOUR) >= 3


# -- the server's -------------------------------------------------------------------------------------

WRONG = [NOON + 2 * HOUR, NOON - 2 * HOUR, datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)]
STAYS = "Date is more than an hour from our clock"
OWN = "no Date"


def notes(report: TablesReport) -> list[str]:
    (account,) = report.as_dict()["accounts"].values()
    return list(account["streams"]["customers"]["notes"])


@pytest.mark.parametrize("date", WRONG)
async def test_a_date_that_is_far_from_our_clock_becomes_no_cursor(date: datetime, shop: Shop) -> None:
    assert await shop.asked_since(NOON) is None
    assert await shop.asked_since(NOON + HOUR, since="last") == "2026-03-10 12:50:00"
    shop.date = told(date)
    report = await shop.export(NOON + HOUR / 2, since="last")
    assert report.exit_code == 0
    assert [STAYS in note for note in notes(report)] == [True]
    shop.date = told(NOON + 3 * HOUR)
    assert await shop.asked_since(NOON + 3 * HOUR, since="last") == "2026-03-10 12:50:00", "as it was"
    assert await shop.asked_since(NOON + 3 * HOUR, since="last") == "2026-03-10 15:50:00"


@pytest.mark.parametrize("date", WRONG)
async def test_a_whole_export_under_such_a_date_leaves_the_cursor_where_it_was(date: datetime, shop: Shop) -> None:
    await shop.export(NOON)
    shop.date = told(date)
    report = await shop.export(NOON + 3 * HOUR + timedelta(minutes=1))
    assert (report.exit_code, len(notes(report))) == (0, 1)
    assert await shop.asked_since(NOON + 4 * HOUR, since="last") == "2026-03-10 12:50:00"


async def test_without_any_cursor_everything_is_asked_for_again(shop: Shop) -> None:
    shop.date = told(WRONG[0])
    await shop.export(NOON)
    assert await shop.asked_since(NOON + HOUR, since="last") is None


@pytest.mark.parametrize("off", [timedelta(minutes=59), -timedelta(minutes=59)])
async def test_a_date_that_is_near_our_clock_is_the_servers_time(off: timedelta, shop: Shop) -> None:
    shop.date = told(NOON + off)
    report = await shop.export(NOON)
    assert notes(report) == []
    local = NOON + off - timedelta(minutes=10) + HOUR
    assert await shop.asked_since(NOON + HOUR, since="last") == f"{local:%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("date", "since"),
    [
        (NOON - 2 * HOUR, "2026-03-09 10:50:00"),
        (NOON + 2 * HOUR, "2026-03-09 12:50:00"),
        (datetime(1970, 1, 1, tzinfo=UTC), "2026-03-09 12:50:00"),
    ],
)
async def test_the_round_at_the_end_is_asked_for_since_a_day_before_the_earlier_of_both_clocks(
    date: datetime, since: str, shop: Shop
) -> None:
    shop.date = told(date)
    await shop.export(NOON)
    assert shop.server.seen[-1].query["modified_since"] == since


def test_where_no_answer_has_a_date_our_clock_is_the_cursor_less_a_day(project: Project) -> None:
    pages = [
        http(json.dumps(page([customer(n) for n in range(1, 11)], 10)).encode()),
        http(json.dumps(page([customer(n) for n in range(8, 21)])).encode()),
        http(json.dumps(page([customer(1, city="Urk")])).encode()),
    ]
    with RawServer(*(Raw([each]) for each in pages)) as server:
        project.configure(BIKES, server.base_url)
        report = asyncio.run(project.export(clock=QuickClock(NOON)))
        assert (report.exit_code, [OWN in note for note in notes(report)]) == (0, [True])
        assert project.table().filter(city="Urk").height == 1, "a round at the end"
        assert asyncio.run(project.export(clock=QuickClock(NOON + HOUR), since="last")).exit_code == 0
        closing, last = (request.split(b" ")[1].decode() for request in server.requests[2:4])
    assert "modified_since=2026-03-09+12:50:00" in closing
    assert "modified_since=2026-03-09+12:50:00" in last
    told_people = project.cli("status").out
    assert "2026-03-09" in told_people


async def test_an_export_that_goes_on_asks_at_its_end_since_it_began(shop: Shop) -> None:
    shop.date, shop.away = told(NOON + 2 * HOUR), True
    assert (await shop.export(NOON)).exit_code == 75
    shop.away = False
    assert await shop.asked_since(NOON + 5 * HOUR) is None
    assert shop.server.seen[-1].query["modified_since"] == "2026-03-09 12:50:00"


@pytest.mark.parametrize(("first", "since"), [(2 * HOUR, "2026-03-09 14:50:00"), (-2 * HOUR, "2026-03-09 12:50:00")])
async def test_a_date_of_a_later_page_is_no_time_of_the_extraction(first: timedelta, since: str, shop: Shop) -> None:
    """Rows that were edited between the two pages are asked for at the end, and by the next run."""
    assert await shop.asked_since(NOON) is None
    began = NOON + 2 * HOUR
    shop.date, shop.away = told(began + first), True
    assert (await shop.export(began)).exit_code == 75
    shop.date, shop.away = told(began + 5 * HOUR), False
    report = await shop.export(began + 5 * HOUR)
    assert (report.exit_code, [STAYS in note for note in notes(report)]) == (0, [True])
    assert shop.server.seen[-1].query["modified_since"] == since
    assert await shop.asked_since(began + 6 * HOUR, since="last") == "2026-03-10 12:50:00", "of the run before"


async def test_a_first_date_that_is_far_behind_is_kept_until_the_export_goes_on(shop: Shop) -> None:
    """Parked for days, it asks since the server's own beginning, not since that of the page it went on with."""
    shop.project.configure(BIKES + "budget = { per_minute = 100, per_day = 1 }\n", shop.server.base_url)
    shop.date = told(NOON - 40 * DAY)
    parked = await shop.export(NOON)
    assert (parked.exit_code, len(shop.server.seen)) == (75, 1)
    shop.project.configure(BIKES, shop.server.base_url)
    shop.date = told(NOON - 38 * DAY)
    assert (await shop.export(NOON + DAY + HOUR)).exit_code == 0
    assert shop.server.seen[-1].query["modified_since"] == "2026-01-28 12:50:00"


async def test_a_page_that_another_release_fetched_tells_no_time(shop: Shop) -> None:
    shop.away = True
    assert (await shop.export(NOON)).exit_code == 75
    with contextlib.closing(sqlite3.connect(shop.project.state / "state.db", isolation_level=None)) as database:
        database.execute("UPDATE extractions SET server_date = NULL, changes_from = NULL")
    shop.date, shop.away = told(NOON + 5 * HOUR), False
    report = await shop.export(NOON + 5 * HOUR)
    assert (report.exit_code, len(notes(report))) == (0, 1)
    assert shop.server.seen[-1].query["modified_since"] == "2026-03-09 12:50:00"
    assert await shop.asked_since(NOON + 6 * HOUR, since="last") is None, "nobody knows until when all is known"


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_first_page_without_a_date_takes_none_of_a_later_one(goes_on: bool, project: Project) -> None:
    """Neither within a run, nor when another goes on."""
    date = f"Date: {told(NOON + 30 * timedelta(minutes=1))}"
    pages = [
        http(json.dumps(page([customer(n) for n in range(1, 11)], 10)).encode()),
        *[http(b"", status="503 Away")] * 5 * goes_on,
        http(json.dumps(page([customer(n) for n in range(10, 21)])).encode(), date),
        http(json.dumps(page([customer(1, city="Urk")])).encode(), date),
    ]
    with RawServer(*(Raw([each]) for each in pages)) as server:
        project.configure(BIKES, server.base_url)
        if goes_on:
            assert asyncio.run(project.export(clock=QuickClock(NOON))).exit_code == 75
        report = asyncio.run(project.export(clock=QuickClock(NOON)))
        assert (report.exit_code, [OWN in note for note in notes(report)]) == (0, [True])
        assert b"modified_since=2026-03-09+12:50:00" in server.requests[-1]
        assert asyncio.run(project.export(clock=QuickClock(NOON + HOUR), since="last")).exit_code == 0
        assert b"modified_since=2026-03-09+12:50:00" in server.requests[-1]


# -- what a user says ---------------------------------------------------------------------------------


async def test_a_time_of_ones_own_leaves_the_cursor_unless_it_covers_it(shop: Shop) -> None:
    await shop.export(NOON)
    shop.date = told(NOON + 5 * HOUR)
    assert await shop.asked_since(NOON + 5 * HOUR, since="2026-03-10T15:00:00Z") == "2026-03-10 16:00:00"
    shop.date = told(NOON + 6 * HOUR)
    assert await shop.asked_since(NOON + 6 * HOUR, since="last") == "2026-03-10 12:50:00", "from noon on is not known"
    assert await shop.asked_since(NOON + 6 * HOUR, since="last") == "2026-03-10 18:50:00"
    shop.date = told(NOON + 7 * HOUR)
    assert await shop.asked_since(NOON + 7 * HOUR, since="2026-03-10T18:00:00Z") == "2026-03-10 19:00:00"
    assert await shop.asked_since(NOON + 7 * HOUR, since="last") == "2026-03-10 19:50:00", "it covered it"


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("2026-10-25T00:30:00Z", "2026-10-25 01:00:00"),
        ("2026-10-25T01:30:00Z", "2026-10-25 01:00:00"),
        ("2026-10-25T02:30:00", "2026-10-25 01:00:00"),
        ("2026-10-25T03:00:00", "2026-10-25 03:00:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25 01:00:00"),
        ("2026-03-29T02:30:00", "2026-03-29 01:30:00"),  # there is no such time
        ("2026-01-31", "2026-01-31 00:00:00"),
    ],
)
async def test_an_hour_that_comes_twice_is_asked_for_whole(given: str, asked: str, shop: Shop) -> None:
    assert await shop.asked_since(NOON, since=given) == asked


async def test_the_hour_that_came_twice_is_behind_the_cursor_until_it_is_over(shop: Shop) -> None:
    for at, since in (
        ("2026-10-25T00:30:00+00:00", None),
        ("2026-10-25T01:30:00+00:00", "2026-10-25 01:00:00"),
        ("2026-10-25T02:05:00+00:00", "2026-10-25 01:00:00"),
        ("2026-10-25T02:15:00+00:00", "2026-10-25 01:00:00"),
        ("2026-10-25T03:00:00+00:00", "2026-10-25 03:05:00"),
    ):
        now = datetime.fromisoformat(at)
        shop.date = told(now)
        assert await shop.asked_since(now, since=None if since is None else "last") == since
