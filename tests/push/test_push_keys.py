"""A key that a spreadsheet reformatted is the same key, or a stop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from .conftest import Opened, Shop, people

SPELLED = [
    ("00102", "102"),
    ("102", "102.0"),
    ("102", "102,0"),
    ("00102", "1.02E+02"),
    ("00102", "1,02E+02"),
    ("1E5", "1,00E+05"),
    ("31612345678", "3,16123E+10"),
    ("99999995", "1,00E+08"),
    ("8712345678901234", "8712345678901230"),
    ("Ab-7", "AB-7"),
    ("A 12", "A12"),
    ("102", "\u200b102\u00a0"),
    ("00102", "'00102"),
    ("1036041", "1.036.041"),
]


def rows_with(*keys: str, **more: Any) -> list[dict[str, Any]]:
    return [{**row, "nr": key} for row, key in zip(people(len(keys), **more), keys, strict=True)]


def reasons(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [str(row["message"]) for row in rows]


@pytest.mark.parametrize(("known", "spelled"), SPELLED)
async def test_a_key_in_another_spelling_makes_no_second_record(known: str, spelled: str, shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        await shop.push(rows_with(known))
        again = await shop.push(rows_with(spelled))
        assert (again.outcomes, again.exit_code) == ({"rejected": 1}, 65)
        assert len(shop.made) == 1
        (told,) = reasons(shop.results(again))
        assert known in told and "row 1 of run" in told and "--keys" in told
        (reject,) = shop.rejects(again)
        assert (reject["field"], reject["suggestion"]) == ("nr", known)
        assert again.as_dict()["keys"]["set_aside"] == {"rows": 1, "such_as": [1]}


@pytest.mark.parametrize(
    ("one", "other"), [("102", "1020"), ("A102", "102"), ("3161", "3,16123E+10"), ("1-2", "12"), ("10.1", "101")]
)
async def test_a_key_that_is_another_one_goes(one: str, other: str, shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        await shop.push(rows_with(one))
        rows = [{**rows_with(other)[0], "last_name": "De Boer", "email": "b@example.nl", "phone": "0201234568"}]
        assert (await shop.push(rows)).outcomes == {"created": 1}


async def test_a_damaged_key_that_was_sent_stops_the_whole_one(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        await shop.push(rows_with("3,16123E+10"))
        assert (await shop.push(rows_with("31612345678"))).outcomes == {"rejected": 1}


async def test_exact_takes_a_key_as_it_stands(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        await shop.push(rows_with("00102"))
        rows = [{**people(2)[1], "nr": "102"}]
        assert (await shop.push(rows, keys="exact")).outcomes == {"created": 1}
        assert (await shop.push(rows)).outcomes == {"unchanged": 1}, "its very key is known by now"


async def test_repair_takes_the_known_key_everywhere_in_the_row(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        mapping = shop.folder / "map.toml"
        mapping.write_text(
            '[columns]\nlast_name = "last_name"\nemail = "email"\nphone = "phone"\nreference = "lid-{nr}"\n'
        )
        given = {"mapping": mapping, "ignore": ("*",), "key": "nr"}
        await shop.push(shop.sheet(rows_with("00102")), **given)
        again = await shop.push(shop.sheet(rows_with("102")), keys="repair", **given)
        assert again.outcomes == {"unchanged": 1}
        (row,) = shop.results(again)
        assert row["key"] == "00102" and row["message"] == "The key 102 is taken for 00102."
        assert again.as_dict()["keys"]["repaired"] == {"rows": 1, "such_as": [1]}
        changed = await shop.push(shop.sheet(rows_with("102", email="new@example.nl")), keys="repair", **given)
        assert changed.outcomes == {"updated": 1}
        (record,) = shop.log("updated")
        assert record["body"].get("customer_reference") in (None, "lid-00102")


async def test_repair_leaves_a_key_aside_that_may_be_several(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        await shop.push(rows_with("00102", "0102"), keys="exact")
        again = await shop.push(rows_with("102"), keys="repair")
        assert again.outcomes == {"rejected": 1}
        assert "Several known keys" in reasons(shop.results(again))[0]


@pytest.mark.parametrize("keys", [None, "repair"])
async def test_two_keys_of_one_file_that_only_differ_in_spelling_are_one_row(keys: Any, shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        first = await shop.push(rows_with("00102", "102", "103"), keys=keys)
        assert first.outcomes == {"created": 2, "rejected": 1}
        assert shop.results(first)[1]["outcome"] == "rejected"
        assert "row 1" in reasons(shop.results(first))[1]


@pytest.mark.parametrize(("one", "other"), [("Ab-7", "AB-7"), ("00102", "102")])
async def test_two_spellings_that_are_both_known_are_two_rows_and_one_that_is_not_is_a_stop(
    one: str, other: str, shop_of: Opened
) -> None:
    async with shop_of("customers") as shop:
        both = rows_with(one, other)
        assert (await shop.push(both[:1])).outcomes == {"created": 1}
        for rows in (both, both[::-1]):
            stopped = await shop.push(rows)
            assert stopped.outcomes == {"unchanged": 1, "rejected": 1}, "whichever of them stands first"
            (told,) = [row["message"] for row in shop.results(stopped) if row["outcome"] == "rejected"]
            assert f"The key is {other} here and {one} in row 1 of run" in str(told)
        assert (await shop.push(both, keys="exact")).outcomes == {"unchanged": 1, "created": 1}
        for rows in (both, both[::-1], both[1:]):
            again = await shop.push(rows)
            assert (again.outcomes, again.exit_code) == ({"unchanged": len(rows)}, 0)
        assert len(shop.made) == 2


async def test_a_row_that_was_set_aside_is_known_by_its_key(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        bad = {"country": "Nederlnd"}
        assert (await shop.push(rows_with("00102", "00103", **bad))).outcomes == {"rejected": 2}
        assert (await shop.push(rows_with("102", "103"))).outcomes == {"rejected": 2}
        again = await shop.push(rows_with("00102", "00103"))
        assert again.outcomes == {"created": 2}, "the spelling that came first is the right one"
        assert (await shop.push(rows_with("102", "103"), keys="repair")).outcomes == {"unchanged": 2}


async def test_keys_of_another_source_are_other_keys(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        await shop.push(rows_with("00102"))
        rows = [{**people(2)[1], "nr": "102"}]
        assert (await shop.push(rows, source="leden")).outcomes == {"created": 1}


async def test_a_dry_run_says_the_same(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        await shop.push(rows_with("00102"))
        assert (await shop.push(rows_with("102"), dry_run=True)).outcomes == {"rejected": 1}


async def test_the_keys_of_a_large_table_are_compared_at_once(shop_of: Opened) -> None:
    """What is compared is columns: the number of queries does not grow with the rows."""
    async with shop_of("customers") as shop:
        await shop.push(rows_with("00000007"))
        rows = pl.DataFrame({"nr": pl.int_range(40_000, eager=True).cast(pl.String)}).with_columns(last_name="nr")
        file: Path = shop.folder / "leden.csv"
        rows.write_csv(file)
        found = await _keys(shop, file)
        assert found == [8]


async def _keys(shop: Shop, file: Path) -> list[int]:
    from etl.config import settings
    from etl.push.input.rows import read_input
    from etl.push.ownership.alike_keys import by_known_keys
    from etl.push.ownership.open_ledger import ledger_of
    from etl.push.push_order import Order, destination_of
    from etl.runs.workspace import open_state

    loaded = settings.load(shop.config)
    destination = destination_of(loaded, "er.customers")
    data = read_input(Order([file], shop.out, key="nr"), destination)
    with (
        open_state(loaded) as state,
        ledger_of(loaded, state, destination.key, now=shop.clock.now(), touch=False) as ledger,
    ):
        return list(by_known_keys(ledger, data).aside)
