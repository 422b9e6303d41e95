"""So many calls of an account are under way and no more, of all its processes, until their bodies have come."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.budget import Budget, Memory, Shared, WindowLimit, open_store
from etl.budget.account_state import LATE_S
from etl.clock import SystemClock
from etl.systems import SYSTEMS
from etl.systems.check import faults
from tests.budget.world import HandClock, Mortal, play
from tests.support.limited import declared, paged, system_of, weighty
from tests.support.plugins import CRM
from tests.support.scripted import Answer, Seen, Server
from tests.support.workplace import Project

TERMS = (WindowLimit("60", 60.0, 10_000),)


class Busy:
    """A server that counts what is under way."""

    def __init__(self) -> None:
        self.now = self.most = self.served = 0

    async def serve(self, seconds: float) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.now -= 1
            self.served += 1


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), processes=st.integers(1, 3), at_once=st.integers(1, 5), kills=st.integers(0, 3))
def test_no_more_are_ever_under_way_whoever_dies_and_the_places_of_the_dead_come_free(
    seed: int, processes: int, at_once: int, kills: int
) -> None:
    async def scene() -> Busy:
        clock, rng, server = HandClock(), random.Random(seed), Busy()
        shared = Shared(clock)

        def start() -> tuple[Mortal, list[asyncio.Task[None]]]:
            store = Mortal(shared)
            budget = Budget("key", TERMS, store=store, clock=clock, timezone="UTC", at_once=at_once)
            return store, [asyncio.ensure_future(work(budget)) for _ in range(6)]

        async def work(budget: Budget) -> None:
            while True:
                async with budget.calls(rng.choice([1, 2])) as slots:
                    for slot in slots:
                        await server.serve(rng.uniform(0.1, 0.5))
                        slot.observe(200, {})

        running = [start() for _ in range(processes)]
        for _ in range(kills):
            await asyncio.sleep(rng.uniform(0.1, 2))
            store, tasks = running.pop()
            store.kill()
            for task in tasks:
                task.cancel()
            running.append(start())
        await asyncio.sleep(40)
        for _, tasks in running:
            for task in tasks:
                task.cancel()
        return server

    server = play(scene())
    assert server.most <= at_once
    assert server.served >= 0.7 * at_once * 40 / 0.3, "and the places are used"


def test_a_place_of_the_dead_is_kept_while_what_they_sent_is_on_its_way() -> None:
    async def scene() -> float:
        clock, shared = HandClock(), Shared(HandClock())
        dying = Memory(shared)
        first = Budget("key", TERMS, store=dying, clock=clock, timezone="UTC", at_once=1)
        held = first.call()
        await held.__aenter__()
        dying.kill()
        died = clock.monotonic()
        other = Budget("key", TERMS, store=Memory(shared), clock=clock, timezone="UTC", at_once=1)
        async with other.call() as slot:
            slot.observe(200, {})
            return clock.monotonic() - died

    assert LATE_S <= play(scene()) <= LATE_S + 3


@pytest.fixture(params=["sqlite", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """Where the budgets are kept, of either kind."""
    yield tmp_path / "budgets.db" if request.param == "sqlite" else request.getfixturevalue("redis_url")


async def test_two_stores_share_the_places(place: Path | str) -> None:
    clock, server = SystemClock(), Busy()
    async with open_store(place, clock) as one, open_store(place, clock) as two:
        budgets = [
            Budget("key", TERMS, store=store, clock=clock, timezone="UTC", configuration=str(number), at_once=3)
            for number, store in enumerate((one, two))
        ]

        async def work(budget: Budget) -> None:
            for _ in range(4):
                async with budget.call() as slot:
                    await server.serve(0.02)
                    slot.observe(200, {})

        await asyncio.gather(*(work(budget) for budget in budgets for _ in range(5)))
        for budget in budgets:
            await budget.close()
    assert (server.most, server.served) == (3, 40)


def few(at_once: int) -> str:
    """The system with pages, of whose calls so many may be under way."""
    text = CRM.replace("    MovingWindow,", "    MovingWindow,\n    PageNumber,\n    PageSize,")
    text = text.replace('key="id",', 'key="id", paging=PageNumber("page", size=PageSize("size", 10)),')
    return text.replace('id="crm",', f'id="crm",\n    at_once={at_once},')


@pytest.mark.parametrize("at_once", [1, 2])
def test_an_export_keeps_to_it(at_once: int, project: Project) -> None:
    def answer(seen: Seen) -> Answer:
        return Answer(paged(seen, 60).body, wait_s=0.05)

    with Server(answer) as server:
        declared(project, "MovingWindow(600, seconds=60),", url=server.base_url, text=few(at_once))
        ran = project.etl("export", "--out", "out", "--json")
    assert (ran.code, ran.summary["written"], server.busiest) == (0, 60, at_once)


@pytest.mark.parametrize("at_once", ["0", "-1", "True", "1.5"])
def test_a_number_that_cannot_be_is_refused(at_once: str) -> None:
    text = CRM.replace('id="crm",', f'id="crm",\n    at_once={at_once},')
    assert any("at_once is" in fault for fault in faults(system_of("MovingWindow(5, seconds=60),", text)))


def test_a_declaration_of_every_kind_of_limit_is_sound() -> None:
    assert faults(weighty(SYSTEMS["cyclesoftware"])) == []
