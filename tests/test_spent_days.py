"""A job larger than a day's calls: parked, gone on with, and never a call too many or a page twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import polars as pl

from etl.simulator import Simulator
from tests.support.workplace import BIKES, Project

PAGES, PER_DAY, DAY_S = 120, 50, 12.0


async def test_a_hundred_and_twenty_pages_at_fifty_a_day_take_three_days(project: Project) -> None:
    async with Simulator(rows=PAGES * 500, seed=3, per_minute=100_000, per_day=PER_DAY, day_seconds=DAY_S) as server:
        project.configure(BIKES, server.base_url)
        spent = []
        for _ in range(4):
            ran = await asyncio.to_thread(project.etl, "export", "--out", str(project.out), "--json")
            summary = ran.summary
            spent.append(summary["calls"]["sent"])
            if ran.code == 0:
                break
            assert (ran.code, summary["status"]) == (75, "parked"), ran.err
            resume_at = datetime.fromisoformat(summary["resume_at"])
            assert timedelta() <= resume_at - datetime.now(UTC) + timedelta(seconds=1) <= timedelta(seconds=DAY_S + 2)
            await asyncio.sleep(max((resume_at - datetime.now(UTC)).total_seconds(), 0))
        assert sum(spent) == PAGES
        assert spent[0] == PER_DAY or spent[0] + spent[1] >= PER_DAY  # the first day may end under way
        stats = server.stats["systems"]["cyclesoftware"]
        assert (stats["requests"], stats["over_limit"]) == (PAGES, 0)
    rows = pl.read_parquet(project.out / "contacts" / "bikes.customers.parquet")
    assert (rows.height, rows["source_id"].n_unique()) == (PAGES * 500, PAGES * 500)
