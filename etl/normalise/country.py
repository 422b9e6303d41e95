"""Convert countries to ISO 3166-1 alpha-2, from codes and from names in Dutch, Frisian, English, French, German and
their own language."""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import polars as pl

from etl.normalise.text import fold, keys, plain

_DATA = files("etl.normalise") / "data"
# "Koninkrijk België", "the Netherlands": leading words that are not part of a name.
_PREAMBLE = re.compile(
    r"^(?:het|de|the|la|le|les|l|die|der|republiek|bondsrepubliek|bundesrepublik|republik|republique|republic ?of|"
    r"koninkrijk(?: der?)?|kingdom ?of|royaume ?d[eu]s?|konigreich(?: der)?|groothertogdom|grand duche ?d[eu]|"
    r"grand duchy ?of|grossherzogtum|land)\b\s*(?:the|de|der)?\b"
)
_BESIDE_CODE = re.compile(r"^(\w{2,3})[\s–-]+(\w.+)$|^(.+\w)[\s–-]+(\w{2,3})$")
_DIALLING = re.compile(r"^(?:\+|00)\s*([1-9][\d\s-]*)$")


def load(name: str) -> Any:
    """Load one of the committed tables."""
    return json.loads((_DATA / name).read_text(encoding="utf-8"))


@cache
def _codes() -> dict[str, str]:
    names: dict[str, str] = {}
    for table in ("countries.json", "country_aliases.json"):
        for code, spellings in load(table).items():
            for name in spellings:
                for key in keys(name):
                    names.setdefault(key, code)
    codes = {code.casefold(): code for code in load("countries.json")}
    return names | codes


# Bounded, since input is not.
@lru_cache(maxsize=1 << 14)
def is_code(code: str) -> bool:
    """Check whether this is an ISO 3166-1 alpha-2 code, in capitals."""
    return len(code) == 2 and code.isupper() and country_code(code) == code


def country_code(text: str) -> str | None:
    """Return the country that a text names, or None: similar spellings (`Nederlnd`) are not guessed, and codes no
    longer in use (`AN`, `YU`) name none."""
    codes = _codes()
    found = codes.get(fold(text))
    if found:
        return found
    dialled = _DIALLING.match(text)
    if dialled:
        return _by_dialling_code(re.sub(r"\D", "", dialled[1]))
    spoken = re.sub(r"[^\w ]+", " ", plain(text)).strip()
    bare = _PREAMBLE.sub("", spoken)
    if bare != spoken and len(fold(bare)) > 1 and fold(bare) in codes:
        return codes[fold(bare)]
    # "Nederland (NL)", "NL - Nederland": every part must name the same country.
    parts = [part for part in re.split(r"[()\[\]/,;|:]+|\s[-–]\s", text) if fold(part)]
    beside_code = _BESIDE_CODE.match(text)
    for candidates in (parts, [part for part in beside_code.groups() if part] if beside_code else []):
        named = {codes.get(fold(part)) for part in candidates}
        if len(candidates) > 1 and len(named) == 1:
            return named.pop()
    return _shortened(text)


def _shortened(text: str) -> str | None:
    """Return the one country whose name starts like `Oostenr.`."""
    key = fold(text)
    if not text.endswith(".") or len(key) < 4:
        return None
    matches = {code for name, code in _codes().items() if name.startswith(key)}
    return matches.pop() if len(matches) == 1 else None


def _by_dialling_code(digits: str) -> str | None:
    import phonenumbers

    region = phonenumbers.region_code_for_country_code(int(digits)) if len(digits) <= 3 else phonenumbers.UNKNOWN_REGION
    return region if region.casefold() in _codes() else None


def country_codes(column: pl.Series) -> pl.Series:
    """Apply `country_code` to a column of tidy text; each distinct text is looked up once."""
    distinct = column.unique().drop_nulls()
    found = [country_code(text) for text in distinct]
    if found == distinct.to_list():
        return column
    return column.replace_strict(distinct, pl.Series(found, dtype=pl.String), default=None, return_dtype=pl.String)
