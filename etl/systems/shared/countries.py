"""Refuse rows with an unknown country, and suggest the one that is meant."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache

from etl.systems.declare import Problem, Row
from etl.systems.shared.cells import mapping, text, texts
from etl.systems.shared.own_names import own_names

SHORTEST = 4
"""The fewest letters of a name that may be misspelt: of three, too many names are close."""


def country_problem(row: Row, prefix: str = "") -> Problem | None:
    """Return the problem of a row with an unknown country (`Nederlnd`), with a suggestion where there is one."""
    column = f"{prefix}country_code"
    given = text(row.values.get(column))
    if given is None and f"{prefix}country.unknown" in texts(row.values.get("issues")):
        extra = mapping(row.values.get("extra"))
        names = (f"{prefix}country", column, *own_names("contacts", column))
        given = next((found for name in names if (found := text(extra.get(name)))), None)
        return Problem(column, _unknown(given), _meant(row, column, given))
    if given is None or _known(given):
        return None
    return Problem(column, _unknown(given), _meant(row, column, given))


def lost_province(row: Row) -> set[str]:
    """Return `contacts.province_code`, unless the postcode that is sent implies it."""
    values = row.values
    code, postcode = text(values.get("province_code")), text(values.get("postcode"))
    implied = _of_postcode(postcode.replace(" ", "")[:4], text(values.get("country_code"))) if postcode else None
    return {"contacts.province_code"} if code and code != implied else set()


@lru_cache(maxsize=1 << 13)
def _of_postcode(digits: str, country: str | None) -> str | None:
    import polars as pl

    from etl.normalise.province import province_of_postcode

    schema = {"postcode": pl.String, "country": pl.String}
    frame = pl.DataFrame({"postcode": [digits], "country": [country]}, schema=schema)
    return text(province_of_postcode(frame["postcode"], frame["country"])[0])


def _unknown(given: str | None) -> str:
    return f"{given[:60]} is not a country we know." if given else "The country is not one we know."


def _meant(row: Row, column: str, given: str | None) -> str | None:
    proposed = text(mapping(row.values.get("suggestions")).get(column))
    return proposed or (nearest_country(given) if given else None)


def _known(code: str) -> bool:
    from etl.normalise.country import is_code

    return is_code(code.upper())


@lru_cache(maxsize=1 << 12)
def nearest_country(name: str) -> str | None:
    """Return the ISO code of the country whose name is closest to this one, if any is close."""
    from etl.normalise.country import country_code, load
    from etl.normalise.text import fold

    if name.startswith("#"):  # an error of a spreadsheet: #N/A is not Namibia
        return None
    if (code := country_code(name)) is not None:
        return code
    names = ((fold(one), code) for code, names in load("countries.json").items() for one in names)
    codes = {one: code for one, code in names if len(one) >= SHORTEST}
    wanted = fold(name[:60])
    nearest = get_close_matches(wanted, codes, n=1, cutoff=0.75) if len(wanted) >= SHORTEST else []
    return codes[nearest[0]] if nearest else None
