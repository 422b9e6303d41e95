"""Rejects that people mended in a spreadsheet, and tables of ours that one saved: the same rows, as they were meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.config import settings
from etl.push.input.rows import read_input
from etl.push.push_order import Order, destination_of

from .conftest import PERSON, Opened, Shop, people

Cells = Callable[[dict[str, str]], dict[str, str]]


def excel(value: str | None) -> str:
    """What a Dutch spreadsheet makes of a cell of a CSV that it opens and saves again."""
    text = value or ""
    if re.fullmatch(r"\+?[0-9]+(\.[0-9]+)?", text):
        number = float(text)
        if len(text.lstrip("+0")) > 11:
            return f"{number:.5E}".replace(".", ",")
        return f"{number:.10g}".replace(".", ",")
    if re.fullmatch(r"[0-9]{1,2}-[0-9]{1,2}", text):
        day, month = text.split("-")
        return f"2026-{int(month):02}-{int(day):02}"
    return {"true": "WAAR", "false": "ONWAAR"}.get(text, text)


def saved(shop: Shop, rejects: Path, edit: Cells = lambda row: {}, name: str = "verbeterd.csv") -> Path:
    """Open, edit and save elsewhere, under another name, with semicolons and in cp1252."""
    rows = pl.read_csv(rejects, infer_schema=False).to_dicts()
    made = [{**{key: excel(value) for key, value in row.items()}, **edit(row)} for row in rows]
    folder = shop.folder / "elsewhere"
    folder.mkdir(exist_ok=True)
    text = pl.DataFrame(made).write_csv(separator=";", line_terminator="\r\n")
    (folder / name).write_bytes(text.encode("cp1252"))
    return folder / name


def leden(**more: str) -> list[dict[str, Any]]:
    given = {"house_number": "12-3", "coc_number": "01036041", "discount_percentage": "7.50", "phone": "0201234567"}
    return [{**people(1, **{**given, **more})[0], "nr": "00102", "country": "Nederlnd"}]


async def test_rejects_mended_in_a_spreadsheet_are_the_same_rows(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        first = await shop.push(leden(email="zoë@example.nl"))
        assert first.outcomes == {"rejected": 1}
        file = saved(shop, first.files["rejects"][0], lambda row: {"country": "Nederland"})
        assert "00102" not in file.read_text("cp1252").replace(f"{first.run_id}", "").split("\n")[1].split(";")[0]
        again = await shop.push(file, key="nr")
        assert again.outcomes == {"created": 1}
        (row,) = shop.results(again)
        assert row["key"] == "00102"
        (made,) = shop.log("created")
        assert "01036041" in made["body"].values()
        right = [{**leden(email="zoë@example.nl")[0], "country": "Nederland"}]
        assert (await shop.push(right)).outcomes == {"unchanged": 1}, "the mended original is the same row"


async def test_a_touched_cell_counts_as_it_was_typed(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        first = await shop.push(leden(coc_number="1036041"))
        edit = {"country": "NL", "coc_number": "01036041", "phone": "06-12345678"}
        again = await shop.push(saved(shop, first.files["rejects"][0], lambda row: edit), key="nr")
        assert again.outcomes == {"created": 1}
        body = shop.log("created")[0]["body"]
        assert "01036041" in body.values() and "+31612345678" in str(body)


async def test_a_row_added_to_rejects_is_read_as_ones_own(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        first = await shop.push(leden())
        rows = pl.read_csv(first.files["rejects"][0], infer_schema=False).to_dicts()
        own = {**dict.fromkeys(rows[0]), **{name: str(value) for name, value in PERSON.items()}, "nr": "7"}
        file = shop.folder / "meer.csv"
        pl.DataFrame(
            [{**rows[0], "country": "NL"}, {**own, "last_name": "De Boer", "email": "b@b.nl", "phone": "0201234599"}]
        ).select(list(rows[0])).write_csv(file)
        assert (await shop.push(file, key="nr")).outcomes == {"created": 2}


async def test_without_the_originals_a_reformatted_key_is_a_stop_and_it_is_told(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        first = await shop.push(leden())
        for kept in (shop.folder / ".etl" / "rejects").iterdir():
            kept.unlink()
        file = saved(shop, first.files["rejects"][0], lambda row: {"country": "NL"})
        given = read_input(
            Order([file], shop.out, key="nr"), destination_of(settings.load(shop.config), "er.customers")
        )
        assert first.run_id in given.notes[0] and "not kept" in given.notes[0]
        again = await shop.push(file, key="nr")
        assert again.outcomes == {"rejected": 1}
        assert "00102" in str(shop.results(again)[0]["message"])


OURS = {
    "account": "bikes", "system": "cyclesoftware", "stream": "customers", "kind": "customer", "last_name": "Mol",
    "address_line": "Dijk 3", "street": "Dijk", "house_number": "3", "postcode": "8011AA", "city": "Zwolle",
    "country_code": "NL", "email": "jan@mol.example.nl", "mobile": "",
}  # fmt: skip


def ours(shop: Shop, *rows: dict[str, str], rejects: bool = False) -> Path:
    file = shop.folder / "mini.csv"
    added = {"reason": "This is required, and missing.", "field": "phone", "suggestion": ""} if rejects else {}
    made = [{**OURS, "source_id": str(9000 + n), **row, **added} for n, row in enumerate(rows)]
    pl.DataFrame(made).write_csv(file)
    return file


@pytest.mark.parametrize("rejects", [True, False])
@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("06-12345678", "+31612345678"),
        ("612345678", "+31612345678"),
        ("31364514982", "+31364514982"),
        ("3232345678", "+3232345678"),
        ("+31364514982", "+31364514982"),
        ("3,16123E+10", None),
        ("tst", None),
    ],
)
async def test_a_phone_that_a_spreadsheet_had_is_read_again_or_set_aside(
    typed: str, sent: str | None, rejects: bool, shop_of: Opened
) -> None:
    async with shop_of("contacts") as shop:
        shop.configure(more="[accounts.er.defaults]\npayment_term_days = 14\n")
        report = await shop.push(ours(shop, {"phone": typed}, rejects=rejects))
        if sent is None:
            assert report.outcomes == {"rejected": 1}
            (reject,) = shop.rejects(report)
            assert (reject["reason"], reject["field"]) == (f"{typed} is not a phone number that can be read.", "phone")
        else:
            assert report.outcomes == {"created": 1}
            body = shop.log("created")[0]["body"]
            assert sent in (body.get("phone"), body.get("mobile"))


async def test_words_and_numbers_of_a_spreadsheet_are_read_in_a_table_of_ours(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        cells = {
            "phone": "+31364514982",
            "is_organisation": "ONWAAR",
            "active": "ONWAAR",
            "discount_percentage": "7,25",
        }
        assert (await shop.push(ours(shop, cells), active_only=True)).outcomes == {"skipped": 1}
        assert (await shop.push(ours(shop, cells))).outcomes == {"created": 1}


async def test_child_rows_that_were_named_are_found_again_or_missed_aloud(shop_of: Opened) -> None:
    async with shop_of("contacten") as shop:
        persons = shop.folder / "persons.csv"
        persons.write_text("source_id,first_name,last_name\n00102,Wim,Bos\n")
        first = await shop.push(leden(), children={"contact_persons": persons})
        assert first.outcomes == {"rejected": 1}
        file = saved(shop, first.files["rejects"][0], lambda row: {"country": "NL"})
        assert (await shop.push(file, key="nr", dry_run=True)).outcomes == {"created": 1}
        destination = destination_of(settings.load(shop.config), "er.contacten")
        given = read_input(Order([file], shop.out, key="nr"), destination)
        assert given.children["contact_persons"]["last_name"].to_list() == ["Bos"]
        persons.unlink()
        given = read_input(Order([file], shop.out, key="nr"), destination)
        assert str(persons) in given.notes[0] and "--with" in given.notes[0]


def of_export(shop: Shop, table: str = "contact_persons") -> Path:
    """A row of an export that is set aside, with a child row beside it."""
    folder = shop.folder / "export"
    for name in ("contacts", table):
        (folder / name).mkdir(parents=True)
    made = ours(shop, {"phone": "tst", "email": ""})
    made.rename(folder / "contacts" / "mini.csv")
    child = {"account": "bikes", "stream": "customers", "source_id": "9000", "first_name": "Wim", "last_name": "Bos"}
    pl.DataFrame([child]).write_csv(folder / table / "mini.csv")
    return folder / "contacts" / "mini.csv"


def notes_of(shop: Shop, file: Path, **options: Any) -> tuple[list[str], dict[str, list[str]]]:
    """What a push of this file says of it, and the last names of the child rows that it finds."""
    order = Order([file], shop.out, **options)
    given = read_input(order, destination_of(settings.load(shop.config), "er.contacten"))
    return list(given.notes), {name: table["last_name"].to_list() for name, table in given.children.items()}


async def test_child_rows_of_an_export_are_found_without_it_or_missed_aloud(shop_of: Opened) -> None:
    async with shop_of("contacten") as shop:
        export = of_export(shop)
        first = await shop.push(export)
        assert first.outcomes == {"rejected": 1}
        file = saved(shop, first.files["rejects"][0], lambda row: {"phone": "0201234567"})
        assert notes_of(shop, file) == ([], {"contact_persons": ["Bos"]})
        export.unlink()
        assert notes_of(shop, file) == ([], {"contact_persons": ["Bos"]}), "they do not lie in the file that is gone"
        export.touch()
        persons = shop.folder / "export" / "contact_persons" / "mini.csv"
        persons.rename(shop.folder / "persons.csv")
        (told,), found = notes_of(shop, file)
        assert (found, "contact_persons" in told, str(persons) in told, "--with" in told) == ({}, True, True, True)
        given = notes_of(shop, file, children={"contact_persons": shop.folder / "persons.csv"})
        assert given == ([], {"contact_persons": ["Bos"]})


async def test_an_export_without_child_rows_misses_none(shop_of: Opened) -> None:
    async with shop_of("contacten") as shop:
        export = of_export(shop)
        (shop.folder / "export" / "contact_persons" / "mini.csv").unlink()
        first = await shop.push(export)
        export.unlink()
        file = saved(shop, first.files["rejects"][0], lambda row: {"phone": "0201234567"})
        assert notes_of(shop, file) == ([], {})


@pytest.mark.parametrize("gone", [True, False])
async def test_originals_that_are_gone_and_such_as_cannot_be_read_are_told_apart(gone: bool, shop_of: Opened) -> None:
    async with shop_of("contacten") as shop:
        persons = shop.folder / "persons.csv"
        persons.write_text("source_id,first_name,last_name\n00102,Wim,Bos\n")
        first = await shop.push(leden(), children={"contact_persons": persons})
        (kept,) = (shop.folder / ".etl" / "rejects").iterdir()
        kept.unlink() if gone else kept.write_bytes(kept.read_bytes()[:-9])
        file = saved(shop, first.files["rejects"][0], lambda row: {"country": "NL"})
        told, children = notes_of(shop, file, key="nr")
        assert [first.run_id in told[0], "not kept" in told[0], "damaged" in told[0]] == [True, gone, not gone]
        assert gone or (str(kept) in told[0] and "backup" in told[0])
        assert ("--with" in told[1], children) == (True, {})
        named, children = notes_of(shop, file, key="nr", children={"contact_persons": persons})
        assert (len(named), children) == (1, {"contact_persons": []}), "the key was changed, and is a stop"
