"""Pages fetched before their turn: in order, never more than eight, each checked against its guess."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from etl.runs.report import TablesReport
from tests.support.scripted import CHANGES, Answer, Seen, Server, customer, is_closing, offsets, page, shop
from tests.support.workplace import BIKES, Project
from tests.test_faults import temporaries

ROOM = "budget = { per_minute = 100000, per_day = 1000000 }\n"


def over_fetched(report: TablesReport) -> int:
    return int(report.as_dict()["calls"]["over_fetched"])


def journalled(project: Project) -> int:
    """How many pages of the newest extraction are durable and journalled."""
    with contextlib.closing(sqlite3.connect(project.state / "state.db")) as database:
        query = "SELECT count(*) FROM pages WHERE extraction = (SELECT max(id) FROM extractions)"
        return int(database.execute(query).fetchone()[0])


async def exported_twice(project: Project, server: Server) -> tuple[TablesReport, list[str]]:
    """The second of two exports, which knows how many pages to expect, and what it asked for."""
    project.configure(BIKES + ROOM, server.base_url)
    assert (await project.export()).exit_code == 0
    before = len(server.seen)
    server.busiest = 0
    return await project.export(), offsets(server)[before:]


async def test_a_first_run_of_a_few_pages_asks_for_each_when_its_turn_has_come(project: Project) -> None:
    with Server(shop(37, wait_s=0.02)) as server:
        report = await project.configure(BIKES, server.base_url).export()
    assert (report.exit_code, server.busiest, over_fetched(report)) == (0, 1, 0)


async def test_up_to_eight_pages_are_under_way_at_once_and_no_more(project: Project) -> None:
    with Server(shop(300, wait_s=0.3)) as server:  # longer than a busy machine takes to ask for eight
        report, asked = await exported_twice(project, server)
    assert report.exit_code == 0
    assert 6 <= server.busiest <= 8, "one or two may have come and not be durable yet"
    pages = [str(offset) for offset in range(0, 300, 9)]
    assert [offset for offset in pages if asked.count(offset) != 1] == []
    assert project.ids() == [str(n) for n in range(1, 301)], "in their order"
    assert len(asked) - len(pages) - 1 == over_fetched(report) <= 7, "past the end"
    assert temporaries(project.folder) == []


async def test_no_more_than_eight_are_asked_for_beyond_those_that_are_durable(project: Project) -> None:
    ahead = []
    told = shop(300)

    def answer(seen: Seen) -> Answer:
        ahead.append(len(server.seen) - begun - journalled(project))
        return told(seen)

    with Server(told) as server:
        project.configure(BIKES + ROOM, server.base_url)
        assert (await project.export()).exit_code == 0
        begun, server.script = len(server.seen), answer
        report = await project.export()
    assert report.exit_code == 0
    # a call in vain is journalled never: it is the only one that may come on top
    assert 2 <= max(ahead[:-1]) <= 8
    assert ahead[-1] <= 8 + over_fetched(report)


async def test_pages_that_answer_in_any_order_are_written_in_theirs(project: Project) -> None:
    told = shop(120)

    def answer(seen: Seen) -> Answer:
        turn = int(seen.query.get("offset", "0")) // 9
        return Answer(told(seen).body, wait_s=0.15 if turn % 3 == 1 else 0.01)

    with Server(told) as server:
        project.configure(BIKES + ROOM, server.base_url)
        assert (await project.export()).exit_code == 0
        server.script = answer
        report = await project.export()
    assert (report.exit_code, project.ids()) == (0, [str(n) for n in range(1, 121)])


async def test_a_page_that_names_another_next_one_drops_the_guesses_and_counts_them(project: Project) -> None:
    """The pages have 10 rows, but the one at 45, which ends early."""

    def answer(seen: Seen) -> Answer:
        if is_closing(seen):
            return Answer(page([]))
        start = int(seen.query.get("offset", "0"))
        end = min(start + (6 if start == 45 else 10), 100)
        return Answer(page([customer(n + 1) for n in range(start, end)], end if end < 100 else None), wait_s=0.05)

    with Server(shop(100)) as server:
        project.configure(BIKES + ROOM, server.base_url)
        assert (await project.export()).exit_code == 0
        before, server.script = len(server.seen), answer
        report = await project.export()
    asked = offsets(server)[before:]
    right = ["0", "9", "18", "27", "36", "45", "50", "59", "68", "77", "86", "95", CHANGES]
    assert (report.exit_code, project.ids()) == (0, [str(n) for n in range(1, 101)])
    assert {"54", "63"} < set(asked), "guessed before the page at 45 came"
    assert [offset for offset in right if asked.count(offset) != 1] == []
    assert len(asked) - len(right) == over_fetched(report) <= 14
    assert temporaries(project.folder) == []


async def test_pages_that_were_fetched_before_their_turn_are_not_lost_on_an_outage_of_a_later_one(
    project: Project,
) -> None:
    away = [True]
    told = shop(100, wait_s=0.02)

    def answer(seen: Seen) -> Answer:
        return Answer(b"", 503) if away[0] and seen.query.get("offset") == "54" else told(seen)

    with Server(told) as server:
        project.configure(BIKES + ROOM, server.base_url)
        assert (await project.export()).exit_code == 0
        server.script = answer
        assert (await project.export()).exit_code == 75
        assert journalled(project) == 6
        before, away[0] = len(server.seen), False
        report = await project.export()
    again = set(offsets(server)[before:])
    assert (report.exit_code, len(project.ids())) == (0, 100)
    assert again.isdisjoint({"0", "9", "18", "27", "36", "45"}) and "54" in again


async def test_a_day_that_ends_among_pages_ahead_parks_without_a_call_too_many(project: Project) -> None:
    with Server(shop(100)) as server:
        project.configure(BIKES + ROOM, server.base_url)
        assert (await project.export()).exit_code == 0
        spent = len(server.seen)
        project.configure(BIKES + f"budget = {{ per_minute = 1000, per_day = {spent + 6} }}\n", server.base_url)
        report = await project.export()
        assert (report.status, report.exit_code, len(server.seen) - spent) == ("parked", 75, 6)
        assert journalled(project) == 6, "every page that was paid for is kept"
    assert temporaries(project.folder) == []


@pytest.mark.parametrize("runs", [1, 2])
async def test_a_slow_line_costs_a_fraction_of_its_round_trips(runs: int, project: Project) -> None:
    """A hundred pages one by one are a hundred round trips, one after another."""
    with Server(shop(301, 4, wait_s=0.0)) as server:
        project.configure(BIKES + ROOM, server.base_url)
        for _ in range(runs - 1):
            assert (await project.export()).exit_code == 0
        before, waited = len(server.seen), server.round_trips
        server.script = shop(301, 4, wait_s=0.2)
        report = await project.export()
    assert (report.exit_code, len(project.ids())) == (0, 301)
    assert len(server.seen) - before >= 101
    assert server.round_trips - waited < 101 / 2
