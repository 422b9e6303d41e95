"""Convert provinces to ISO 3166-2, always within a country: there are two Limburgs and two Luxembourgs."""

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


class ProvinceMatch(NamedTuple):
    """The province that a text names, and whether its name is unique over all countries, so that it proves one."""

    code: str
    proves: bool


@cache
def _names() -> dict[tuple[str | None, str], str]:
    """Map (country, folded name) to code; under the country None only names that are unique over all countries."""
    names: dict[tuple[str | None, str], str] = {}
    everywhere: dict[str, set[str]] = defaultdict(set)
    for country, provinces in load("provinces.json").items():
        for code, spellings in provinces.items():
            unmistakable = {key for name in [*spellings["names"], code] for key in keys(name)}
            for key in unmistakable | {fold(name) for name in spellings["short"]}:
                names.setdefault((country, key), code)
            for key in unmistakable:
                everywhere[key].add(code)
    names.update({(None, key): codes.pop() for key, codes in everywhere.items() if len(codes) == 1})
    return names


def _candidate_keys(text: str) -> list[str]:
    """List the keys under which the table may have the text: as it is, and without the word for province."""
    bare = plain(text)
    cut = _AFTERWORD.sub("", _PREAMBLE.sub("", bare))
    outside = re.sub(r"\([^)]*\)", "", bare)
    candidates = [fold(bare), fold(cut), fold(outside), fold(_AFTERWORD.sub("", _PREAMBLE.sub("", outside)))]
    uncoded = _COUNTRY_PREFIX.sub("", bare)
    if len(uncoded) > 3:
        candidates.append(fold(uncoded))
    return [key for key in dict.fromkeys(candidates) if key]


@lru_cache(maxsize=1 << 14)
def province(text: str, country: str | None) -> ProvinceMatch | None:
    """Return the province that a text names within the country, else the only province of that name in any country.

    A code of a country whose provinces are not in the table is accepted as it is.
    """
    names = _names()
    candidates = _candidate_keys(text)
    for key in candidates:
        here = names.get((country, key))
        if here and country:
            return ProvinceMatch(here, proves=False)
    coded = _CODE.match(text.strip().casefold())
    if coded and coded[1].upper() not in load_countries():
        code = f"{coded[1]}-{coded[2]}".upper()
        if country in (None, code[:2]):
            return ProvinceMatch(code, proves=False)
    shortened = _shortened(text, country)
    if shortened:
        return ProvinceMatch(shortened, proves=False)
    for key in candidates:
        anywhere = names.get((None, key))
        if anywhere:
            return ProvinceMatch(anywhere, proves=True)
    return None


def _shortened(text: str, country: str | None) -> str | None:
    """Return the one province that an abbreviation (`Gelderl.`) or every part of a text (`Namur/Namen`) can name."""
    names = _names()
    key = fold(text)
    if country and text.endswith(".") and len(key) > 3:
        matches = {code for (where, name), code in names.items() if where == country and name.startswith(key)}
        return matches.pop() if len(matches) == 1 else None
    parts = [part for part in re.split(r"[/,;|]|\s[-–]\s", text) if fold(part)]
    named = {names.get((country, fold(part))) for part in parts}
    return named.pop() if len(parts) > 1 and len(named) == 1 else None


@cache
def load_countries() -> frozenset[str]:
    """Return the countries whose provinces are in the table."""
    return frozenset(load("provinces.json"))


def provinces(texts: pl.Series, countries: pl.Series) -> pl.DataFrame:
    """Return, for each row, `province_code` within its country, `elsewhere` (a code in another country than the row's,
    or of a row without one) and `unknown`; each distinct pair is looked up once."""
    frame = pl.DataFrame({"text": texts, "country": countries})
    distinct = frame.unique(maintain_order=True)
    found = [province(text, country) if text is not None else None for text, country in distinct.iter_rows()]
    inside = [
        named.code if named and country == named.code[:2] else None
        for named, country in zip(found, distinct["country"], strict=True)
    ]
    outside = [
        named.code if named and (named.proves or country) and country != named.code[:2] else None
        for named, country in zip(found, distinct["country"], strict=True)
    ]
    table = distinct.with_columns(
        province_code=pl.Series(inside, dtype=pl.String),
        elsewhere=pl.Series(outside, dtype=pl.String),
        unknown=pl.Series([named is None for named in found]) & distinct["text"].is_not_null(),
    )
    joined = frame.join(table, on=["text", "country"], how="left", nulls_equal=True, maintain_order="left")
    return joined.select("province_code", "elsewhere", "unknown")


@cache
def _by_postcode() -> pl.Series:
    """Index the provinces by postcode: the four digits of Dutch ones, and Belgian ones offset by 10,000."""
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
    """Return the Dutch or Belgian province of a normalised postcode; for Dutch ones four digits are enough."""
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
