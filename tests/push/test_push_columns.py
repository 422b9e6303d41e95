"""Columns are accounted for: read, ignored on purpose, or told; none is left out in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.config import settings
from etl.errors import UsageError
from etl.push.input.rows import Input, read_input
from etl.push.push_order import Order, destination_of
from etl.simulator import Simulator
from tests.support.accounts import Accounts, make_accounts

from .conftest import Opened, Shop, people

DUTCH = "nr,First name,Achternaam,E-mail,Notes,Leeg\n1,Tim,de Boer,tim@example.nl,,\n2,An,Smit,,belt terug,\n"
MAP = '[columns]\nfirst_name = "First name"\nlast_name = "Achternaam"\n'


def given(shop: Shop, file: Path, **options: Any) -> Input:
    destination = destination_of(settings.load(shop.config), f"er.{shop.target}")
    return read_input(Order(**{"files": [file], "out": shop.out, "key": "nr", **options}), destination)


def written(folder: Path, text: str, name: str = "klanten.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def order(accounts: Accounts, file: Path, *more: str) -> tuple[str, ...]:
    return ("push", str(file), "--to", "bikes.customers", "--key", "nr", "--out", str(accounts.out), "--yes", *more)


async def test_a_column_that_nobody_knows_stops_a_push_before_any_call(tmp_path: Path) -> None:
    async with Simulator(rows=0, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        file = written(tmp_path, DUTCH.replace("Achternaam", "Achternm").replace("E-mail", "E-mial"))
        refused = await accounts.etl(*order(accounts, file))
        assert (refused.code, server.stats["requests"], accounts.out.exists()) == (64, 0, False)
        for wanted in ("Achternm", "E-mial (did you mean email?)", "Notes", "--map", "--ignore Achternm"):
            assert wanted in refused.told
        assert "Leeg" not in refused.told
        assert "First name" not in refused.told
        some = await accounts.etl(*order(accounts, file, "--ignore", "Notes", "--ignore", "e-mial"))
        assert (some.code, "Achternm" in some.told, "Notes" in some.told) == (64, True, False)
        every = await accounts.etl(*order(accounts, file, "--ignore", "*"))
        assert (every.code, every.summary["outcomes"]["created"]) == (0, 2), every.told
        assert (every.summary["unread"], every.summary["orphans"]) == ({}, {})


async def test_what_a_map_neither_uses_nor_ignores_is_told_with_its_rows(tmp_path: Path) -> None:
    async with Simulator(rows=0, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        file, mapping = written(tmp_path, DUTCH), written(tmp_path, MAP, "map.toml")
        told = await accounts.etl(*order(accounts, file, "--map", str(mapping)))
        assert (told.code, told.summary["outcomes"]["created"]) == (0, 2), told.told
        assert told.summary["unread"] == {"E-mail": 1, "Notes": 1}
        assert "Not read: E-mail (1 rows), Notes (1 rows)" in told.told
        mapping.write_text(f'ignore = ["Notes"]\n{MAP}', "utf-8")
        less = await accounts.etl(*order(accounts, file, "--map", str(mapping)))
        assert less.summary["unread"] == {"E-mail": 1}
        none = await accounts.etl(*order(accounts, file, "--map", str(mapping), "--ignore", "E-mail"))
        assert (none.summary["unread"], "Not read" in none.told) == ({}, False)


@pytest.mark.parametrize(
    ("mapping", "ignore", "wanted"),
    [
        (MAP, ["Achternaam"], "uses the column Achternaam"),
        (f'ignore = ["Nots"]\n{MAP}', [], "Did you mean Notes"),
        (f'ignore = "Notes"\n{MAP}', [], "list of columns"),
        (f'{MAP}ignore = "Notes"\n', [], "above"),
        (f'{MAP}[other]\na = "b"\n', [], "nothing else"),
        (None, ["Nots"], "--ignore Nots.*Did you mean Notes"),
        (None, ["nowhere to be found"], "There are nr, First name"),
    ],
)
async def test_an_ignored_column_that_is_none_is_told(
    mapping: str | None, ignore: list[str], wanted: str, shop_of: Opened
) -> None:
    async with shop_of("customers") as shop:
        file = written(shop.folder, DUTCH)
        path = None if mapping is None else written(shop.folder, mapping, "map.toml")
        with pytest.raises(UsageError, match=wanted):
            given(shop, file, mapping=path, ignore=[*ignore, *(["*"] if path is None else [])])


async def test_a_known_column_may_be_left_out_too(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        await shop.push(people(2), ignore=["Email"])
        assert not any(entry["body"].get("email") for entry in shop.log("created"))
        assert "email" not in given(shop, shop.sheet(people(1)), ignore=["email"]).columns


async def test_a_column_that_stands_there_twice_is_refused(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        file = written(shop.folder, "nr,Last name,last_name\n1,Jansen,Bakker\n")
        with pytest.raises(UsageError, match="last_name twice"):
            given(shop, file)


async def test_a_part_of_an_address_that_nothing_reads_is_told(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        text = "nr,last_name,street,house_number,Box,Issues\n1,Peeters,Markt,12,3,klaagt vaak\n"
        with pytest.raises(UsageError, match="not known: Issues"):
            given(shop, written(shop.folder, text))
        read = given(shop, written(shop.folder, text), ignore=["issues"])
        assert (read.unread, read.frame["box"].to_list()) == ({}, ["3"])


async def test_what_only_the_key_counts_for_needs_no_known_columns(shop_of: Opened) -> None:
    async with shop_of("contacts") as shop:
        await shop.push(people(2))
        gone = await shop.push(written(shop.folder, "nr,Reden\n1,verhuisd\n"), mode="delete", key="nr")
        assert gone.outcomes == {"deleted": 1}


async def test_the_rejects_of_a_table_go_again_with_the_columns_that_were_ignored(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        rows = [{**row, "Notes": "x"} for row in people(2)]
        rows[1]["country"] = "Nederlnd"
        report = await shop.push(rows, ignore=["Notes"])
        assert report.outcomes == {"created": 1, "rejected": 1}
        path = shop.out / "rejects" / f"{report.run_id}.csv"
        pl.read_csv(path, infer_schema=False).with_columns(country=pl.lit("NL")).write_csv(path)
        assert (await shop.push(path, key="nr")).outcomes == {"created": 1}


async def test_an_export_with_a_column_more_goes_and_is_told(shop_of: Opened, tmp_path: Path) -> None:
    async with Simulator(rows=5, seed=5, per_minute=None, per_day=None) as source:
        accounts = make_accounts(tmp_path / "source", source.base_url)
        await accounts.export("bikes.customers")
    file = accounts.out / "contacts" / "bikes.customers.parquet"
    frame = pl.read_parquet(file)
    frame.with_columns(Notes=pl.lit("x")).write_parquet(file)
    async with shop_of("customers") as shop:
        read = given(shop, file, key=None)
        assert read.unread == {"Notes": 5}
        assert read.columns == frozenset(frame.columns)
        assert given(shop, file, key=None, ignore=["Notes"]).unread == {}
        with pytest.raises(UsageError, match="source_id"):
            given(shop, file, key=None, ignore=["source_id"])


async def test_the_input_says_which_of_our_columns_stand_in_it(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        file = written(shop.folder, "nr,Phone,Address line,Country\n1,020 1234567,Dorpsstraat 12,NL\n")
        address = {"address_line", "street", "house_number", "house_number_postfix", "box", "address_extra"}
        assert given(shop, file).columns == {"phone", "country_code", *address}
        mapping = written(shop.folder, '[columns]\nlast_name = "Phone"\n', "map.toml")
        assert given(shop, file, mapping=mapping).columns == {"last_name", "insertion"}


async def test_a_map_of_constants_holds_for_every_row(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        mapping = written(shop.folder, '[columns]\nlast_name = { value = "Onbekend" }\n', "map.toml")
        read = given(shop, written(shop.folder, "nr\n1\n2\n"), mapping=mapping)
        assert read.frame["last_name"].to_list() == ["Onbekend", "Onbekend"]


async def test_what_a_map_says_for_a_blank_holds_and_the_same_word_of_a_cell_of_another_column_does_not(
    shop_of: Opened,
) -> None:
    async with shop_of("customers") as shop:
        text = '[columns]\nlast_name = { column = "wie", default = "Onbekend" }\ncity = "waar"\n'
        file = written(shop.folder, "nr,wie,waar\n1,,Onbekend\n2,Bos,Delft\n")
        read = given(shop, file, mapping=written(shop.folder, text, "map.toml"))
        assert read.frame["last_name"].to_list() == ["Onbekend", "Bos"]
        assert read.frame["city"].to_list() == [None, "Delft"]
