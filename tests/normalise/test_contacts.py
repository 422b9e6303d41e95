"""Whole contacts: names and types of what comes out, what is kept, what is moved, what is said about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from etl.normalise.contacts import normalise_address_block, normalise_contacts

SAMPLE = {
    "customer_type": "Zakelijk",
    "postcode": "18000",
    "house_number": "1",
    "house_number_postfix": "2",
    "company_name": "CycleSoftware",
    "title": "M",
    "initials": "A",
    "insertion": "S",
    "first_name": "Adri",
    "last_name": "Aleksnadar",
    "street": "street",
    "city": "city",
    "country": "sr",
    "email": "email@mail.com",
    "vat_number": "NL855630693B01",
    "coc_number": "64356582",
    "discount_percentage": "10",
    "created_at": None,
    "phone": "",
    "mobile": "+381 60 2222222",
}


def one(row: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    schema = {name: pl.String if value is None else None for name, value in row.items()}
    return normalise_contacts(pl.DataFrame([row], schema=schema), **options).row(0, named=True)


def test_serbia_is_suggested_for_suriname_and_nothing_is_overwritten() -> None:
    found = one(SAMPLE)
    assert found["country_code"] == "SR"
    assert found["mobile"] == "+381602222222"
    assert json.loads(found["suggestions"]) == {"country_code": "RS"}
    assert "country.phone_mismatch" in found["issues"]


def test_columns_have_the_types_of_the_contract() -> None:
    raw = {**SAMPLE, "latitude": "52,1", "payment_term_days": "14", "modified_at": "2023-01-03 12:30:44"}
    schema = normalise_contacts(pl.DataFrame([raw])).schema
    expected = {
        "house_number": pl.Int32(),
        "discount_percentage": pl.Decimal(5, 2),
        "payment_term_days": pl.Int16(),
        "latitude": pl.Float64(),
        "created_at": pl.Datetime("us", "UTC"),
        "modified_at": pl.Datetime("us", "UTC"),
        "issues": pl.List(pl.String),
        "suggestions": pl.String(),
        "originals": pl.String(),
    }
    assert {name: schema[name] for name in expected} == expected


def test_columns_that_are_not_known_pass_through_and_rows_keep_their_order() -> None:
    frame = pl.DataFrame({"key": [3, 1, 2], "phone": ["0612345678", None, "x"], "tags": [["a"], [], ["b"]]})
    found = normalise_contacts(frame, country="NL")
    assert_frame_equal(found.select("key", "tags"), frame.select("key", "tags"))
    assert found["mobile"].to_list() == ["+31612345678", None, None]


def test_blank_is_null_everywhere_and_brings_no_flag() -> None:
    blank = {name: "  " for name, value in SAMPLE.items()}
    found = one(blank)
    assert found.pop("issues") == []
    assert found.pop("customer_type") == "  "  # not ours to touch
    assert set(found.values()) == {None}


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_frame_of_any_height_has_the_same_columns(rows: int) -> None:
    frame = pl.DataFrame([SAMPLE] * 3, schema=dict.fromkeys(SAMPLE, pl.String)).head(rows)
    found = normalise_contacts(frame)
    assert found.height == rows
    assert found.columns == normalise_contacts(pl.DataFrame([SAMPLE], schema=dict.fromkeys(SAMPLE, pl.String))).columns


def test_what_a_column_cannot_take_stands_among_the_originals_under_its_own_name() -> None:
    raw = {
        "country": "Nederlnd",
        "phone": "tst 12",
        "street": "Dorpsstraat",
        "house_number": "12-14b",
        "created_at": "gisteren",
        "discount_percentage": "veel",
        "province": "Utrechtse Heuvelrug",
        "gender": "banaan",
        "latitude": "noord",
    }
    found = one(raw, own_names={"country": "country_code_iso_3166", "gender": "geslacht"})
    originals = json.loads(found["originals"])
    assert originals == {
        "country_code_iso_3166": "Nederlnd",
        "phone": "tst 12",
        "house_number": "12-14b",
        "created_at": "gisteren",
        "discount_percentage": "veel",
        "province": "Utrechtse Heuvelrug",
        "geslacht": "banaan",
        "latitude": "noord",
    }
    for column in ("country_code", "phone", "created_at", "discount_percentage", "province_code", "gender", "latitude"):
        assert found[column] is None
    assert found["house_number"] == 12


def test_what_fails_its_check_keeps_its_trimmed_text() -> None:
    found = one({"country": "NL", "email": " x ", "postcode": " 12 ", "vat_number": " NL1 ", "coc_number": " 9 "})
    assert [found[name] for name in ("email", "postcode", "vat_number", "coc_number")] == ["x", "12", "NL1", "9"]
    assert set(found["issues"]) == {"email.invalid", "postcode.invalid", "vat.invalid", "coc.invalid"}
    assert found["originals"] is None


@pytest.mark.parametrize(
    ("phone", "mobile", "expected"),
    [
        ("0612345678", "", (None, "+31612345678")),
        ("", "0733030050", ("+31733030050", None)),
        ("0612345678", "0733030050", ("+31733030050", "+31612345678")),
        ("0733030050", "0612345678", ("+31733030050", "+31612345678")),
        ("0612345678", "0687654321", ("+31612345678", "+31687654321")),
        ("0733030050", "0201234567", ("+31733030050", "+31201234567")),
        ("0612345678", "tst 12", (None, "+31612345678")),
    ],
)
def test_mobile_and_landline_find_their_columns(phone: str, mobile: str, expected: tuple[Any, ...]) -> None:
    found = one({"phone": phone, "mobile": mobile}, country="NL")
    assert (found["phone"], found["mobile"]) == expected


def test_words_beside_a_number_are_kept() -> None:
    found = one({"phone": "073-3030050 ext. 12"}, country="NL")
    assert found["phone"] == "+31733030050"
    assert json.loads(found["originals"]) == {"phone": "073-3030050 ext. 12"}


def test_the_line_stays_as_received_and_the_parts_are_split() -> None:
    found = one({"address_line": "  Lindelaan  12a", "country": "NL"})
    assert found["address_line"] == "  Lindelaan  12a"
    assert (found["street"], found["house_number"], found["house_number_postfix"]) == ("Lindelaan", 12, "a")


def test_parts_are_repaired_and_the_line_rebuilt() -> None:
    found = one({"street": "Lindelaan 12 a", "house_number": "", "country": "NL"})
    assert (found["street"], found["house_number"], found["house_number_postfix"]) == ("Lindelaan", 12, "a")
    assert "address.repaired" in found["issues"]


def test_rows_with_a_line_and_rows_with_parts_may_stand_in_one_frame() -> None:
    frame = pl.DataFrame(
        {
            "address_line": ["Lindelaan 12a", None],
            "street": [None, "Kerkstraat"],
            "house_number": [None, "5"],
            "country": ["NL", "NL"],
        }
    )
    found = normalise_contacts(frame)
    assert found["street"].to_list() == ["Lindelaan", "Kerkstraat"]
    assert found["house_number"].to_list() == [12, 5]


def test_the_invoice_address_is_read_beside_the_other() -> None:
    found = one(
        {"country": "NL", "invoice_address_line": "Rue Haute 3", "invoice_postcode": "B-1000", "invoice_country": ""}
    )
    assert found["invoice_street"] == "Rue Haute"
    assert found["invoice_postcode"] == "1000"
    assert found["invoice_country_code"] == "BE"
    assert "invoice_country.inferred" in found["issues"]


def test_an_invoice_address_without_country_is_in_the_country_of_the_contact() -> None:
    found = one({"country": "BE", "invoice_address_line": "Kerkstraat 3", "invoice_postcode": "9000"})
    assert found["invoice_country_code"] == "BE"


def test_without_invoice_address_there_is_no_invoice_country() -> None:
    found = one(
        {"country": "BE", "invoice_address_line": "", "invoice_postcode": "", "invoice_country": ""}, country="NL"
    )
    assert found["invoice_country_code"] is None
    assert found["issues"] == []


def test_a_formula_is_flagged_but_a_phone_is_none() -> None:
    found = one({"name": "=1+1", "phone": "+31612345678", "fax": "+31733030050", "city": "Gent"}, country="NL")
    assert found["issues"] == ["text.formula"]
    assert one({"reference": "@x"})["issues"] == ["text.formula"]
    assert one({"reference": "a@x -1"})["issues"] == []


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"display_name": "De Winkel", "name": "x"}, "De Winkel"),
        ({"display_name": " ", "name": "Winkel BV"}, "Winkel BV"),
        ({"company_name": "Winkel BV", "last_name": "Bos"}, "Winkel BV"),
        ({"first_name": "Tim", "insertion": "van", "last_name": "Berg"}, "Tim van Berg"),
        ({"initials": "T", "last_name": "van den Berg"}, "T van den Berg"),
        ({"last_name": "Bos"}, "Bos"),
        ({"first_name": "Tim"}, "Tim"),
        ({"attention": "Balie", "last_name": ""}, "Balie"),
    ],
)
def test_there_is_a_display_name_where_there_is_any_name(row: dict[str, str], shown: str) -> None:
    assert one(row)["display_name"] == shown


def test_values_are_read() -> None:
    found = one({"discount_percentage": "12,5", "payment_term_days": "14", "created_at": "2023-07-01 12:00:00"})
    assert found["discount_percentage"] == Decimal("12.50")
    assert found["payment_term_days"] == 14
    assert found["created_at"] == datetime(2023, 7, 1, 10, tzinfo=UTC)


def test_numbers_of_a_spreadsheet_are_read_as_typed() -> None:
    frame = pl.DataFrame(
        {"street": ["Kerkstraat"], "house_number": [5.0], "postcode": [9000], "country": ["BE"], "phone": [475123456]}
    )
    found = normalise_contacts(frame).row(0, named=True)
    assert (found["house_number"], found["postcode"], found["mobile"]) == (5, "9000", "+32475123456")


def test_a_block_of_an_empty_address_has_no_country() -> None:
    frame = pl.DataFrame(
        {"id": [1, 2], "address_line": ["", "Lindelaan 3"], "postcode": ["", "1337 XD"], "city": ["", "Almere"]}
    )
    found = normalise_address_block(frame, country="BE")
    assert found["country_code"].to_list() == [None, "NL"]
    assert found["id"].to_list() == [1, 2]
    assert found["issues"].to_list() == [[], ["country.inferred"]]
    expected = (
        "address_line street house_number house_number_postfix box address_extra address_alternative address_rule"
    )
    assert {*expected.split(), "postcode", "city", "country_code", "province_code"} <= set(found.columns)


def test_long_frames_are_read_in_slices_with_the_same_result() -> None:
    rows = pl.DataFrame([SAMPLE], schema=dict.fromkeys(SAMPLE, pl.String))
    long = pl.concat([rows] * 140_000)
    found = normalise_contacts(long)
    assert found.height == 140_000
    assert_frame_equal(found.tail(1), normalise_contacts(rows))


def test_countries_that_share_a_calling_code_do_not_contradict_each_other() -> None:
    frame = pl.DataFrame(
        {"country": ["IM", "CA", "", "NL"], "phone": ["+44 7911 123456", "+1 212 555 0123"] + ["+1 416 555 0123"] * 2}
    )
    found = normalise_contacts(frame)
    assert found["country_code"].to_list() == ["IM", "CA", "CA", "NL"]
    assert found["issues"].to_list() == [[], [], ["country.inferred"], ["country.phone_mismatch"]]
    assert json.loads(found["suggestions"][3]) == {"country_code": "CA"}


def test_a_fax_number_that_is_none_stays_as_typed() -> None:
    found = one({"fax": " tst 12 ", "phone": ""}, country="NL")
    assert found["fax"] == "tst 12"
    assert found["issues"] == ["fax.invalid"]


def test_several_lines_are_one_address() -> None:
    found = one({"address_line": "t.a.v. Jan\nLindelaan 12", "country": "NL"})
    assert (found["street"], found["house_number"], found["address_extra"]) == ("Lindelaan", 12, "t.a.v. Jan")
    assert found["address_line"] == "t.a.v. Jan\nLindelaan 12"


@pytest.mark.parametrize("name", ["phone", "fax"])
def test_a_second_number_in_a_cell_is_flagged_and_kept(name: str) -> None:
    found = one({name: "020-1234567 / 06-12345678", "country": "NL"})
    assert (found[name], found["issues"]) == ("+31201234567", [f"{name}.several"])
    assert json.loads(found["originals"]) == {name: "020-1234567 / 06-12345678"}


def test_a_date_with_two_readings_is_flagged_and_kept() -> None:
    found = one({"created_at": "01/07/2023"})
    assert found["created_at"] == datetime(2023, 6, 30, 22, tzinfo=UTC)
    assert found["issues"] == ["created_at.ambiguous"]
    assert json.loads(found["originals"]) == {"created_at": "01/07/2023"}


@pytest.mark.parametrize("typed", ["1-7-23", "1-7-23 12:00"])
def test_two_figures_are_no_year(typed: str) -> None:
    found = one({"created_at": typed})
    assert found["created_at"].year == 2023
    assert found["issues"] == ["created_at.ambiguous"]


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("email", "Jan Jansen <jan@voorbeeld.nl>", "jan@voorbeeld.nl"),
        ("coc_number", "KvK Amsterdam 12345678", "12345678"),
        ("vat_number", "BTW BE 0403.019.261 RPR Brussel", "BE0403019261"),
    ],
)
def test_words_that_were_taken_off_are_kept(name: str, typed: str, value: str) -> None:
    found = one({name: typed})
    assert found[name] == value
    assert json.loads(found["originals"]) == {name: typed}


def test_a_label_that_says_nothing_is_not_kept() -> None:
    assert one({"vat_number": "(NL) 855630693B01", "coc_number": "KvK: 64356582"})["originals"] is None


def test_no_company_number_is_no_flag_in_belgium() -> None:
    found = one({"coc_number": None, "country": "BE"})
    assert (found["coc_number"], found["issues"]) == (None, [])


def test_a_moved_number_leaves_its_text_where_the_other_was_refused() -> None:
    found = one({"phone": "tst 12", "mobile": "020-1234567", "country": "NL"})
    assert (found["phone"], found["mobile"]) == ("+31201234567", None)
    assert json.loads(found["originals"]) == {"phone": "tst 12", "mobile": "020-1234567"}
