"""Told before the first call: what is left behind by column, in how many rows, and in which ones first."""

from __future__ import annotations

from pathlib import Path

from etl.config import settings
from etl.push.input.rows import read_input
from etl.push.prepare.losses import Survey, survey
from etl.push.push_order import Order, destination_of

from .conftest import Opened, people


async def surveyed(shop_of: Opened, target: str, count: int) -> Survey:
    async with shop_of(target) as shop:
        rows = people(count, gender="male")
        rows[0]["gender"] = ""
        rows[-1]["website"] = "example.nl"
        order = Order([shop.sheet(rows)], Path(shop.out), key="nr")
        destination = destination_of(settings.load(shop.config), f"er.{shop.target}")
        return survey(read_input(order, destination))


async def test_columns_are_counted_and_told_with_the_lines_of_three_rows(shop_of: Opened) -> None:
    found = await surveyed(shop_of, "customers", 6)
    assert (found.rows, found.refused) == (6, 0)
    assert (found.lost["contacts.gender"], found.examples["contacts.gender"]) == (5, [2, 3, 4])
    assert (found.lost["contacts.website"], found.examples["contacts.website"]) == (1, [6])
    assert found.examples.keys() == found.lost.keys()


async def test_what_is_filled_in_is_counted(shop_of: Opened) -> None:
    found = await surveyed(shop_of, "contacts", 3)
    assert found.filled["group"] == found.filled["client_reference"] == 3
