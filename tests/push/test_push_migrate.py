"""Migrating from one account to another, by the command: every row arrives, or is told why not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.simulator import Simulator
from tests.support.accounts import Accounts, make_accounts

SOURCES = ("bikes.customers", "park.contacten", "books.contacts", "shop.customers")
TARGETS = {"bikes": "customers", "park": "contacten", "books": "contacts", "shop": "customers"}
ROWS = 30


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[tuple[Accounts, Simulator]]:
    """The accounts `bikes`, `park`, `books` and `shop` with rows, and `new-bikes` and so on without."""
    free: dict[str, Any] = {"per_minute": None, "per_day": None}
    async with Simulator(rows=ROWS, seed=4, **free) as full, Simulator(rows=0, products=0, **free) as empty:
        accounts = make_accounts(tmp_path, full.base_url)
        text = accounts.config.read_text("utf-8")
        mine = text[: text.index("[state]")].replace("[accounts.", "[accounts.new-")
        mine = mine.replace(full.base_url, empty.base_url).replace("\nbudget", "\nsettle_s = 1\nbudget")
        books = "[accounts.new-books.defaults]\npayment_term_days = 14\n"
        accounts.config.write_text(mine + books + text, "utf-8")
        yield accounts, empty


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("target", TARGETS)
async def test_any_system_to_any_other(source: str, target: str, here: tuple[Accounts, Simulator]) -> None:
    accounts, empty = here
    to = f"new-{target}.{TARGETS[target]}"
    order = ("migrate", source, "--to", to, "--out", str(accounts.out), "--yes")
    tried = await accounts.etl(*order, "--dry-run")
    assert empty.log == []
    asked = empty.stats["requests"]
    ended = await accounts.etl(*order)
    outcomes = ended.summary["outcomes"]
    assert ended.code in (0, 65), ended.told
    assert ended.summary["received"] == sum(outcomes.values()) == ROWS
    assert outcomes["created"] == len(empty.log) > ROWS / 3
    assert outcomes["created"] + outcomes["skipped"] + outcomes["rejected"] == ROWS
    assert tried.summary["outcomes"] == outcomes
    assert tried.summary["forecast"]["calls"] == empty.stats["requests"] - asked
    again = await accounts.etl(*order)
    assert again.summary["outcomes"]["unchanged"] == outcomes["created"]


async def test_what_is_no_active_customer_is_skipped_and_said(here: tuple[Accounts, Simulator]) -> None:
    accounts, empty = here
    order = ("migrate", "park", "--to", "new-bikes.customers", "--out", str(accounts.out), "--yes")
    ended = await accounts.etl(*order)
    results = pl.read_parquet(accounts.out / "results" / f"{ended.summary['run_id']}.parquet")
    skipped = results.filter(pl.col("outcome") == "skipped")
    source = pl.read_parquet(accounts.out / "export" / "contacts" / "park.contacten.parquet")
    assert skipped.height == source.filter((pl.col("kind") != "customer") | ~pl.col("active")).height > 0
    assert skipped["message"].null_count() == 0
    assert "park.producten is left out" in ended.told
    assert len(empty.log) == ended.summary["outcomes"]["created"]
    everything = await accounts.etl(*order, "--kind", "all", "--include-inactive")
    assert everything.summary["outcomes"]["skipped"] == 0


async def test_a_column_that_is_ignored_stays_behind_and_is_not_taken_away_either(
    here: tuple[Accounts, Simulator],
) -> None:
    accounts, empty = here
    order = ("migrate", "park.contacten", "--to", "new-bikes.customers", "--out", str(accounts.out), "--yes")
    await accounts.etl(*order, "--ignore", "City", "--ignore", "kind", "--kind", "all")
    assert empty.log and not any(entry["body"].get("city") for entry in empty.log)
    made = len(empty.log)
    again = await accounts.etl(*order, "--kind", "all")
    named = sum(bool(entry["body"].get("city")) for entry in empty.log[made:])
    assert again.summary["outcomes"]["updated"] == named > 0
    last = await accounts.etl(*order, "--ignore", "city", "--kind", "all")
    assert last.summary["outcomes"]["updated"] == 0


async def test_a_migration_that_misses_its_ledger_can_be_told_to_look_first(here: tuple[Accounts, Simulator]) -> None:
    accounts, empty = here
    order = ("migrate", "park.contacten", "--to", "new-bikes.customers", "--out", str(accounts.out), "--yes")
    first = await accounts.etl(*order)
    (accounts.folder / ".etl" / "ledger.db").unlink()
    made = len(empty.log)
    refused = await accounts.etl(*order)
    assert (refused.code, "--rebuild-ledger" in refused.told) == (78, True)
    ended = await accounts.etl(*order, "--rebuild-ledger")
    assert ended.summary["outcomes"]["unchanged"] == first.summary["outcomes"]["created"] == made > 0
    assert len(empty.log) == made
