"""Budgets that were lost give no second day of calls for what the journal knows."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from etl.runs.report import TablesReport
from etl.runs.workspace import budgets
from tests.support.clock import NOON, QuickClock
from tests.support.scripted import Server, customer, shop_of
from tests.support.workplace import BIKES, Project

PER_DAY = 8


def begin(project: Project, server: Server) -> None:
    project.configure(f"{BIKES}\n[accounts.bikes.budget]\nper_day = {PER_DAY}\n", server.base_url)
    server.script = shop_of([customer(number) for number in range(1, 7)], 2)


async def export(project: Project, minutes: float) -> TablesReport:
    return await project.export("bikes", clock=QuickClock(NOON + timedelta(minutes=minutes)), full=True)


def lose(project: Project) -> Path:
    lost = Path(project.settings().state.budgets)
    for path in lost.parent.glob(f"{lost.name}*"):
        if path.is_file():
            path.unlink()
    return lost


async def test_lost_budgets_count_what_is_known_of_today_and_say_so(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    with Server([]) as server:
        begin(project, server)
        assert (await export(project, 0)).exit_code == 0
        first = len(server.seen)
        assert first < PER_DAY < 2 * first
        lost = lose(project)
        report = await export(project, 5)
        assert (report.exit_code, report.status) == (75, "parked")
        assert len(server.seen) <= PER_DAY
        told = [one.getMessage() for one in caplog.records if str(lost) in one.getMessage()]
        assert len(told) == 1
        assert f"{first} of today are known" in told[0]
        assert (await export(project, 24 * 60)).exit_code == 0, "the next day is a new one"


async def test_a_budget_of_the_day_before_and_one_that_is_there_are_not_counted_again(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    with Server([]) as server:
        begin(project, server)
        assert (await export(project, 0)).exit_code == 0
        lose(project)
        assert (await export(project, 24 * 60)).exit_code == 0
        assert (await export(project, 48 * 60)).exit_code == 0
        assert not [one for one in caplog.records if "of today are known" in one.getMessage()]


async def test_another_credential_has_lost_nothing(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    with Server([]) as server:
        begin(project, server)
        assert (await export(project, 0)).exit_code == 0
        text = project.config.read_text()
        project.config.write_text(re.sub('password = ".*"', 'password = "another"', text))
        assert (await export(project, 5)).exit_code == 0
        assert not [one for one in caplog.records if "of today are known" in one.getMessage()]


async def test_a_status_after_budgets_were_lost_tells_what_is_left_at_most(project: Project) -> None:
    with Server([]) as server:
        begin(project, server)
        assert (await export(project, 0)).exit_code == 0
        before = str((await budgets(project.settings(), clock=QuickClock(NOON + timedelta(minutes=5))))["bikes"])
        lose(project)
        after = str((await budgets(project.settings(), clock=QuickClock(NOON + timedelta(minutes=5))))["bikes"])
        assert after == before
