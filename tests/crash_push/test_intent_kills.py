"""Updates, deletions and undo, killed with SIGKILL at each commit under faults: each stays what it was meant to be."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import pytest_asyncio

from tests.support.colleague import Colleague

from .pusher import Ended, Nursery, nursery
from .world import TARGETS, World, world

LONG = bool(int(os.environ.get("PUSH_KILLS", "0")))
ROWS = 8
AT_ONCE = 10
NOT_KNOWN = "It is not known at the target: push it with --mode create first, or say with --match how to find it."
CITY = {"customers": "city", "contacten": "plaats", "klanten": "plaats", "contacts": "location_city"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def born() -> AsyncIterator[Nursery]:
    async with nursery() as made:
        yield made


def weather(seed: int) -> list[dict[str, Any]]:
    """Faults on a share of the calls that change or delete a record."""
    actions: list[dict[str, Any]] = [
        {"drop_before": True}, {"drop_after": True}, {"status": 503}, {"status": 500, "commit": True},
        {"late_commit_s": 0.35, "drop_after": True}, {"late_commit_s": 0.35, "status": 504}, {"empty": True},
        {"html": True}, {"stale_echo": True}, {"stale_echo": True, "commit": True}, {"no_body": True},
        {"retry_after": "0"},
    ]  # fmt: skip
    kinds = (("PUT", ""), ("POST", r"^/contacts/\d"), ("DELETE", ""))
    return [
        {"method": method, "path": path, "when": {"share": 0.04, "seed": seed * 100 + number}, "action": action}
        for number, action in enumerate(actions)
        for method, path in kinds
    ]


async def all_of(works: Sequence[Callable[[], Awaitable[None]]]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(work: Callable[[], Awaitable[None]]) -> None:
        async with gate:
            await work()

    await asyncio.gather(*map(one, works))


def judge(here: World, *, city: str) -> None:
    """As many records as rows, all made by the first run, and each with the value that it was to have."""
    story = "\n".join(here.told)
    there = Colleague(here.simulator, here.target).everything()
    cities = [record.get("Contact", record)[CITY[here.target]] for record in there.values()]
    assert sum(entry["outcome"] == "created" for entry in here.simulator.log) == ROWS, story
    assert cities == [city] * ROWS, story


def judge_deletions(here: World, last: Ended) -> None:
    """Each row was deleted by this run, or by an earlier one, and then it is told as one that is not known any more."""
    results = pl.read_parquet(here.folder / "out" / "results" / f"{last.summary['run_id']}.parquet")
    earlier = results.filter(outcome="rejected")["message"].to_list()
    assert Counter(results["outcome"]) == Counter(deleted=ROWS - len(earlier), rejected=len(earlier)), here.told
    assert earlier == [NOT_KNOWN] * len(earlier), here.told
    assert last.code == (65 if earlier else 0), here.told


def commits() -> list[tuple[int, bool]]:
    return [(n, before) for n in (range(1, 15) if LONG else (2, 4, 5, 6, 7)) for before in (True, False)]


@pytest.mark.parametrize("target", TARGETS)
async def test_updates_killed_at_every_commit_end_as_updates(target: str, tmp_path: Path, born: Nursery) -> None:
    async def one(commit: int, before: bool) -> None:
        async with world(tmp_path / f"{commit}-{before}", born, target, rows=ROWS) as here:
            assert (await here.push()).code == 0
            here.edit(city="Ede")
            here.simulator.set_faults(weather(commit))
            await here.push(commit=commit, before=before)
            last = await here.finish()
            judge(here, city="Ede")
            assert last.code == 0, here.told
            killed.append(here.killed)

    killed: list[int] = []
    await all_of([partial(one, c, b) for c, b in commits()])
    assert sum(killed) >= len(commits()) // 2


async def test_deletions_killed_at_every_commit_end_as_deletions(tmp_path: Path, born: Nursery) -> None:
    async def one(commit: int, before: bool) -> None:
        async with world(tmp_path / f"{commit}-{before}", born, "contacts", rows=ROWS) as here:
            stranger = Colleague(here.simulator, "contacts").create(name="Vreemd", client_reference="v")
            assert (await here.push()).code == 0
            here.simulator.set_faults(weather(commit))
            await here.push("--mode", "delete", commit=commit, before=before)
            last = await here.finish("--mode", "delete")
            assert set(Colleague(here.simulator, "contacts").everything()) == {stranger}, here.told
            assert sum(entry["outcome"] == "created" for entry in here.simulator.log) == ROWS
            judge_deletions(here, last)

    await all_of([partial(one, c, b) for c, b in commits()])


async def test_an_undo_killed_at_every_commit_goes_on_until_all_is_taken_back(tmp_path: Path, born: Nursery) -> None:
    async def one(commit: int, before: bool) -> None:
        async with world(tmp_path / f"{commit}-{before}", born, "contacts", rows=ROWS) as here:
            run = (await here.push()).summary["run_id"]
            here.simulator.set_faults(weather(commit))
            await here.undo(run, commit=commit, before=before)
            await here.undo(run, commit=commit + 1, before=before)
            last = await here.undo(run)
            for _ in range(8):
                if last.code != 75:
                    break
                last = await here.undo(run)
            assert Colleague(here.simulator, "contacts").everything() == {}, here.told
            assert last.code == 0, here.told

    await all_of([partial(one, c, b) for c, b in commits()])


@pytest.mark.parametrize("target", ["customers", "contacts"])
async def test_an_undo_of_updates_killed_at_every_commit_restores_each(
    target: str, tmp_path: Path, born: Nursery
) -> None:
    async def one(commit: int, before: bool) -> None:
        async with world(tmp_path / f"{commit}-{before}", born, target, rows=ROWS) as here:
            await here.push()
            here.edit(city="Ede")
            run = (await here.push()).summary["run_id"]
            await here.undo(run, commit=commit, before=before)
            last = await here.undo(run)
            for _ in range(8):
                if last.code != 75:
                    break
                last = await here.undo(run)
            judge(here, city="Utrecht")
            assert last.code == 0, here.told

    await all_of([partial(one, c, b) for c, b in commits()])
