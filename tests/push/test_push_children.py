"""Child tables: all that belong to the rows are read, and rows that belong to nobody are told."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.config import settings
from etl.errors import UsageError
from etl.push.input.rows import Input, read_input
from etl.push.push_order import Order, destination_of
from etl.simulator import Simulator
from tests.support.accounts import make_accounts

from .conftest import Opened, Shop, people
from .test_push_columns import order, written

PERSONS = "nr,first_name,main_contact\n1,Jan,true\n1,Piet,false\n7,Kees,true\n8,Els,true\n"
TABLES = {
    "park.contacten": ("contacts", {"contact_persons", "phone_numbers"}),
    "park.producten": ("products", {"product_prices", "product_materials", "product_locations"}),
}


def given(shop: Shop, *files: Path, **options: Any) -> Input:
    destination = destination_of(settings.load(shop.config), f"er.{shop.target}")
    return read_input(Order(**{"files": files, "out": shop.out, **options}), destination)


@pytest.mark.parametrize(("source", "target"), [("park.contacten", "customers"), ("park.producten", "producten")])
async def test_every_child_table_is_handed_over_row_by_row(
    source: str, target: str, shop_of: Opened, tmp_path: Path
) -> None:
    async with Simulator(rows=300, products=300, seed=5, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path / "source", server.base_url)
        await accounts.export(source)
    main, tables = TABLES[source]
    async with shop_of(target) as shop:
        read = given(shop, accounts.out / main / f"{source}.parquet")
        assert (set(read.children), read.orphans) == (tables, {})
        found = {table: Counter[str]() for table in tables}
        for one in (one for part in read.slices() for one in part):
            for table, rows in one.row.children.items():
                assert {row["source_id"] for row in rows} == {one.source.key}
                found[table][one.source.key] += len(rows)
        for table in tables:
            there = pl.read_parquet(accounts.out / table / f"{source}.parquet")
            assert found[table] == Counter(there["source_id"].to_list())
        assert sum(len(part) for part in given(shop, accounts.out / main / f"{source}.parquet", limit=3).slices()) == 3


async def test_what_an_export_has_beside_it_and_belongs_to_none_of_its_rows_is_counted(
    shop_of: Opened, tmp_path: Path
) -> None:
    async with Simulator(rows=20, seed=5, per_minute=None, per_day=None) as source:
        accounts = make_accounts(tmp_path / "source", source.base_url)
        await accounts.export("park.contacten")
    file = accounts.out / "contacts" / "park.contacten.parquet"
    persons = pl.read_parquet(accounts.out / "contact_persons" / "park.contacten.parquet")
    whose = persons["source_id"][0]
    pl.read_parquet(file).filter(pl.col("source_id") != whose).write_parquet(file)
    async with shop_of("contacten") as shop:
        lost = persons.filter(pl.col("source_id") == whose).height
        assert given(shop, file).orphans["contact_persons"] == lost
        assert given(shop, file, limit=1).orphans["contact_persons"] == lost


async def test_persons_of_nobody_are_told_before_the_first_call(tmp_path: Path) -> None:
    async with Simulator(rows=0, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        columns = list(people(1)[0])
        text = "\n".join([",".join(columns), *(",".join(str(row[name]) for name in columns) for row in people(2))])
        file, persons = written(tmp_path, text), written(tmp_path, PERSONS, "persons.csv")
        more = ("--with", f"contact_persons={persons}", "--dry-run")
        told = await accounts.etl(*order(accounts, file, *more))
        assert told.code == 0, told.told
        assert told.summary["orphans"] == {"contact_persons": 2}
        assert "contact_persons: 2 rows belong to no row of the input" in told.told


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("contact_person", "contact_persons, phone_numbers"),
        ("product_prices", "contact_persons, phone_numbers"),
        ("contacts", "contact_persons, phone_numbers"),
    ],
)
async def test_a_table_that_is_no_child_is_refused_with_those_that_are(
    given: str, wanted: str, shop_of: Opened
) -> None:
    async with shop_of("customers") as shop:
        with pytest.raises(UsageError, match=wanted):
            await shop.push(people(1), children={given: written(shop.folder, PERSONS, "persons.csv")})
        assert shop.simulator.stats["requests"] == 0


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("nr,first_name,Achternm\n1,Jan,Bos\n", "Achternm"),
        ("nr,first_name\n1,Jan\n1,Piet,one too many\n", "row 2 has more fields"),
        ("who,first_name\n1,Jan\n", "source_id"),
    ],
)
async def test_a_child_table_is_held_to_the_same(text: str, wanted: str, shop_of: Opened) -> None:
    async with shop_of("contacten") as shop:
        persons = {"contact_persons": written(shop.folder, text, "persons.csv")}
        with pytest.raises(UsageError, match=wanted):
            await shop.push(people(1), children=persons)
        if wanted == "Achternaam":
            assert (await shop.push(people(1), children=persons, ignore=["achternaam"])).outcomes == {"created": 1}


async def test_headers_of_a_child_table_are_read_as_those_of_its_rows(shop_of: Opened) -> None:
    async with shop_of("contacten") as shop:
        persons = written(shop.folder, "nr;First name;Main-contact\n1;Jan;true\n", "persons.csv")
        await shop.push(people(1), children={"contact_persons": persons})
        assert [person["voornaam"] for person in shop.log("created")[0]["body"]["contactpersonen"]] == ["Jan"]


async def test_a_child_table_named_twice_is_refused(tmp_path: Path) -> None:
    accounts = make_accounts(tmp_path, "http://127.0.0.1:1")
    twice = ("--with", "contact_persons=a.csv", "--with", "contact_persons=b.csv")
    refused = await accounts.etl(*order(accounts, tmp_path / "klanten.csv", *twice))
    assert (refused.code, "given twice" in refused.told) == (64, True)
