"""Time is not believed: neither ours, which may be wrong for a while, nor the one that a server tells."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from etl.runs.report import TablesReport
from tests.support.clock import NOON, QuickClock
from tests.support.scripted import Answer, Seen, Server, customer, is_closing, page
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
