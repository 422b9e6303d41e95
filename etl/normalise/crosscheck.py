"""Where two things a record says cannot both be: flagged with a better country, never overwritten."""

from __future__ import annotations

from functools import cache

import polars as pl

from etl.normalise.notes import Notes
from etl.normalise.phone import region_of
from etl.normalise.phone_patterns import calling_codes, main_region

# One tax office for two codes.
_SAME_TAX = {"IM": "GB", "MC": "FR"}


@cache
def _calling_code_pattern() -> str:
    codes = sorted({code.removeprefix("+") for code in calling_codes().values()})
    return rf"^(?:\+|\(\+|00)\(?({'|'.join(codes)})"


@cache
def _shared() -> frozenset[str]:
    """Calling codes of more than one country."""
    codes = [code.removeprefix("+") for code in calling_codes().values()]
    return frozenset(code for code in codes if codes.count(code) > 1)


def marked_country(number: pl.Series) -> pl.Series:
    """The country whose calling code (`+NN`, `00NN`) a number carries, as typed or in E.164, else null."""
    if number.null_count() == len(number):
        return number
    text = pl.col("x")
    marked = number.to_frame("x").select(
        pl.when(text.str.count_matches(r"\d") > 7).then(
            text.str.replace_all(r"[\s.\-/]", "").str.extract(_calling_code_pattern())
        )
    )
    code = marked.to_series()
    met = code.unique().drop_nulls()
    if len(met) == 0:
        return code
    country = code.replace_strict(met, [main_region(int(each)) for each in met], default=None, return_dtype=pl.String)
    shared = code.is_in(list(_shared())).fill_null(False).arg_true()
    if len(shared) == 0:
        return country
    # Which of the countries that share a code, the whole number tells, if it is one.
    whole = number.gather(shared)
    different = whole.unique()
    told = [region_of("+" + each.removeprefix("00") if each.startswith("00") else each) for each in different]
    found = whole.replace_strict(different, pl.Series(told, dtype=pl.String), return_dtype=pl.String)
    return country.scatter(shared, found.fill_null(country.gather(shared)))


def check_phones(notes: Notes, country: pl.Series, typed: list[pl.Series], e164: list[pl.Series]) -> None:
    """Flags numbers that carry another country's calling code. A number typed without one agrees by nature."""
    codes = country.replace_strict(calling_codes(), default=None, return_dtype=pl.String)
    for raw, number in zip(typed, e164, strict=True):
        frame = pl.DataFrame({"raw": raw, "number": number, "code": codes})
        odd = frame.select(
            pl.when(pl.col("number").is_not_null())
            .then(~pl.col("number").str.starts_with(pl.col("code")))
            .otherwise(pl.col("raw").str.contains(r"^\(?(?:\+|00)") & pl.col("code").is_not_null())
        ).to_series()
        rows = odd.fill_null(False).arg_true()
        if len(rows) == 0:
            continue
        proof = marked_country(number.gather(rows).fill_null(raw.gather(rows)))
        here = country.gather(rows)
        same_code = codes.gather(rows) == proof.replace_strict(calling_codes(), default=None, return_dtype=pl.String)
        other = ((proof != here) & ~same_code).fill_null(False)
        contradict(notes, "phone", rows.filter(other), proof.filter(other), len(country))


def check_vat(notes: Notes, country: pl.Series, proven: pl.Series) -> None:
    """Flags valid VAT numbers of another country."""
    odd = ((proven != country) & country.is_not_null()).fill_null(False)
    if not odd.any():
        return
    rows = odd.arg_true()
    here, there = country.gather(rows), proven.gather(rows)
    other = here.replace(_SAME_TAX) != there.replace(_SAME_TAX)
    contradict(notes, "vat", rows.filter(other), there.filter(other), len(country))


def contradict(notes: Notes, by: str, rows: pl.Series, country: pl.Series, height: int) -> None:
    notes.flag(f"country.{by}_mismatch", rows)
    proposal = pl.Series([None], dtype=pl.String).new_from_index(0, height).scatter(rows, country)
    notes.suggest("country_code", proposal, rows)
