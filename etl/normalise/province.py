"""Provinces to ISO 3166-2, always within their country: Limburg and Luxemburg are two each."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache, lru_cache
from typing import NamedTuple

import polars as pl

from etl.normalise.country import load
from etl.normalise.text import fold, keys, plain

_PREAMBLE = re.compile(
    r"^(?:provincie|provinsje|province|provinz|provincia|prov|pr|region|regio|bundesland|deelstaat|departement|dept|"
    r"dep|canton|kanton|land|state|county|gewest|regierungsbezirk)\b[. ]*"
    r"(?:\b(?:of|de|du|van|von|the|la|le|der|des|d)\b[' ]*)*"
)
_AFTERWORD = re.compile(r"[, ]+(?:provincie|provinsje|province|provinz|prov|region|county|gewest)\.?$")
_COUNTRY_PREFIX = re.compile(r"^[a-z]{2}[-: /]+")
_CODE = re.compile(r"^([a-z]{2})[-_. /]([a-z0-9]{1,3})$")


class Named(NamedTuple):
    """What a text names: a province, and whether it could be no other, whatever the country."""

    code: str
    proves: bool


@cache
def _names() -> dict[tuple[str | None, str], str]:
    """(country, folded name) to code; under the country null, only what is unmistakable everywhere."""
    names: dict[tuple[str | None, str], str] = {}
    everywhere: dict[str, set[str]] = defaultdict(set)
    for country, provinces in load("provinces.json").items():
        for code, called in provinces.items():
            unmistakable = {key for name in [*called["names"], code] for key in keys(name)}
            for key in unmistakable | {fold(name) for name in called["short"]}:
                names.setdefault((country, key), code)
            for key in unmistakable:
                everywhere[key].add(code)
    names.update({(None, key): codes.pop() for key, codes in everywhere.items() if len(codes) == 1})
    return names


def _said(text: str) -> list[str]:
    """The text as it may stand in the table: as it is, and without the word for province."""
    bare = plain(text)
    cut = _AFTERWORD.sub("", _PREAMBLE.sub("", bare))
    outside = re.sub(r"\([^)]*\)", "", bare)
    said = [fold(bare), fold(cut), fold(outside), fold(_AFTERWORD.sub("", _PREAMBLE.sub("", outside)))]
    uncoded = _COUNTRY_PREFIX.sub("", bare)
    if len(uncoded) > 3:
        said.append(fold(uncoded))
    return [key for key in dict.fromkeys(said) if key]


@lru_cache(maxsize=1 << 14)
def province(text: str, country: str | None) -> Named | None:
    """The province a text names within the country; without one, or named there by no province of it, the only
    province anywhere of that name. A code of a country whose provinces are not in the table is taken at its word."""
    names = _names()
    said = _said(text)
    for key in said:
        here = names.get((country, key))
        if here and country:
            return Named(here, proves=False)
    coded = _CODE.match(text.strip().casefold())
    if coded and coded[1].upper() not in load_countries():
        code = f"{coded[1]}-{coded[2]}".upper()
        if country in (None, code[:2]):
            return Named(code, proves=False)
    shortened = _shortened(text, country)
    if shortened:
        return Named(shortened, proves=False)
    for key in said:
        anywhere = names.get((None, key))
        if anywhere:
            return Named(anywhere, proves=True)
    return None


def _shortened(text: str, country: str | None) -> str | None:
    """`Gelderl.` and `Namur/Namen`: the one province a shortened name can stand for, or that every part names."""
    names = _names()
    key = fold(text)
    if country and text.endswith(".") and len(key) > 3:
        begun = {code for (where, name), code in names.items() if where == country and name.startswith(key)}
        return begun.pop() if len(begun) == 1 else None
    parts = [part for part in re.split(r"[/,;|]|\s[-–]\s", text) if fold(part)]
    said = {names.get((country, fold(part))) for part in parts}
    return said.pop() if len(parts) > 1 and len(said) == 1 else None


@cache
def load_countries() -> frozenset[str]:
    """The countries whose provinces are known here."""
    return frozenset(load("provinces.json"))


def provinces(texts: pl.Series, countries: pl.Series) -> pl.DataFrame:
    """For each row `province_code` within its country, `elsewhere` (a code in a country other than the row's,
    or of a row without one) and `unknown`; each different pair is looked up once."""
    frame = pl.DataFrame({"text": texts, "country": countries})
    met = frame.unique(maintain_order=True)
    found = [province(text, country) if text is not None else None for text, country in met.iter_rows()]
    inside = [
        named.code if named and country == named.code[:2] else None
        for named, country in zip(found, met["country"], strict=True)
    ]
    outside = [
        named.code if named and (named.proves or country) and country != named.code[:2] else None
        for named, country in zip(found, met["country"], strict=True)
    ]
    table = met.with_columns(
        province_code=pl.Series(inside, dtype=pl.String),
        elsewhere=pl.Series(outside, dtype=pl.String),
        unknown=pl.Series([named is None for named in found]) & met["text"].is_not_null(),
    )
    joined = frame.join(table, on=["text", "country"], how="left", nulls_equal=True, maintain_order="left")
    return joined.select("province_code", "elsewhere", "unknown")


@cache
def _by_postcode() -> pl.Series:
    """Province by number: Dutch four-digit postcodes as they are, Belgian ones 10,000 further on."""
    table: list[str | None] = [None] * 20_000
    for first, last, code in load("nl_pc4_province.json"):
        table[first : last + 1] = [f"NL-{code}"] * (last + 1 - first)
    for first, last, code in _BELGIUM:
        table[10_000 + first : 10_000 + last + 1] = [f"BE-{code}"] * (last + 1 - first)
    return pl.Series(table, dtype=pl.String)


_BELGIUM = (
    (1000, 1299, "BRU"), (1300, 1499, "WBR"), (1500, 1999, "VBR"), (2000, 2999, "VAN"), (2070, 2070, "VOV"),
    (3000, 3499, "VBR"), (3500, 3999, "VLI"), (4000, 4999, "WLG"), (5000, 5999, "WNA"), (6000, 6599, "WHT"),
    (6600, 6999, "WLX"), (7000, 7999, "WHT"), (8000, 8999, "VWV"), (9000, 9999, "VOV"),
)  # fmt: skip


def province_of_postcode(postcode: pl.Series, country: pl.Series) -> pl.Series:
    """The Dutch or Belgian province a (normalised) postcode lies in; Dutch ones tell by their four digits alone."""
    frame = pl.DataFrame({"postcode": postcode, "country": country})
    frame = frame.with_columns(
        number=pl.col("postcode").str.head(4).cast(pl.Int32, strict=False), whole=pl.col("postcode").str.len_bytes()
    )
    number, whole = pl.col("number"), pl.col("whole")
    place = (
        pl.when(number < 1000)
        .then(None)
        .when((pl.col("country") == "NL") & ((whole == 4) | (whole == 6)))
        .then(number)
        .when((pl.col("country") == "BE") & (whole == 4))
        .then(number + 10_000)
    )
    return _by_postcode().gather(frame.select(place.cast(pl.UInt32)).to_series())
