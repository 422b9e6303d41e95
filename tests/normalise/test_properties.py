"""Promises for any text: nothing lost, nothing changed the second time, no crash."""

from __future__ import annotations

import json

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.normalise.contacts import normalise_contacts

PIECES = st.sampled_from(
    ["06-12345678", "+31 6 12345678", "0475 12 34 56", "NL", "Nederland", "Belgie", "1337 XD", "9000", "B-9000", "12",
     "van den ", "Berg", "de ", "'t ", "Dhr.", "=1", "+1", "\u00a0", " ", "\t", "é", "e\u0301", "@", "x@y.nl", "10,5",
     "NL855630693B01", "64356582", "Utrecht", "Limburg", "J.P.", "jp", ",", "-", "/", '"', "\\", "a", "ß", "İ",
     "2023-03-26 02:30:00"]
)  # fmt: skip
TEXT = st.none() | st.lists(PIECES, max_size=3).map("".join) | st.text(max_size=12)
COLUMNS = [
    "name",
    "display_name",
    "company_name",
    "department",
    "attention",
    "title",
    "gender",
    "initials",
    "first_name",
    "insertion",
    "last_name",
    "email",
    "website",
    "fax",
    "phone",
    "mobile",
    "postcode",
    "city",
    "country",
    "province",
    "vat_number",
    "coc_number",
    "bank_number",
    "discount_percentage",
    "payment_term_days",
    "created_at",
    "latitude",
    "invoice_city",
    "invoice_postcode",
    "invoice_country",
]
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, TEXT)), min_size=1, max_size=6)
COUNTRY = st.sampled_from([None, "NL", "BE", "US"])
# Figures and codes that have become something else than text: they are checked by their own tests.
CONVERTED = {"discount_percentage", "payment_term_days", "created_at", "latitude"}


def letters(text: object) -> list[str]:
    return sorted(letter for letter in str(text or "").casefold() if letter.isalnum())


def frame(rows: list[dict[str, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, COUNTRY)
def test_normalising_twice_changes_nothing(rows: list[dict[str, str | None]], country: str | None) -> None:
    # A country that was not known is no longer there the second time, and the default steps in.
    once = normalise_contacts(frame(rows), country=country)
    twice = normalise_contacts(once, country=country)
    # So with a province, which is then filled from the postcode.
    gone = ("country.unknown", "invoice_country.unknown", "province.unknown", "province.mismatch")
    known = once.select(~pl.any_horizontal(pl.col("issues").list.contains(flag) for flag in gone)).to_series()
    for name in once.columns:
        if name not in ("issues", "suggestions", "originals"):
            assert once.filter(known)[name].to_list() == twice.filter(known)[name].to_list(), name


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, COUNTRY)
def test_every_text_is_found_in_its_column_or_among_the_originals(
    rows: list[dict[str, str | None]], country: str | None
) -> None:
    found = normalise_contacts(frame(rows), country=country)
    for given_row, row in zip(rows, found.rows(named=True), strict=True):
        originals = json.loads(row["originals"] or "{}")
        for name, column in (("country", "country_code"), ("province", "province_code"), ("gender", "gender")):
            if (given_row[name] or "").strip("\ufeff\u200b\u2060\u00ad\u200e\u200f \x00").strip() and row[
                column
            ] is None:
                assert (given_row[name] or "").strip() in originals.get(name, "").strip() or letters(
                    given_row[name]
                ) == []
        for name in ("phone", "mobile"):
            figures = [figure for figure in given_row[name] or "" if figure in "123456789"]
            if name not in originals and figures:
                assert row["phone"] or row["mobile"]
        for name in ("name", "company_name", "city", "department", "bank_number", "first_name"):
            assert (
                "".join(letters(given_row[name])) == "".join(letters(row[name]))
                or not (given_row[name] or "").isascii()
            )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, COUNTRY)
def test_rows_are_read_each_for_itself(rows: list[dict[str, str | None]], country: str | None) -> None:
    together = normalise_contacts(frame(rows), country=country)
    alone = pl.concat([normalise_contacts(frame([row]), country=country) for row in rows])
    assert together.to_dicts() == alone.to_dicts()
