"""Validate VAT numbers, and write them as `NL855630693B01`: with their prefix, without punctuation.

Dutch, Belgian and German numbers are validated as columns; all others, once per distinct number, by stdnum.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl

from etl.normalise.by_distinct import by_distinct

_NUMBER_WORD = r"(?:NR|NO|N[°º]|NUMMER|NUMBER|NUM[EÉ]RO|REG)"
_TAX = r"(?:BTW|B\.T\.W\.?|TVA|T\.V\.A\.?|VAT|MWST|UST|TAX|IVA|OMZETBELASTING)"
_LABEL = (
    rf"^[\s(\[]*(?:{_NUMBER_WORD}[\s.:]*(?:(?:DE|D['’])\s*(?:LA\s*)?)?)?{_TAX}(?:[\s/]*{_TAX})*(?:\s*INTRA\w*)?[\s.\-]*(?:ID(?:NR)?)?[\s.\-]*"
    rf"{_NUMBER_WORD}?[\s.:\-)\]]*|^\s*N[°º][\s.:]*"
)
# What may stand behind: the label, the country again, the court of a Belgian company.
_BEHIND = rf"[\s,;(\[]+(?:{_TAX}|[A-Z]{{2}}|R\.?P\.?[RM]\.?.*)[)\]]*$"
_PLAIN = r"^(?:[A-Z]{2})?[0-9]{8,12}(?:B[0-9]{2})?$"
_DECIMALS = r"^([0-9]{8,})\.0+$"
_PUNCTUATION = r"[\s.,\-/_:()\[\]'\"\u2010-\u2015\u00a0]+"
VAT_WORDS = rf"(?i)N[°º]|\b(?:{_NUMBER_WORD}|{_TAX}|ID(?:NR)?|DE|LA|INTRA\w*)\b|[°º]|\([a-z]{{2}}\)"
"""Words beside a VAT number that say nothing."""
_DUTCH = r"^(?:NL)?([0-9]{9})B([0-9]{2})$"
_BELGIAN = r"^(?:BE)?([01]?[0-9]{9})$"
_GERMAN = r"^(?:DE)?([1-9][0-9]{8})$"
_EUROPEAN = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"}
    | {"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}
)
# The prefix is not always the ISO code of the country, and two countries share that of another.
_PREFIX_OF = {"GR": "EL", "MC": "FR", "IM": "GB"}
_COUNTRY_OF = {"EL": "GR", "XI": "GB"}
_KNOWN = _EUROPEAN | {"GB", "CH"}
_SCHEMA = {"vat_number": pl.String, "valid": pl.Boolean, "country": pl.String}


def normalise_vat(vat: pl.Series, country: pl.Series) -> pl.DataFrame:
    """Return `vat_number` (the tidy text where it is invalid), `valid` (null where there is none, or no rule for
    it) and `country`, the one that issued a valid number."""
    rows = vat.is_not_null().arg_true()
    empty = pl.DataFrame({name: pl.repeat(None, len(vat), dtype=kind, eager=True) for name, kind in _SCHEMA.items()})
    if len(rows) == 0:
        return empty
    part = pl.DataFrame({"raw": vat.gather(rows), "country": country.gather(rows)})
    found = by_distinct(part, _prove)
    return empty.with_columns(empty[name].scatter(rows, found[name]) for name in _SCHEMA)


def _bare(raw: pl.Series) -> pl.Series:
    """Return the number in capitals, without punctuation and what stands around it."""
    typed = raw.str.to_uppercase()
    bare = typed.str.replace_all(_PUNCTUATION, "")
    rows = (~bare.str.contains(_PLAIN) | typed.str.ends_with(".0")).arg_true()
    if len(rows) == 0:
        return bare
    odd = typed.gather(rows).str.replace(_LABEL, "").str.replace(_BEHIND, "").str.replace(_DECIMALS, "$1")
    return bare.scatter(rows, odd.str.replace_all(_PUNCTUATION, ""))


def _prove(part: pl.DataFrame) -> pl.DataFrame:
    part = part.with_columns(bare=_bare(part["raw"]))
    part = part.with_columns(dutch=pl.col("bare").str.extract_groups(_DUTCH))
    dutch = pl.col("dutch").struct
    at_home = pl.col("bare").str.starts_with("BE") | (pl.col("country") == "BE")
    part = part.with_columns(nl=dutch.field("1").cast(pl.Int64), nl_suffix=dutch.field("2").cast(pl.Int64))
    part = part.with_columns(be=pl.when(at_home).then(pl.col("bare").str.extract(_BELGIAN)).str.zfill(10))
    german = pl.col("bare").str.starts_with("DE") | (pl.col("country") == "DE")
    part = part.with_columns(de=pl.when(german).then(pl.col("bare").str.extract(_GERMAN)).cast(pl.Int64))
    part = part.with_columns(
        nl_ok=(pl.col("nl") > 0) & (pl.col("nl_suffix") > 0) & (_eleven_proof("nl") | _dutch_mod_97("nl", "nl_suffix")),
        be_ok=belgian_proof(pl.col("be")),
        de_ok=_german_proof("de") if part["de"].null_count() < part.height else pl.lit(None, dtype=pl.Boolean),
    )
    result = part.select(
        vat_number=pl.when(pl.col("nl_ok"))
        .then(pl.concat_str(pl.lit("NL"), pl.col("bare").str.strip_prefix("NL")))
        .when(pl.col("be_ok"))
        .then(pl.concat_str(pl.lit("BE"), "be"))
        .when(pl.col("de_ok"))
        .then(pl.concat_str(pl.lit("DE"), "de")),
        valid=pl.when(pl.col("nl").is_not_null())
        .then("nl_ok")
        .when(pl.col("be").is_not_null())
        .then("be_ok")
        .when(pl.col("de").is_not_null())
        .then("de_ok"),
        country=pl.when(pl.col("nl_ok"))
        .then(pl.lit("NL"))
        .when(pl.col("be_ok"))
        .then(pl.lit("BE"))
        .when(pl.col("de_ok"))
        .then(pl.lit("DE")),
    )
    rest = (result["valid"].is_null()).arg_true()
    if len(rest):
        result = _of_others(result, part, rest)
    return result.with_columns(vat_number=pl.coalesce("vat_number", part["raw"]))


def _eleven_proof(column: str) -> pl.Expr:
    number = pl.col(column)
    digits = [number // 10 ** (8 - place) % 10 for place in range(9)]
    weighed = pl.sum_horizontal(digits[place] * (9 - place) for place in range(8)) - digits[8]
    remainder: pl.Expr = weighed % 11
    return remainder == 0


def _dutch_mod_97(column: str, suffix: str) -> pl.Expr:
    # Letters count as 10 and up: N 23, L 21, B 11.
    return ((2321 * 10**13 + pl.col(column) * 10**4 + 1100 + pl.col(suffix)) % 97).eq(1)


def _german_proof(column: str) -> pl.Expr:
    # ISO 7064, mod 11,10
    number = pl.col(column)
    product: pl.Expr = pl.lit(10)
    for place in range(8):
        product = ((product + number // 10 ** (8 - place) % 10 + 9) % 10 + 1) * 2 % 11
    return (11 - product) % 10 == number % 10


def belgian_proof(number: pl.Expr) -> pl.Expr:
    """Check whether ten digits are a Belgian enterprise number."""
    value = number.cast(pl.Int64, strict=False)
    return (value > 0) & (97 - value // 100 % 97 == value % 100)


def _of_others(result: pl.DataFrame, part: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    pairs = part[rows].select("bare", "country")
    found = by_distinct(
        pairs,
        lambda distinct: pl.DataFrame([_checked(*pair) for pair in distinct.iter_rows()], schema=_SCHEMA, orient="row"),
    )
    return result.with_columns(result[name].scatter(rows, found[name]) for name in _SCHEMA)


def _checked(bare: str, country: str | None) -> tuple[str | None, bool | None, str | None]:
    """Return the number with its prefix, whether it is valid, and by which country's rules."""
    prefix = bare[:2]
    stated = _COUNTRY_OF.get(prefix, prefix)
    if stated in _KNOWN:
        number = _proved(_PREFIX_OF.get(stated, prefix) if prefix != "XI" else prefix, bare)
        if number:
            return number, True, stated
        if stated != country:
            return None, False, None
    if country is None:
        return None, False, None
    prefix = _PREFIX_OF.get(country, country)
    if country in _KNOWN or country in _PREFIX_OF:
        number = _proved(prefix, prefix + bare)
        return (number, True, country) if number else (None, False, None)
    module = _module(country)
    if module is None:
        return None, None, None
    return (bare, True, country) if module.is_valid(bare) else (None, False, None)


def _proved(prefix: str, number: str) -> str | None:
    """Return the number with this prefix, if it is valid by the prefix's rules without its first two letters."""
    module = _module(_COUNTRY_OF.get(prefix, prefix))
    rest = number[2:]
    # Most checkers take the number with or without its prefix; the Swiss prefix is three letters of the number.
    if prefix == "CH":
        return number if module.is_valid(number) else None
    if not module.is_valid(rest):
        return None
    return prefix + str(module.compact(rest)).removeprefix(prefix)


@cache
def _module(country: str) -> Any:
    from stdnum import get_cc_module

    return get_cc_module(country.lower(), "vat")
