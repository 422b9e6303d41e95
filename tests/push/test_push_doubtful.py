"""Flags do not stop at normalise: what is sent although it is invalid or doubtful is told, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from etl.systems.shared.countries import nearest_country

from .conftest import PERSON, Opened, people


def doubtful() -> list[dict[str, Any]]:
    fine, bad = people(2)
    return [fine, {**bad, "coc_number": "1,036041E+06", "vat_number": "4,03E+08"}]


async def test_what_is_sent_though_invalid_is_told_with_its_row_and_counted(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        rows = [{"coc_number": "", "vat_number": "", **row} for row in doubtful()]
        dry = await shop.push(rows, dry_run=True)
        report = await shop.push(rows)
        for one in (dry, report):
            assert one.outcomes == {"created": 2}
            fine, bad = (row["message"] for row in shop.results(one))
            assert fine is None and "coc.invalid" in bad and "vat.invalid" in bad
            assert one.as_dict()["doubtful"] == {"coc.invalid": 1, "vat.invalid": 1}
            assert one.examples["coc.invalid"] == [2]


async def test_strict_sets_doubtful_rows_aside(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        rows = [{"coc_number": "", "vat_number": "", **row} for row in doubtful()]
        report = await shop.push(rows, strict=True)
        assert (report.outcomes, report.exit_code) == ({"created": 1, "rejected": 1}, 65)
        (reject,) = shop.rejects(report)
        assert "coc.invalid" in reject["reason"] and reject["field"] == "coc_number, vat_number"
        mended = [rows[0], {**rows[1], "coc_number": "01036041", "vat_number": ""}]
        assert (await shop.push(mended, strict=True)).outcomes == {"unchanged": 1, "created": 1}


async def test_an_update_that_is_doubtful_is_told_beside_what_it_changes(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        rows = people(1, vat_number="")
        await shop.push(rows)
        changed = [{**rows[0], "vat_number": "nvt", "email": "new@example.nl"}]
        dry = await shop.push(changed, dry_run=True)
        (row,) = shop.results(dry)
        assert dry.outcomes == {"updated": 1} and "new@example.nl" in row["message"]
        if dry.doubtful:
            assert "vat.invalid" in row["message"]


async def test_flags_of_an_export_are_told_as_well(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        own = {"account": "park", "system": "recras", "stream": "contacten", "source_id": "7", "country_code": "NL"}
        row = {**PERSON, **own, "coc_number": "x1", "issues": '["coc.invalid", "country.inferred"]'}
        row.pop("country")
        report = await shop.push(shop.sheet([row]))
        assert report.outcomes == {"created": 1} and report.doubtful == {"coc.invalid": 1}


async def test_what_would_do_is_named_where_something_is_required(shop_of: Opened) -> None:
    async with shop_of("contacts") as shop:
        mapping = shop.folder / "map.toml"
        columns = {name: name for name in PERSON if name != "address_line"} | {"address_line": "Straat en nr"}
        mapping.write_text("[columns]\n" + "".join(f'{ours} = "{theirs}"\n' for ours, theirs in columns.items()))
        rows = [{("Straat en nr" if name == "address_line" else name): value for name, value in people(1)[0].items()}]
        no_address = [{**rows[0], "Straat en nr": ""}]
        options = {"key": "nr", "mapping": mapping}
        report = await shop.push(shop.sheet([*no_address, {**rows[0], "nr": 2}]), **options)
        assert shop.rejects(report)[0]["reason"] == "This is required, and missing: Straat en nr."
        report = await shop.push(shop.sheet([{**rows[0], "nr": 3, "phone": ""}]), **options)
        assert shop.rejects(report)[0]["reason"] == "This is required, and missing: phone or mobile."
        report = await shop.push(shop.sheet([{**rows[0], "nr": 4, "phone": "3,16123E+10"}]), **options)
        (reject,) = shop.rejects(report)
        assert reject["reason"] == "This is required, and what stands there cannot be read: phone or mobile."


@pytest.mark.parametrize("text", ["#N/B", "#N/A", "n/b", "?", "-", "xx", "#NV", "gn"])
def test_nothing_is_suggested_for_what_names_no_country(text: str) -> None:
    assert nearest_country(text) in (None, {"gn": "GN"}.get(text))


@pytest.mark.parametrize(
    ("text", "meant"), [("Nederlnd", "NL"), ("Belgi", "BE"), ("Luxemburgg", "LU"), ("Frnce", "FR")]
)
def test_a_misspelt_country_is_suggested(text: str, meant: str) -> None:
    assert nearest_country(text) == meant
