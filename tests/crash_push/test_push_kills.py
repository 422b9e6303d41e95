"""Pushing under every fault, killed with SIGKILL at each step: each row arrives once, by the server's own log."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from etl.push.dispatch.dispatcher import IN_FLIGHT
from etl.simulator.engine.faults import Action, FaultPlan

from .pusher import Nursery, nursery
from .world import SHOP, TARGETS, come, storm, world

RANDOM_KILLS = int(os.environ.get("PUSH_KILLS", "0"))
"""How many random kills in all; `make test-push-crash` makes it 200."""
AT_ONCE = 10

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def born() -> AsyncIterator[Nursery]:
    async with nursery() as made:
        yield made


async def all_of(works: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """Several worlds at a time: they mostly wait."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(work: Callable[[], Awaitable[None]]) -> None:
        async with gate:
            await work()

    await asyncio.gather(*map(one, works))


class Slow(FaultPlan):
    """Carries out the requests of a method so long after they came; `came` is how many did."""

    def __init__(self, method: str, delay_s: float) -> None:
        super().__init__(None)
        self.method, self.delay_s = method, delay_s
        self.came = 0

    def strike(self, method: str, target: str) -> Action | None:
        if method != self.method:
            return None
        self.came += 1
        return Action(delay_s=self.delay_s)


@pytest.mark.parametrize("target", [*TARGETS, SHOP])
async def test_no_row_is_lost_or_doubled_in_any_storm(target: str, tmp_path: Path, born: Nursery) -> None:
    twins = target != SHOP
    async with world(tmp_path / "w", born, target, rows=40, faults=storm(target, seed=1), twins=twins) as here:
        here.judge(await here.finish())


@pytest.mark.skipif(not RANDOM_KILLS, reason="make test-push-crash runs these: they wait for real seconds")
@pytest.mark.parametrize("target", TARGETS)
async def test_commits_that_come_two_seconds_late_are_waited_for(target: str, tmp_path: Path, born: Nursery) -> None:
    async def one(seed: int) -> None:
        faults = storm(target, seed=seed, share=0.08, late_s=2.0)
        async with world(tmp_path / str(seed), born, target, rows=20, faults=faults, twins=True, settle_s=2.5) as here:
            running = await here.start()
            await asyncio.sleep(random.Random(seed).uniform(0.3, 3.0))
            running.kill()
            await here.ended(running)
            here.judge(await here.finish())

    await all_of([partial(one, s) for s in range(3)])


@pytest.mark.parametrize("target", TARGETS)
async def test_killed_before_and_after_every_commit_of_the_ledger(target: str, tmp_path: Path, born: Nursery) -> None:
    async def one(commit: int, before: bool) -> None:
        faults = storm(target, seed=commit, share=0.03)
        async with world(tmp_path / f"{commit}-{before}", born, target, rows=8, faults=faults) as here:
            await here.push(commit=commit, before=before)
            here.judge(await here.finish())
            killed.append(here.killed)

    killed: list[int] = []
    commits = range(1, 15) if RANDOM_KILLS else (1, 2, 3, 4, 6)
    await all_of([partial(one, c, b) for c in commits for b in (True, False)])
    assert sum(killed) >= len(commits)


@pytest.mark.parametrize("target", TARGETS)
async def test_killed_at_each_step_of_a_call(target: str, tmp_path: Path, born: Nursery) -> None:
    async def one(number: int, method: str, moment: Any) -> None:
        faults = storm(target, seed=number, share=0.03)
        async with world(tmp_path / f"{number}-{method}-{moment}", born, target, rows=8, faults=faults) as here:
            running = None

            def spring() -> None:
                assert running is not None
                running.kill()

            here.trap.set(number, method, moment, spring)
            running = await here.start()
            await here.ended(running)
            here.trap.set(0, "", "before", lambda: None)
            here.judge(await here.finish())
            killed.append(here.killed)

    killed: list[int] = []
    posts = range(1, 10) if RANDOM_KILLS else (1, 8)
    steps = [(n, "POST", m) for n in posts for m in ("before", "sent", "answered")]
    steps += [(n, "GET", m) for n in (1, 2) for m in ("before", "answered")]
    await all_of([partial(one, *step) for step in steps])
    assert sum(killed) >= 6


@pytest.mark.skipif(not RANDOM_KILLS, reason="make test-push-crash runs these")
@pytest.mark.parametrize("target", TARGETS)
async def test_killed_at_random_moments(target: str, tmp_path: Path, born: Nursery) -> None:
    async def one(seed: int) -> None:
        rng = random.Random(seed)
        faults = storm(target, seed=seed)
        async with world(tmp_path / str(seed), born, target, rows=30, faults=faults, twins=True) as here:
            while here.killed < 5:
                running = await here.start()
                await asyncio.sleep(rng.uniform(0.02, 1.2))
                running.kill()
                if (await here.ended(running)).code in (0, 65):
                    break
            here.judge(await here.finish())
            killed.append(here.killed)

    killed: list[int] = []
    seed = 0
    while sum(killed) < RANDOM_KILLS / len(TARGETS):
        await all_of([partial(one, s) for s in range(seed, seed + AT_ONCE)])
        seed += AT_ONCE


async def test_a_second_push_to_the_same_target_ends_with_75_at_once_and_the_lock_frees_itself(
    tmp_path: Path, born: Nursery
) -> None:
    async with world(tmp_path / "w", born, "customers", rows=20) as here:
        slow = Slow("GET", 60.0)
        here.simulator.set_faults(slow)
        first = await here.start()
        await come(lambda: slow.came)
        assert (await here.push()).code == 75
        assert (first.is_running, slow.came, here.simulator.log) == (True, 1, []), "it waited for the first one"
        here.simulator.set_faults(None)
        first.kill()
        await here.ended(first)
        here.judge(await here.finish())


async def test_a_push_that_is_held_up_keeps_its_lock(tmp_path: Path, born: Nursery) -> None:
    async with world(tmp_path / "w", born, "customers", rows=300, latency_s=0.3) as here:
        first = await here.start()
        await come(lambda: here.simulator.log)
        first.kill(signal.SIGSTOP)
        assert (await here.push()).code == 75
        first.kill(signal.SIGCONT)
        here.judge(await here.ended(first))


async def test_sigterm_drains_and_saves_and_the_rest_goes_the_next_time(tmp_path: Path, born: Nursery) -> None:
    async with world(tmp_path / "w", born, "customers", rows=300) as here:
        slow = Slow("POST", 3.0)
        here.simulator.set_faults(slow)
        running = await here.start()
        await come(lambda: slow.came)
        running.kill(signal.SIGTERM)
        ended = await here.ended(running)
        assert ended.code == 143
        outcomes = ended.summary["outcomes"]
        assert outcomes["created"] == len(here.simulator.log) == slow.came > 0
        assert outcomes["created"] <= 2 * IN_FLIGHT, "more than was under way, and had its turn just then"
        assert outcomes["created"] + outcomes["pending"] == 300
        here.simulator.set_faults(None)
        here.judge(await here.finish())


async def test_a_second_sigterm_ends_it_at_once_with_the_ledger_right(tmp_path: Path, born: Nursery) -> None:
    async with world(tmp_path / "w", born, "customers", rows=40) as here:
        slow = Slow("POST", 3.0)
        here.simulator.set_faults(slow)
        running = await here.start()
        await come(lambda: slow.came)
        running.kill(signal.SIGTERM)
        await come(lambda: not running.catches(signal.SIGTERM))
        running.kill(signal.SIGTERM)
        ended = await here.ended(running)
        assert (ended.code, here.simulator.log) == (-15, []), "it waited for an answer"
        here.simulator.set_faults(None)
        await come(lambda: len(here.simulator.log) == slow.came)
        here.judge(await here.finish())


async def test_a_twin_that_was_there_before_the_run_is_not_taken_for_what_it_sent(
    tmp_path: Path, born: Nursery
) -> None:
    async with world(tmp_path / "w", born, "contacten", rows=6) as here:
        assert (await here.push()).code == 0
        theirs = {entry["id"] for entry in here.simulator.log}
        shutil.rmtree(here.folder / ".etl")  # somebody else's from now on
        here.simulator.set_faults([{"method": "POST", "when": {"nth": [2, 5]}, "action": {"drop_before": True}}])
        ended = await here.finish()
        assert ended.code in (0, 65, 78), here.told
        made = {entry["id"] for entry in here.simulator.log} - theirs
        told = here.ids_told_as(ended, "created")
        assert (told, len(made)) == (made, ended.summary.get("outcomes", {}).get("created", 0)), here.told
