"""Verify and undo: what a run sent is read back and compared, and taken back where nothing changed since."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from etl.config import settings
from etl.errors import UsageError
from etl.push.earlier_runs import destination_of_run
from etl.push.push import Setting
from etl.push.report import PushReport
from etl.push.undo import undo
from etl.push.verify import Verified, verify

from .conftest import Opened, Shop, people


def setting(shop: Shop, run_id: str) -> Setting:
    loaded = settings.load(shop.config)
    return Setting(loaded, destination_of_run(loaded, run_id), shop.out, clock=shop.clock)


async def verified(shop: Shop, report: PushReport) -> Verified:
    return await verify(setting(shop, report.run_id), report.run_id)


async def undone(shop: Shop, report: PushReport) -> PushReport:
    return await undo(setting(shop, report.run_id), report.run_id)


def change(shop: Shop, store: str, entry: dict[str, Any], field: str, value: str) -> None:
    """Somebody changes a record behind our back."""
    record = shop.simulator.stores[store].get(int(entry["id"]))
    assert record is not None
    record.get("Contact", record)[field] = value
    shop.simulator.stores[store].put(int(entry["id"]), record)


@pytest.mark.parametrize("target", ["customers", "contacten", "klanten", "contacts"])
@pytest.mark.parametrize("count", [3, 30])
async def test_what_was_sent_is_there_as_it_was_sent(target: str, count: int, shop_of: Opened) -> None:
    async with shop_of(target) as shop:
        report = await shop.push(people(count))
        found = await verified(shop, report)
        assert (found.exit_code, found.found) == (0, {"equal": count})


async def test_what_changed_since_is_told_field_by_field(shop_of: Opened) -> None:
    async with shop_of("contacts") as shop:
        report = await shop.push(people(4))
        one, two, three, _ = shop.log("created")
        change(shop, "invoicing.contacts", one, "phone", "0123")
        shop.simulator.stores["invoicing.contacts"].remove(int(two["id"]))
        change(shop, "invoicing.contacts", three, "client_reference", "of-another")
        found = await verified(shop, report)
        assert (found.exit_code, found.found) == (65, {"equal": 1, "differs": 1, "missing": 1, "foreign": 1})
        assert found.file is not None
        rows = pl.read_csv(found.file, infer_schema=False).filter(pl.col("finding") == "differs").to_dicts()
        assert [(row["field"], row["found"]) for row in rows] == [("phone", "0123")]


async def test_undo_deletes_what_was_created_unless_it_changed_since(shop_of: Opened) -> None:
    async with shop_of("contacts") as shop:
        report = await shop.push(people(3))
        one, *others = shop.log("created")
        change(shop, "invoicing.contacts", one, "phone", "0123")
        taken = await undone(shop, report)
        assert taken.outcomes == {"deleted": 2, "skipped": 1}
        assert [entry["id"] for entry in shop.log("deleted")] == [entry["id"] for entry in others]
        assert (await shop.push(people(3))).outcomes == {"unchanged": 1, "created": 2}


async def test_undo_restores_the_fields_that_were_changed(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        await shop.push(people(3))
        store = shop.simulator.stores["cyclesoftware.customers"]
        before = [store.get(key) for key in store.ids()]
        report = await shop.push([{**row, "city": "Ede", "email": "x@example.nl"} for row in people(3)])
        assert report.outcomes == {"updated": 3}
        change(shop, "cyclesoftware.customers", shop.log("created")[2], "city", "Urk")
        taken = await undone(shop, report)
        assert taken.outcomes == {"updated": 2, "skipped": 1}
        after = [store.get(key) for key in store.ids()]
        assert after[:2] == before[:2]
        assert after[2]["city"] == "Urk"  # type: ignore[index]


async def test_undo_says_what_it_cannot_take_back(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        report = await shop.push(people(2))
        taken = await undone(shop, report)
        assert taken.outcomes == {"skipped": 2}
        assert {row["message"] for row in shop.results(taken)} == {"The API cannot delete."}


async def test_a_run_that_nobody_knows_is_a_usage_error(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        with pytest.raises(UsageError, match="no push"):
            setting(shop, "20200101T000000Z-abcdef")
