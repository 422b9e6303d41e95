"""What ran: dry runs are told from others, and a run says what came of it and where."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from etl.simulator import Simulator
from tests.push.conftest import people
from tests.push.test_push_command import order, printed, sheet
from tests.support.accounts import Accounts, make_accounts


@pytest.fixture
async def accounts(tmp_path: Path) -> AsyncIterator[Accounts]:
    async with Simulator(rows=0, products=0, per_minute=None, per_day=None) as server:
        yield make_accounts(tmp_path, server.base_url)


async def test_dry_runs_are_marked_and_a_run_says_where_its_results_are(accounts: Accounts) -> None:
    file = sheet(accounts.folder, people(2))
    dry = await accounts.etl(*order(accounts, file, "books.contacts", "--dry-run"))
    done = await accounts.etl(*order(accounts, file, "books.contacts"))
    undone = await accounts.etl("undo", done.summary["run_id"], "--out", str(accounts.out), "--dry-run")
    listed = (await accounts.etl("status")).summary["runs"]
    told = {run["run_id"]: run["dry_run"] for run in listed}
    assert told == {dry.summary["run_id"]: True, done.summary["run_id"]: False, undone.summary["run_id"]: True}
    code, shown = await printed(accounts, "status", columns=120)
    assert code == 0
    assert re.search(rf"{dry.summary['run_id']}\s+push \(dry run\)", shown)
    assert re.search(rf"{undone.summary['run_id']}\s+undo \(dry run\)", shown)
    assert re.search(rf"{done.summary['run_id']}\s+push\s+2 created", shown)
    one = (await accounts.etl("status", done.summary["run_id"])).summary
    assert one["outcomes"]["created"] == 2
    assert Path(one["tables"]["results"]["files"][0]).exists()
