"""Landed pages go when nothing needs them any more, and never before."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from etl.runs.purge import purge
from etl.state.lock import hold
from tests.support.clock import NOON, QuickClock
from tests.support.scripted import Answer, Server, customer, page
from tests.support.workplace import BIKES, Project

DAY = timedelta(days=1)


class Shop:
    """A project beside a shop of one page, whose customers have another name every day.

    Nothing changes while it is read: the page that says so is the same every day, and is landed once.
    """

    def __init__(self, project: Project, server: Server, keep_days: int = 0) -> None:
        self.project = project.configure(f"[state]\nkeep_days = {keep_days}\n{BIKES}", server.base_url)
        self.day = 0
        server.script = lambda seen: self._answer("modified_since" in seen.query)

    def _answer(self, closing: bool) -> Answer:
        names = [] if closing else [customer(n, name=f"Naam {self.day}") for n in range(1, 6)]
        return Answer(page(names))

    async def export(self, **how: object) -> int:
        self.day += 1
        report = await self.project.export(clock=QuickClock(NOON + self.day * DAY), **how)  # type: ignore[arg-type]
        return report.exit_code

    def purge(self, days: float | None, down_to: int | None = None) -> int:
        clock = QuickClock(NOON + self.day * DAY + timedelta(hours=1))
        return purge(self.project.settings(), clock=clock, older_than_days=days, down_to=down_to).files

    @property
    def landed(self) -> list[Path]:
        """The landed pages, the oldest first."""
        found = (self.project.state / "landing").rglob("*.json.*")
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(()) as server:
        yield server


async def test_what_a_newer_complete_run_replaced_goes_by_age_and_a_replay_gives_the_same(
    project: Project, server: Server
) -> None:
    shop = Shop(project, server)
    for _ in range(4):
        assert await shop.export() == 0
    before = pl.read_parquet(project.out / "contacts" / "bikes.customers.parquet")
    assert len(shop.landed) == 5
    assert shop.purge(days=2.5) == 1
    assert shop.purge(days=0) == 2
    assert shop.purge(days=0) == 0
    replayed = await project.replay(out=project.out)
    assert replayed.exit_code == 0
    assert pl.read_parquet(project.out / "contacts" / "bikes.customers.parquet").equals(before)


async def test_the_only_copy_of_what_is_not_written_yet_stays(project: Project, server: Server) -> None:
    shop = Shop(project, server)
    table = project.out / "contacts" / "bikes.customers.parquet"
    table.mkdir(parents=True)
    assert await shop.export() == 73
    assert len(shop.landed) == 2
    assert shop.purge(days=0) == 0
    table.rmdir()
    asked = len(server.seen)
    shop.day -= 1
    assert await shop.export() == 0
    assert len(server.seen) == asked


async def test_a_page_that_two_runs_share_stays_with_the_second(project: Project, server: Server) -> None:
    shop = Shop(project, server)
    await shop.export()
    shop.day = 0
    await shop.export(full=True)
    assert len(shop.landed) == 2
    assert shop.purge(days=0) == 0
    assert len(shop.landed) == 2


async def test_by_size_the_oldest_go_first_and_only_as_many_as_needed(project: Project, server: Server) -> None:
    shop = Shop(project, server)
    for _ in range(4):
        await shop.export()
    size = sum(path.stat().st_size for path in shop.landed)
    assert shop.purge(days=None, down_to=size) == 0
    oldest = shop.landed[0]
    assert shop.purge(days=None, down_to=size - 1) == 1
    assert not oldest.exists()
    assert shop.purge(days=None, down_to=0) == 2
    assert len(shop.landed) == 2


async def test_pages_that_no_journal_names_go_after_an_hour(project: Project, server: Server) -> None:
    shop = Shop(project, server)
    await shop.export()
    folder = shop.landed[0].parent
    (folder / "aa.json.zst").write_bytes(b"young")
    old = folder / "bb.json.zst"
    old.write_bytes(b"old")
    os.utime(old, (time.time() - 7200,) * 2)
    assert shop.purge(days=0) == 1
    assert not old.exists()
    assert len(shop.landed) == 3


async def test_a_stream_that_a_run_is_busy_with_is_left_alone(project: Project, server: Server) -> None:
    shop = Shop(project, server)
    await shop.export()
    await shop.export()
    with hold(project.settings().state.dir / "locks", ["bikes.customers"]):
        assert shop.purge(days=0) == 0
    assert shop.purge(days=0) == 1


async def test_every_export_drops_what_is_older_than_keep_days(project: Project, server: Server) -> None:
    shop = Shop(project, server, keep_days=2)
    for _ in range(5):
        await shop.export()
    assert len(shop.landed) == 4  # of today, yesterday, two days ago, and the one they share


def test_the_command_tells_what_it_removed(project: Project, server: Server) -> None:
    shop = Shop(project, server)
    for _ in range(2):
        shop.day += 1
        assert project.cli("export", "--out", "out").code == 0
    ran = project.cli("purge", "--older-than", "0", "--json")
    assert (ran.code, ran.summary["files"]) == (0, 1)
    assert "0 landed files removed" in project.cli("purge").err


async def test_nothing_is_merged_into_pages_that_are_gone(project: Project, server: Server) -> None:
    shop = Shop(project, server)
    assert await shop.export() == 0
    with Server(()) as elsewhere:
        Shop(project, elsewhere)
        assert await shop.export() == 0
        assert shop.purge(days=0) == 1
    back = Shop(project, server)
    back.day = shop.day
    assert await back.export(since="last") == 0
    assert len(project.ids()) == 5


async def test_an_export_takes_nothing_of_another_shop_that_had_the_name(project: Project, server: Server) -> None:
    shop = Shop(project, server, keep_days=1)
    assert await shop.export() == 0
    kept = set(shop.landed)
    with Server(()) as elsewhere:
        there = Shop(project, elsewhere, keep_days=1)
        there.day = shop.day
        for _ in range(4):
            assert await there.export() == 0
        assert kept <= set(there.landed)
        assert len(there.landed) < len(kept) + 4, "of its own, what is a day old has gone"
