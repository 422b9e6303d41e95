"""A machine that starts anew with a wrong clock is given no second day: what was spent stays spent."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from etl.budget import Budget, monotonic, open_store
from etl.clock import SystemClock
from etl.errors import BudgetSpent
from tests.budget.world import daily
from tests.support.clock import NOON

LIMIT = 5
DAY = timedelta(days=1)


START, BEGAN = NOON - timedelta(hours=1), time.monotonic()
"""It is eleven o'clock when the tests begin: no midnight is near, whenever they are run."""


def right() -> datetime:
    """The time by a clock that is right."""
    return START + timedelta(seconds=time.monotonic() - BEGAN)


class WrongClock(SystemClock):
    """This machine's clock, set wrong by so much."""

    def __init__(self, by: timedelta) -> None:
        self.by = by

    def now(self) -> datetime:
        return right() + self.by


class Machine:
    """A machine that is started anew for each `calls`, beside a server whose clock is right unless told."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path, self.boot_id = folder / "budgets.db", folder / "boot_id"
        self.boots = 0
        monkeypatch.setattr(monotonic, "BOOT_ID", self.boot_id)

    async def calls(self, clock_by: timedelta, date_by: timedelta | None = timedelta(), boots: bool = True) -> int:
        """How many calls go out until the day is spent."""
        self.boots += boots
        self.boot_id.write_text(f"boot {self.boots}")
        clock = WrongClock(clock_by)
        made = 0
        async with open_store(self.path, clock) as store:
            budget = Budget("key", (daily(LIMIT),), store=store, clock=clock, timezone="UTC")
            try:
                for _ in range(3 * LIMIT):
                    async with budget.call() as slot:
                        made += 1
                        date = None if date_by is None else format_datetime(right() + date_by, usegmt=True)
                        slot.observe(200, {} if date is None else {"Date": date})
            except BudgetSpent:
                pass
            await budget.close()
        return made


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


@pytest.mark.parametrize("ahead", [DAY, 40 * DAY, 1.5 * DAY])
async def test_a_clock_that_is_ahead_gives_no_second_day(ahead: timedelta, machine: Machine) -> None:
    assert await machine.calls(timedelta()) == LIMIT
    assert await machine.calls(ahead) == 1, "the one whose answer tells the time"
    assert await machine.calls(ahead, boots=False) == 0
    assert await machine.calls(2 * ahead) <= 1
    assert await machine.calls(timedelta()) == 0


@pytest.mark.parametrize("behind", [DAY, 40 * DAY, 1.5 * DAY, timedelta(hours=2)])
async def test_a_clock_that_is_behind_goes_on_from_the_last_call(behind: timedelta, machine: Machine) -> None:
    assert await machine.calls(timedelta()) == LIMIT
    assert await machine.calls(-behind) == 0
    async with open_store(machine.path, WrongClock(-behind)) as store:
        assert abs(store.now() - right().timestamp()) < 3_600
    assert await machine.calls(timedelta()) == 0


@pytest.mark.parametrize("date", [-400 * DAY, 400 * DAY])
async def test_a_date_that_cannot_be_right_gives_no_second_day_either(date: timedelta, machine: Machine) -> None:
    assert await machine.calls(timedelta()) == LIMIT
    assert await machine.calls(DAY, date) == 1
    assert await machine.calls(DAY, date, boots=False) == 0


@pytest.mark.parametrize("tells", [True, False])
async def test_a_day_that_has_really_passed_is_a_new_one(tells: bool, machine: Machine) -> None:
    """The server's clock is as far on as ours; where it tells no time, ours is believed."""
    assert await machine.calls(timedelta()) == LIMIT
    assert await machine.calls(DAY, DAY if tells else None) == LIMIT


async def test_what_is_left_of_a_day_stays_left(machine: Machine) -> None:
    assert await machine.calls(timedelta()) == LIMIT
    for _ in range(3):
        assert await machine.calls(timedelta()) == 0, "it was started anew on the same day"
