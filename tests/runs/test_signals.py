"""A signal ends every command that runs at a target with its code, and nothing is lost by it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from etl.simulator import Simulator
from tests.support.accounts import ETL, Accounts, make_accounts

ROWS = 150


@dataclass
class Shops:
    """`bikes` at a shop that is full, `new-books` at one that is empty; both take their time."""

    accounts: Accounts
    full: Simulator
    empty: Simulator

    @property
    def migration(self) -> tuple[str, ...]:
        return ("migrate", "bikes", "--to", "new-books.contacts", "--out", str(self.accounts.out), "--yes")

    async def signalled(
        self, number: signal.Signals, when: Callable[[], bool], *arguments: str
    ) -> tuple[int, dict[str, Any] | None]:
        """A command that gets a signal when that is so: its exit code, and its summary where it told one."""
        process = await asyncio.create_subprocess_exec(
            str(ETL), *arguments, "--config", str(self.accounts.config), "--json",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=dict(os.environ),
        )  # fmt: skip
        while not when():
            assert process.returncode is None, "it ended too soon"
            await asyncio.sleep(0.01)
        process.send_signal(number)
        out, told = await process.communicate()
        assert b"Traceback" not in told
        assert process.returncode is not None
        return process.returncode, json.loads(out.splitlines()[-1]) if out else None


@pytest.fixture
async def shops(tmp_path: Path) -> AsyncIterator[Shops]:
    options: dict[str, Any] = {"per_minute": None, "per_day": None, "products": 0, "latency_s": 0.15}
    async with (
        Simulator(rows=ROWS, page_size=15, seed=4, **options) as full,
        Simulator(rows=0, **options) as empty,
    ):
        accounts = make_accounts(tmp_path, full.base_url)
        text = accounts.config.read_text("utf-8")
        mine = text[: text.index("[state]")].replace("[accounts.", "[accounts.new-")
        mine = mine.replace("base_url", "settle_s = 0.5\nbase_url")
        defaults = "[accounts.new-books.defaults]\npayment_term_days = 14\n"
        accounts.config.write_text(mine.replace(full.base_url, empty.base_url) + defaults + text, "utf-8")
        yield Shops(accounts, full, empty)


async def test_a_migration_that_is_stopped_while_it_exports_writes_nothing(shops: Shops) -> None:
    ended, summary = await shops.signalled(signal.SIGTERM, lambda: shops.full.stats["requests"] >= 2, *shops.migration)
    assert (ended, summary, shops.empty.log) == (143, None, [])
    (file,) = (shops.accounts.out / "export" / "runs").glob("*.json")
    kept = json.loads(file.read_text("utf-8"))
    assert (kept["command"], kept["exit_code"]) == ("export", 143)


async def test_a_migration_that_is_stopped_while_it_pushes_says_what_is_left(shops: Shops) -> None:
    ended, summary = await shops.signalled(signal.SIGINT, lambda: len(shops.empty.log) >= 2, *shops.migration)
    assert summary is not None
    outcomes, made = summary["outcomes"], len(shops.empty.log)
    assert (ended, summary["exit_code"], summary["command"]) == (130, 130, "migrate")
    assert (outcomes["created"] + outcomes["unknown"], outcomes["pending"] > 0) == (made, True), outcomes
    again = await shops.accounts.etl(*shops.migration)
    assert (again.summary["outcomes"]["pending"], again.summary["outcomes"]["unknown"]) == (0, 0)
    assert len(shops.empty.log) == made + outcomes["pending"], "what was made is not made again"


async def test_an_undo_and_a_verification_that_are_stopped_go_on_when_they_are_called_again(shops: Shops) -> None:
    migrated = await shops.accounts.etl(*shops.migration)
    made, run_id = migrated.summary["outcomes"]["created"], migrated.summary["run_id"]
    out = ("--out", str(shops.accounts.out))
    asked = shops.empty.stats["requests"]
    ended = await shops.signalled(signal.SIGTERM, lambda: shops.empty.stats["requests"] > asked, "verify", run_id, *out)
    assert ended == (143, None)
    undo = ("undo", run_id, *out, "--yes")
    code, summary = await shops.signalled(signal.SIGTERM, lambda: len(shops.empty.log) >= made + 2, *undo)
    assert summary is not None
    assert (code, summary["exit_code"], summary["command"]) == (143, 143, "undo")
    assert 0 < summary["outcomes"]["deleted"] < made
    again = await shops.accounts.etl(*undo)
    assert again.summary["outcomes"]["deleted"] == made
    assert len(shops.empty.log) == 2 * made, "what was deleted is not deleted again"
