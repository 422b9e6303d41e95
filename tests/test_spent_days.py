"""A job larger than a day's calls: parked, gone on with, and never a call too many or a page twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import polars as pl

from etl.simulator import Simulator
from tests.support.workplace import BIKES, Project

ROWS, PER_DAY, DAY_S = 60_000, 50, 12.0
PAGES = 121 + 1
"""Of 500 rows, the first of which is the last of the page before; and one for what changed meanwhile."""
AHEAD = 7
"""Calls that may be spent past the end, where pages are asked for before their turn."""


async def test_a_job_of_a_hundred_and_twenty_two_pages_at_fifty_a_day_takes_three_days(project: Project) -> None:
    async with Simulator(rows=ROWS, seed=3, per_minute=100_000, per_day=PER_DAY, day_seconds=DAY_S) as server:
        project.configure(BIKES, server.base_url)
        spent, in_vain = [], []
        for _ in range(4):
            began = datetime.now(UTC)
            ran = await asyncio.to_thread(project.etl, "export", "--out", str(project.out), "--json")
            summary = ran.summary
            spent.append(summary["calls"]["sent"])
            in_vain.append(summary["calls"]["over_fetched"])
            if ran.code == 0:
                break
            assert (ran.code, summary["status"]) == (75, "parked"), ran.err
            resume_at = datetime.fromisoformat(summary["resume_at"])
            assert began < resume_at <= datetime.now(UTC) + timedelta(seconds=DAY_S + 1)
            await asyncio.sleep(max((resume_at - datetime.now(UTC)).total_seconds(), 0))
        assert sum(spent) == PAGES + sum(in_vain)
        assert in_vain[:-1] == [0] * (len(spent) - 1), "nothing that was paid for on a day that ends is thrown away"
        assert in_vain[-1] <= AHEAD
        assert spent[0] == PER_DAY or spent[0] + spent[1] >= PER_DAY  # the first day may end under way
        stats = server.stats["systems"]["cyclesoftware"]
        assert (stats["requests"], stats["over_limit"]) == (sum(spent), 0)
    rows = pl.read_parquet(project.out / "contacts" / "bikes.customers.parquet")
    assert (rows.height, rows["source_id"].n_unique()) == (ROWS, ROWS)
    assert summary["received"] == summary["written"] + summary["duplicates"]
