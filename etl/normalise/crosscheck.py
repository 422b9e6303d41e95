"""Flag values of a record that contradict each other, and suggest the other country; nothing is overwritten."""

from __future__ import annotations

from functools import cache

import polars as pl

from etl.normalise.notes import Notes
from etl.normalise.phone import normalise_phones, region_of
from etl.normalise.phone_patterns import calling_codes, main_region

# Two country codes with one tax authority.
_SAME_TAX = {"IM": "GB", "MC": "FR"}


@cache
def _calling_code_pattern() -> str:
    codes = sorted({code.removeprefix("+") for code in calling_codes().values()})
    return rf"^(?:\+|\(\+|00)\(?({'|'.join(codes)})"


@cache
def _shared() -> frozenset[str]:
    """Return the calling codes of more than one country."""
    codes = [code.removeprefix("+") for code in calling_codes().values()]
    return frozenset(code for code in codes if codes.count(code) > 1)


def marked_country(number: pl.Series) -> pl.Series:
    """Return the country whose calling code (`+NN`, `00NN`) a number starts with, as typed or in E.164, else null."""
    if number.null_count() == len(number):
        return number
    text = pl.col("x")
    marked = number.to_frame("x").select(
        pl.when(text.str.count_matches(r"\d") > 7).then(
            text.str.replace_all(r"[\s.\-/]", "").str.extract(_calling_code_pattern())
        )
    )
    code = marked.to_series()
    distinct = code.unique().drop_nulls()
    if len(distinct) == 0:
        return code
    country = code.replace_strict(
        distinct, [main_region(int(each)) for each in distinct], default=None, return_dtype=pl.String
    )
    shared = code.is_in(list(_shared())).fill_null(False).arg_true()
    if len(shared) == 0:
        return country
    # Of the countries that share a code, a valid whole number identifies one.
    whole = number.gather(shared)
    distinct = whole.unique()
    regions = [region_of("+" + each.removeprefix("00") if each.startswith("00") else each) for each in distinct]
    found = whole.replace_strict(distinct, pl.Series(regions, dtype=pl.String), return_dtype=pl.String)
    return country.scatter(shared, found.fill_null(country.gather(shared)))


def country_of_phones(number: pl.Series) -> pl.Series:
    """Return the country of the calling code that a text starts with, or that a number in it has, else null."""
    proof = marked_country(number)
    rows = (proof.is_null() & number.str.contains(r"\+|00")).fill_null(False).arg_true()
    if len(rows) == 0:
        return proof
    typed = number.gather(rows)
    nowhere = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    read = normalise_phones(pl.DataFrame({"raw": typed, "country_code": nowhere}))
    return proof.cast(pl.String).scatter(rows, marked_country(read["e164"]))


def check_phones(notes: Notes, country: pl.Series, numbers: list[pl.DataFrame]) -> None:
    """Flag numbers (`raw`, `e164`) with another country's calling code; one typed without a code cannot disagree."""
    codes = country.replace_strict(calling_codes(), default=None, return_dtype=pl.String)
    for number in numbers:
        code, unread = pl.col("code"), pl.col("e164").is_null() & pl.col("raw").is_not_null()
        abroad = (~pl.col("e164").str.starts_with(code)).fill_null(unread) & code.is_not_null()
        rows = number.with_columns(code=codes).select(abroad).to_series().arg_true()
        # Of the invalid ones, those typed with a calling code.
        part = number[rows].select("e164", marked=pl.coalesce("e164", "raw"))
        odd = part["e164"].is_not_null() | part["marked"].str.contains(r"^\(?(?:\+|00)")
        rows = rows.filter(odd)
        if len(rows) == 0:
            continue
        proof = marked_country(part["marked"].filter(odd))
        here = country.gather(rows)
        same_code = codes.gather(rows) == proof.replace_strict(calling_codes(), default=None, return_dtype=pl.String)
        other = ((proof != here) & ~same_code).fill_null(False)
        flag_mismatch(notes, "phone", rows.filter(other), proof.filter(other), len(country))


def check_vat(notes: Notes, country: pl.Series, proven: pl.Series) -> None:
    """Flag valid VAT numbers of another country."""
    odd = ((proven != country) & country.is_not_null()).fill_null(False)
    if not odd.any():
        return
    rows = odd.arg_true()
    here, there = country.gather(rows), proven.gather(rows)
    other = here.replace(_SAME_TAX) != there.replace(_SAME_TAX)
    flag_mismatch(notes, "vat", rows.filter(other), there.filter(other), len(country))


def flag_mismatch(notes: Notes, by: str, rows: pl.Series, country: pl.Series, height: int) -> None:
    notes.flag(f"country.{by}_mismatch", rows)
    proposal = pl.Series([None], dtype=pl.String).new_from_index(0, height).scatter(rows, country)
    notes.suggest("country_code", proposal, rows)
