"""Ten ways of people with a spreadsheet: no customer twice, nothing damaged, nothing said that is not so."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.support.spreadsheet import BOM, Spreadsheet

from .conftest import Owner


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
async def test_rejects_that_are_mended_in_a_spreadsheet_are_the_same_rows(owner: Owner, suffix: str) -> None:
    first = await owner.push_members(owner.members())
    assert (first.code, first.summary["outcomes"]["created"], first.summary["outcomes"]["rejected"]) == (65, 2, 2)
    sheet = Spreadsheet.open(owner.rejects(first))
    for name in ("Maas", "Kok"):
        sheet.edit("Land", "Nederland", where="Achternaam", has=name)
    mended = await owner.push_members(sheet.save(owner.folder / f"verbeterd.{suffix}"))
    assert (mended.code, mended.summary["outcomes"]["created"]) == (0, 2), mended.told
    whole = await owner.push_members(owner.members(country="Nederland"))
    assert (whole.code, whole.summary["outcomes"]["created"], len(owner.customers())) == (0, 0, 4), whole.told


async def test_what_was_typed_into_a_rejects_file_is_proved_like_a_users_own(owner: Owner) -> None:
    first = await owner.push_members(owner.members())
    sheet = Spreadsheet.open(owner.rejects(first))
    for name, phone in (("Maas", "+31612345678"), ("Kok", "tst")):
        sheet.edit("Land", "Nederland", where="Achternaam", has=name)
        sheet.edit("Telefoon", phone, where="Achternaam", has=name)
    await owner.push_members(sheet.save(owner.folder / "verbeterd.csv"))
    typed = [record for record in owner.customers() if record["name"] in ("Maas", "Kok")]
    texts = [text for record in typed for text in str(record).split("'") if text == "tst" or "612345678" in text]
    assert (len(typed), texts) == (2, ["+31612345678"])


async def exported(owner: Owner) -> Path:
    """An export as CSV of what another account holds, as this owner gets it to see."""
    await owner.push_members(owner.members(country="Nederland"))
    ran = await owner.accounts.etl("export", "bikes", "--format", "csv", "--out", str(owner.accounts.out))
    assert ran.code == 0, ran.told
    return owner.accounts.out / "contacts" / "bikes.customers.csv"


async def saved(owner: Owner, name: str = "klanten.csv") -> Path:
    """That export as a spreadsheet gives it back: without the plus of its phones."""
    text = (await exported(owner)).read_text("utf-8-sig")
    semicolons = owner.folder / "open.csv"
    pl.read_csv(text.encode(), infer_schema=False).write_csv(semicolons, separator=";", include_bom=True)
    return Spreadsheet.open(semicolons).save(owner.folder / name)


@pytest.mark.parametrize("to", ["park.contacten", "books.contacts"])
async def test_an_export_that_a_spreadsheet_saved_still_has_its_phones(owner: Owner, to: str) -> None:
    file = await saved(owner)
    assert "31384211999" in file.read_text("cp1252")
    assert "+31384211999" not in file.read_text("cp1252")
    await owner.push(file, to=to)
    store = {"park.contacten": "recras.contacten", "books.contacts": "invoicing.contacts"}[to]
    sent = str(owner.customers(store))
    assert "+31384211999" in sent
    assert "'31384211999'" not in sent


async def test_verify_sees_what_a_spreadsheet_took_away_and_the_right_file_puts_it_back(owner: Owner) -> None:
    header = "nr;name;last_name;phone;country;coc_number;city\n"
    right = owner.write("goed.csv", f"{header}1;An Bos;Bos;0612345678;NL;01036041;Delft\n")
    ran = await owner.push(right, key="nr")
    assert (ran.code, ran.summary["outcomes"]["created"]) == (0, 1), ran.told
    store = owner.server.stores["cyclesoftware.customers"]
    (key,) = store.ids()
    record = store.get(key)
    assert record is not None
    assert record["coc_number"] == "01036041"
    store.put(key, {**record, "coc_number": "1036041"})
    seen = await owner.accounts.etl("verify", ran.summary["run_id"], "--out", str(owner.accounts.out))
    assert (seen.code, seen.summary["findings"]["differs"]) == (65, 1), seen.told


async def test_rows_that_were_quoted_whole_are_unwrapped(owner: Owner) -> None:
    owner.members()
    rows = [row.replace("Nederlnd", "Nederland").replace("12,50", "12.50") for row in MEMBERS_BY_COMMA]
    file = owner.write("kolom_a.csv", "\r\n".join(rows) + "\r\n", "cp1252")
    ran = await owner.push_members(file)
    assert (ran.code, ran.summary["outcomes"]["created"]) == (0, 2), ran.told
    assert len(owner.customers()) == 2


MEMBERS_BY_COMMA = (
    "Lidnr,Voornaam,Achternaam,Straat en nr,PC,Woonplaats,Land,Telefoon,E-mail,Korting,Opmerking",
    '"00301,Ria,van der Veen,""Dijk 3, achter"",8011 AA,Zwolle,Nederland,038-4211999,ria@example.nl,""5,00"",x"',
    "00302,Tom,Maas,Kade 12-3,8011 AB,Zwolle,Nederland,06-12345678,tom@example.nl,12,x",
)


async def test_a_rejects_file_opens_right_and_runs_nothing(owner: Owner) -> None:
    path = owner.rejects(await owner.push_members(owner.members()))
    assert path.read_bytes().startswith(BOM)
    sheet = Spreadsheet.open(path)
    assert sheet.header[:4] == ["Lidnr", "Voornaam", "Achternaam", "Straat en nr"]
    cells = dict(zip(sheet.header, sheet.row(lambda row: row["Achternaam"] == "Kok"), strict=False))
    assert str(cells["Opmerking"]).lstrip("'") == "=1+1"


BAD = """nr;name;last_name;email;phone;address_line;postcode;city;country;coc_number;vat_number
1;Jan Mol;Mol;mol@example.nl;3,16123E+10;Dijk 3;8011AA;Zwolle;NL;1,036041E+06;4,03E+08
2;Jan Bos;Bos;bos@example.nl;612345678;Dijk 4;8011AA;Zwolle;NL;01036041;nvt
;;;;;;;;;;
3;#N/B;#N/B;#N/B;#N/B;#N/B;#N/B;#N/B;#N/B;#N/B;#N/B
;;;;;;;;;;
"""


async def test_what_is_doubtful_is_told_by_row_and_not_sent_as_it_stands(owner: Owner) -> None:
    ran = await owner.push(owner.write("slecht.csv", BAD), key="nr")
    sent = str(owner.customers())
    assert not [text for text in ("E+", "nvt", "#N/B") if text in sent]
    results = pl.read_parquet(owner.accounts.out / "results" / f"{ran.summary['run_id']}.parquet")
    told = dict(zip(results["key"], results["message"], strict=True))
    assert all(flag in (told["1"] or "") for flag in ("phone.invalid", "coc.invalid", "vat.invalid")), told
    assert "vat.invalid" in (told["2"] or "")
    assert ran.summary["doubtful"] == {"coc.invalid": 1, "phone.invalid": 1, "vat.invalid": 2}
    assert (ran.code, ran.summary["outcomes"]["rejected"]) == (65, 1)


async def test_a_strict_push_sets_them_aside(owner: Owner) -> None:
    ran = await owner.accounts.etl(
        *("push", str(owner.write("slecht.csv", BAD)), "--to", "bikes.customers", "--key", "nr", "--yes", "--strict"),
        *("--out", str(owner.accounts.out)),
    )
    assert (ran.code, ran.summary["outcomes"]["created"], ran.summary["outcomes"]["rejected"]) == (65, 0, 3), ran.told
    assert owner.customers() == []


async def test_rows_of_separators_alone_are_passed_over(owner: Owner) -> None:
    rows = BAD.splitlines()
    ran = await owner.push(owner.write("leeg.csv", "\n".join([rows[0], rows[2], rows[3], rows[5]])), key="nr")
    assert (ran.code, ran.summary["received"]) == (0, 1), ran.told


async def test_no_country_is_guessed_for_an_error_of_a_spreadsheet(owner: Owner) -> None:
    ran = await owner.push(owner.write("slecht.csv", BAD), key="nr", dry_run="")
    rejects = owner.rejects(ran).read_text("utf-8-sig")
    assert "GW" not in rejects
    assert "NA" not in {str(record.get("country") or record.get("land")) for record in owner.customers()}


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
async def test_a_normalised_file_and_its_original_are_the_same_rows(owner: Owner, form: str) -> None:
    text = "nr;name;last_name;email;phone;address_line;postcode;city;country;coc_number;notitie\n"
    text += "0401;Ans Mol;Mol;ans@example.be;03 234 56 78;Groenplaats 7 bus 3;2000;Antwerpen;BE;;a b\n"
    text += "0402;Wim Bos;Bos;wim@example.nl;038-4211999;Kade 12-3;8011AB;Zwolle;NL;01036041;\n"
    original, out = owner.write("klanten.csv", text), owner.folder / f"genormaliseerd.{form}"
    done = await owner.accounts.etl("normalise", str(original), "--out", str(out))
    assert done.code == 0, done.told
    first = await owner.push(out, key="nr", ignore="*")
    assert (first.code, first.summary["outcomes"]["created"]) == (0, 2), first.told
    again = await owner.push(original, key="nr", ignore="*")
    assert (again.code, again.summary["outcomes"]["created"], len(owner.customers())) == (0, 0, 2), again.told
