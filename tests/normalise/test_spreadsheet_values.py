"""What a spreadsheet did to values is undone where that is certain; else the cell is blank, flagged, its text kept."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from tests.support.workplace import Project

Rows = list[dict[str, Any]]


def normalised(project: Project, rows: Rows) -> Rows:
    """The rows that `etl normalise` makes of a CSV, and again of what it wrote; `extra` and the like as objects."""
    columns = {name: pl.String for row in rows for name in row}
    pl.DataFrame(rows, schema=columns).with_row_index("nr").write_csv(project.folder / "0.csv")
    tables = []
    for turn in (1, 2):
        ran = project.cli("normalise", f"{turn - 1}.csv", "--out", f"{turn}.csv")
        assert ran.code == 0, ran.err
        tables.append(pl.read_csv(project.folder / f"{turn}.csv", infer_schema=False))
    assert tables[1].select(tables[0].columns).equals(tables[0])
    return [as_objects(row) for row in tables[0].rows(named=True)]


def as_objects(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: json.loads(row[name] or "{}") for name in ("extra", "suggestions", "issues")}


def one(project: Project, **row: str) -> dict[str, Any]:
    return normalised(project, [row])[0]


DECIMALS = {
    "phone": ("3292234455.0", "+3292234455"),
    "mobile": ("475123456,0", "+32475123456"),
    "postcode": ("2000.0", "2000"),
    "coc_number": ("403019261.0", "0403019261"),
    "vat_number": ("403019261.00", "BE0403019261"),
    "house_number": ("12.0", "12"),
    "house_number_postfix": ("2.0", "2"),
    "box": ("3.0", "3"),
}


def test_a_number_loses_the_decimals_that_a_spreadsheet_gave_it(project: Project) -> None:
    written = {name: typed for name, (typed, _) in DECIMALS.items()}
    row = one(project, street="Dijk", country="BE", **written)
    assert {name: row[name] for name in DECIMALS} == {name: right for name, (_, right) in DECIMALS.items()}
    assert (row["address_line"], row["issues"], row["extra"]) == ("Dijk 12 2 bus 3", [], {})


@pytest.mark.parametrize("lost", ["3,16123E+10", "3.16123E+10", "6,4E+07", "1E+08", "3.2e10", "8,55631E8"])
def test_a_number_whose_figures_are_lost_is_none(lost: str, project: Project) -> None:
    names = (
        "phone",
        "fax",
        "vat_number",
        "coc_number",
        "postcode",
        "house_number",
        "house_number_postfix",
        "bank_number",
    )
    for country in ("NL", "BE", "DE"):
        row = one(project, street="Dijk", country=country, **dict.fromkeys(names, lost))
        assert [row[name] for name in names] == [None] * len(names)
        assert row["extra"] == dict.fromkeys(names, lost)
        flags = {
            "phone.invalid",
            "fax.invalid",
            "vat.invalid",
            "coc.invalid",
            "postcode.invalid",
            "house_number.invalid",
        }
        assert flags < set(row["issues"])


def test_a_power_of_ten_with_all_its_figures_is_the_number(project: Project) -> None:
    row = one(project, country="NL", phone="3.1384211999E10", coc_number="6.4356582E7", mobile="6,12345678E+08")
    assert (row["phone"], row["mobile"], row["coc_number"]) == ("+31384211999", "+31612345678", "64356582")


@pytest.mark.parametrize("typed", ["12E1", "3e2", "7E"])
def test_a_letter_behind_a_house_number_is_no_power_of_ten(typed: str, project: Project) -> None:
    row = one(project, street="Dijk", house_number=typed, country="NL")
    assert (row["address_line"], str(row["house_number"])) == (
        f"Dijk {typed}",
        typed[:-1].rstrip("Ee") if typed != "12E1" else "12",
    )


DATES = {
    "2026-03-12 00:00:00": "12-3", "2026-03-12": "12-3", "12-mrt": "12-3", "mrt-12": "12-3", "12/mrt": "12-3",
    "12 maart": "12-3", "12-Mar": "12-3", "12-mars": "12-3", "12. Mrz": "12-3", "12-03-2026": "12-3", "4-apr-26": "4-4",
    "1975-03-01 00:00:00": "3-75", "mrt-75": "3-75", "3-okt": "3-10", "5-mei": "5-5", "2025-12-31T00:00:00": "31-12",
}  # fmt: skip


def test_a_date_is_no_house_number_and_what_it_was_is_suggested(project: Project) -> None:
    rows = normalised(project, [{"street": "Dijk", "house_number": typed, "country": "NL"} for typed in DATES])
    for row, (typed, likely) in zip(rows, DATES.items(), strict=True):
        assert (row["house_number"], row["house_number_postfix"], row["address_line"]) == (None, None, "Dijk")
        assert (row["suggestions"], row["extra"]) == ({"house_number": likely}, {"house_number": typed})
        assert row["issues"] == ["address.no_number", "house_number.invalid"]


def test_a_date_cell_of_a_workbook_is_no_house_number(project: Project) -> None:
    from datetime import datetime

    import xlsxwriter

    with xlsxwriter.Workbook(str(project.folder / "own.xlsx")) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "d-mmm"})
        sheet.write_row(0, 0, ["street", "house_number", "house_number_postfix"])
        sheet.write_row(1, 0, ["Dijk"])
        sheet.write_datetime(1, 1, datetime(2026, 3, 12), day)
        sheet.write_row(2, 0, ["Dijk", 7])
        sheet.write_datetime(2, 2, datetime(2026, 4, 1), day)
    assert project.cli("normalise", "own.xlsx", "--out", "out.parquet").code == 0
    first, second = pl.read_parquet(project.folder / "out.parquet").rows(named=True)
    assert (first["house_number"], json.loads(first["suggestions"])) == (None, {"house_number": "12-3"})
    assert (second["house_number"], second["house_number_postfix"]) == (7, None)
    assert "house_number_postfix.invalid" in second["issues"]


def test_a_house_number_that_was_filled_in_is_read(project: Project) -> None:
    one(project, street="Dijk", house_number="12-mrt", country="NL")
    table = pl.read_csv(project.folder / "1.csv", infer_schema=False)
    table.with_columns(house_number=pl.lit("12-3")).write_csv(project.folder / "mended.csv")
    assert project.cli("normalise", "mended.csv", "--out", "done.parquet").code == 0
    row = pl.read_parquet(project.folder / "done.parquet").row(0, named=True)
    assert (row["address_line"], row["house_number"], row["house_number_postfix"]) == ("Dijk 12-3", 12, "3")
    assert row["issues"] == ["address.repaired"]


SERIALS = {"46093": "12-3", "45935": "5-10", "45935.0": "5-10", "34759": "3-95"}


def test_a_number_that_is_a_date_as_a_spreadsheet_counts_is_doubtful_and_stays(project: Project) -> None:
    rows = [{"street": "Dijk", "house_number": typed, "country": "NL"} for typed in ("7", *SERIALS, "9999", "120")]
    plain, *dated, high, low = normalised(project, rows)
    for row, (typed, likely) in zip(dated, SERIALS.items(), strict=True):
        assert (row["house_number"], row["address_line"]) == (typed[:5], f"Dijk {typed[:5]}")
        assert (row["issues"], row["suggestions"]) == (["house_number.ambiguous"], {"house_number": likely})
    assert [row["issues"] for row in (plain, high, low)] == [[], [], []]


def test_the_parts_behind_a_number_may_be_such_dates_too(project: Project) -> None:
    row = one(project, street="Dijk", house_number="7", house_number_postfix="46113", box="46093", country="BE")
    assert {"house_number_postfix.ambiguous", "box.ambiguous"} <= set(row["issues"])
    assert (row["house_number_postfix"], row["suggestions"]["box"]) == ("46113", "12-3")


@pytest.mark.parametrize(
    "rows",
    [
        [{"street": "Main Street", "house_number": "46093", "country": "US"}],
        [{"street": "Dijk", "house_number": number} for number in ("46093", "12000", "7")],
        [{"street": "Postbus", "house_number": "46093", "country": "NL"}],
        [
            {"street": "Dijk", "house_number": number, "country": "NL"}
            for number in ("32873", "51502", "4609", "460930")
        ],
        [{"address_line": "Dijk 46093", "country": "NL"}],
    ],
)
def test_a_long_number_that_may_well_be_one_is_not_doubted(rows: Rows, project: Project) -> None:
    for row in normalised(project, rows):
        assert not [flag for flag in row["issues"] if flag == "house_number.ambiguous"]


def test_a_number_that_was_filled_in_for_such_a_date_is_not_doubted_any_more(project: Project) -> None:
    one(project, street="Dijk", house_number="46093", country="NL")
    table = pl.read_csv(project.folder / "1.csv", infer_schema=False)
    table.with_columns(house_number=pl.lit("12-3")).write_csv(project.folder / "mended.csv")
    assert project.cli("normalise", "mended.csv", "--out", "done.parquet").code == 0
    row = pl.read_parquet(project.folder / "done.parquet").row(0, named=True)
    assert (row["house_number"], row["house_number_postfix"]) == (12, "3")
    assert "house_number.ambiguous" not in row["issues"]


ERRORS = (
    "#N/A", "#N/B", "#N/D", "#NV",
    "#REF!", "#VERW!", "#BEZUG!", "#VALUE!", "#WAARDE!", "#WERT!", "#VALEUR!", "#¡VALOR!",
    "#NAME?", "#NAAM?", "#NOMBRE!", "#¿NOMBRE?", "#NOM?", "#DIV/0!", "#DEEL/0!", "#NUM!", "#GETAL!", "#LEEG!",
    "#SPILL!", "#ÜBERLAUF!", "Err:502", "########",
)  # fmt: skip
WORDS = (
    "NA", "N/A", "n/a", "n.a.", "N.A.", "n.v.t.", "N.V.T.", "nvt", "NVT", "-", "--", "—", "null", "NULL", "None", "nan",
    "NaN", "<NA>", "onbekend", "Onbekend", "ONBEKEND", "unknown", "false", "FALSE", "?", "geen", "(leeg)", "undefined",
    " - ", "n.v.t.\u00a0",
)  # fmt: skip
EVERYWHERE = {
    "company_name": "text.placeholder", "city": "text.placeholder",
    "country": "country.unknown", "email": "email.invalid",
    "website": "website.invalid", "phone": "phone.invalid", "fax": "fax.invalid", "vat_number": "vat.invalid",
    "coc_number": "coc.invalid", "postcode": "postcode.invalid", "province": "province.unknown",
}  # fmt: skip


def test_errors_and_words_for_nothing_are_no_values(project: Project) -> None:
    typed = (*ERRORS, *WORDS)
    rows = normalised(project, [dict.fromkeys(EVERYWHERE, text) for text in typed])
    for row, text in zip(rows, typed, strict=True):
        names = [name for name in EVERYWHERE if name not in ("country", "province")]
        assert [row[name] for name in (*names, "country_code", "province_code", "display_name")] == [None] * 12, text
        kept = {name: value.strip() for name, value in row["extra"].items()}
        assert kept == dict.fromkeys(EVERYWHERE, text.strip()), text
        assert set(row["issues"]) - {"text.formula"} == set(EVERYWHERE.values()), text


def test_a_name_may_be_a_word_for_nothing(project: Project) -> None:
    row = one(project, first_name="Nan", last_name="Null", street="De Nul", house_number="3", country="NL")
    assert (row["first_name"], row["last_name"], row["street"]) == ("Nan", "Null", "De Nul")
    assert row["issues"] == ["text.placeholder"]
    row = one(project, first_name="Jan", last_name="NULL", city="Geen")
    assert (row["last_name"], row["city"], row["extra"]) == (None, None, {"last_name": "NULL", "city": "Geen"})


def test_a_dash_where_there_need_not_be_anything_is_kept_and_not_doubtful(project: Project) -> None:
    row = one(project, street="Dijk", house_number="12", house_number_postfix="-", insertion="-", country="NL")
    assert (row["address_line"], row["house_number_postfix"], row["insertion"]) == ("Dijk 12", None, None)
    assert (row["issues"], row["extra"]) == ([], {"house_number_postfix": "-", "insertion": "-"})
    assert one(project, street="Dijk", house_number="12", house_number_postfix="NB", country="NL")[
        "house_number_postfix"
    ]


NAMIBIA = [
    ({"country": "NA"}, None),
    ({"country": "na", "phone": "0612345678"}, None),
    ({"country": "N/A", "phone": "+264 61 290 2092"}, None),
    ({"country": "NA", "phone": "+264 61 290 2092"}, "NA"),
    ({"country": "NA", "mobile": "00264 81 123 4567"}, "NA"),
    ({"country": "NA", "city": "Windhoek"}, "NA"),
    ({"country": "NA", "city": "Zwolle"}, None),
    ({"country": "Namibië"}, "NA"),
    ({"country": "Namibia", "city": "Zwolle"}, "NA"),
]


@pytest.mark.parametrize("name", ["country", "country_code"])
@pytest.mark.parametrize(("row", "code"), NAMIBIA)
def test_namibia_is_not_what_is_not_available(
    row: dict[str, str], code: str | None, name: str, project: Project
) -> None:
    typed = {name if column == "country" else column: value for column, value in row.items()}
    found = one(project, **typed)
    proven = "NA" if code is None and "264" in row.get("phone", "") else code
    assert found["country_code"] == proven
    if proven is None:
        assert "country.unknown" in found["issues"]
        assert row["country"] in found["extra"].values()


def test_namibia_is_suggested_among_codes(project: Project) -> None:
    codes = normalised(project, [{"country": "NL"}, {"country": "NA"}])
    words = normalised(project, [{"country": "Nederland"}, {"country": "NA"}])
    assert [table[1]["suggestions"] for table in (codes, words)] == [{"country_code": "NA"}, {}]


LETTERS = [
    ("Bakker &amp; Zn", "Bakker & Zn"), ("Caf&eacute; d&#39;Or", "Café d'Or"), ("Ans_x000D_ Mol", "Ans Mol"),
    ("_x0041_ns", "Ans"), ("ZoÃ«", "Zoë"), ("FranÃ§ois Dâ€™Hondt", "François D’Hondt"), ("Ã‰mile", "Émile"),
    ("JosÃƒÂ©", "José"), ("StraÃŸe", "Straße"), ("Ångström", "Ångström"), ("Châlons Â", "Châlons Â"),
]  # fmt: skip


def test_letters_that_were_written_otherwise_are_read(project: Project) -> None:
    rows = normalised(project, [{"company_name": typed, "city": typed} for typed, _ in LETTERS])
    assert [(row["company_name"], row["city"]) for row in rows] == [(right, right) for _, right in LETTERS]
    for row, (typed, _) in zip(rows, LETTERS, strict=True):
        undone = typed in [pair[0] for pair in LETTERS[4:9]]
        assert (row["issues"], row["extra"].get("city")) == ((["text.encoding"], typed) if undone else ([], None))


def test_what_the_whole_cell_does_not_prove_is_suggested(project: Project) -> None:
    row = one(project, company_name="CafÃ© Zoë")
    assert (row["company_name"], row["suggestions"]) == ("CafÃ© Zoë", {"company_name": "Café Zoë"})
    assert row["issues"] == ["text.encoding"]


SEVERAL = [
    ("phone", "038-4211999 / 06-12345678", "+31384211999", "+31612345678"),
    ("mobile", "06-12345678 of 038-4211999", "+31384211999", "+31612345678"),
    ("phone", "0612345678; 0201234567", "+31201234567", "+31612345678"),
    ("phone", "038-4211998, 038-4211997", "+31384211998", None),
    ("mobile", "06 12345678\n06 87654321", None, "+31612345678"),
]


@pytest.mark.parametrize(("name", "typed", "phone", "mobile"), SEVERAL)
def test_two_numbers_in_a_cell(name: str, typed: str, phone: str | None, mobile: str | None, project: Project) -> None:
    row = one(project, country="NL", **{name: typed})
    assert (row["phone"], row["mobile"], row["issues"]) == (phone, mobile, ["phone.several"])
    assert row["extra"] == {name: typed}


@pytest.mark.parametrize(
    "typed",
    ["ans@mol.nl, wim@bos.nl", "ans@mol.nl;wim@bos.nl", "ans@mol.nl wim@bos.nl", "Ans <ans@mol.nl> / wim@bos.nl"],
)
def test_two_emails_in_a_cell(typed: str, project: Project) -> None:
    row = one(project, email=typed)
    assert (row["email"], row["issues"], row["extra"]) == ("ans@mol.nl", ["email.several"], {"email": typed})


def test_an_email_with_two_signs_is_invalid_as_it_is(project: Project) -> None:
    for typed in ("jan@@mol.nl", "jan@mol.nl&wim", "jan@mol@nl"):
        row = one(project, email=typed)
        assert (row["email"], row["issues"]) == (typed, ["email.invalid"])


PLACES = [
    ({"postcode": "8011 AA Zwolle", "city": ""}, ("8011AA", "Zwolle")),
    ({"postcode": "", "city": "2000 Antwerpen"}, ("2000", "Antwerpen")),
    ({"postcode": "", "city": "D-10115 Berlin"}, ("10115", "Berlin")),
    ({"postcode": "8011AA Zwolle", "city": "zwolle"}, ("8011AA", "Zwolle")),
    ({"postcode": "8011AA Zwolle", "city": "Deventer"}, ("8011AA Zwolle", "Deventer")),
    ({"postcode": "8011AA", "city": "2e Exloërmond"}, ("8011AA", "2e Exloërmond")),
]


@pytest.mark.parametrize(("row", "right"), PLACES)
def test_a_postcode_and_a_city_in_one_cell(row: dict[str, str], right: tuple[str, str], project: Project) -> None:
    found = one(project, **row)
    assert (found["postcode"], found["city"]) == right


DAYS = {
    "31-12-2023": "2023-12-30T23:00:00Z", "1-7-2023 14:05": "2023-07-01T12:05:00Z",
    "31/12/2023": "2023-12-30T23:00:00Z",
    "31 december 2023": "2023-12-30T23:00:00Z", "1 mrt. 2023": "2023-02-28T23:00:00Z",
    "2023.12.31": "2023-12-30T23:00:00Z",
    "45291": "2023-12-30T23:00:00Z", "45291,5": "2023-12-31T11:00:00Z", "1er mars 2023": "2023-02-28T23:00:00Z",
    "1. Juli 2023": "2023-06-30T22:00:00Z", "31-dec-2023": "2023-12-30T23:00:00Z", "12/31/2023": "2023-12-30T23:00:00Z",
}  # fmt: skip


def shown(time: str | None) -> str | None:
    return time.replace(".000000", "") if time else time


def test_dates_are_read_as_people_write_them(project: Project) -> None:
    rows = normalised(project, [{"created_at": typed} for typed in DAYS])
    assert [(shown(row["created_at"]), row["issues"]) for row in rows] == [(right, []) for right in DAYS.values()]


@pytest.mark.parametrize(
    ("typed", "read", "other"),
    [
        ("3/1/2023", "2023-01-02T23:00:00Z", "2023-02-28T23:00:00Z"),
        ("7/8/2023 14:05", "2023-08-07T12:05:00Z", "2023-07-08T12:05:00Z"),
        ("01-jan-23", "2022-12-31T23:00:00Z", None),
    ],
)
def test_a_date_of_two_readings_is_flagged_with_the_other(
    typed: str, read: str, other: str | None, project: Project
) -> None:
    row = one(project, modified_at=typed)
    assert (shown(row["modified_at"]), row["issues"]) == (read, ["modified_at.ambiguous"])
    assert row["suggestions"] == ({"modified_at": other} if other else {})
    assert row["extra"] == {"modified_at": typed}


@pytest.mark.parametrize("typed", ["31-02-2023", "31-13-2023", "00-00-0000", "1-1-0001", "10000-01-01", "dec 2023"])
def test_a_day_that_there_is_not_is_flagged_and_kept(typed: str, project: Project) -> None:
    row = one(project, created_at=typed)
    assert (row["created_at"], row["issues"], row["extra"]) == (None, ["created_at.invalid"], {"created_at": typed})


def test_columns_that_are_no_text_are_read(project: Project) -> None:
    """A null-valued column and one of numbers are no texts: nothing of them is lost."""
    frame = pl.DataFrame(
        {"name": ["Ans", "Wim"], "house_number": [12.0, None], "street": ["Dijk", None], "box": [None, None]}
    )
    frame.write_parquet(project.folder / "in.parquet")
    assert project.cli("normalise", "in.parquet", "--out", "out.csv").code == 0
    (first, _) = pl.read_csv(project.folder / "out.csv", infer_schema=False).rows(named=True)
    assert (first["address_line"], first["issues"]) == ("Dijk 12", "[]")
