"""Recognise street names with figures: `Plein 1940-45`, `Rue du 11 Novembre`, `Rijksweg A28`, `Wijk 1`.

Each rule says where the name ends; the rest is then read like any other line. The first rule that matches wins.
"""

from dataclasses import dataclass

import polars as pl

from etl.normalise.address import flag, form, words
from etl.normalise.address.country_customs import GERMAN
from etl.normalise.address.stages import OPEN, flagged, grouped, named, other, part, rejoin

_NUMBER = rf"(?<rest>[ ,]+(?:{form.RELATIVE}[ .,]+)?{form.NUMBER_MARK}?[0-9].*)$"
"""The rest, with a number."""
_ANNOUNCED = rf"(?<rest>[ ,]+(?:{form.RELATIVE}[ .,]+{form.NUMBER_MARK}?|{form.NUMBER_MARK})[0-9].*)$"
"""The rest, with a number that a word such as `nr.` announces."""
_NOTHING = r"(?<rest>)$"

_ROAD = words.any_of(words.ROAD)
_ZONE = words.any_of(words.ZONE)
_AREA = words.any_of(words.NUMBERED_AREA)
_ARTICLE = words.any_of(words.ORDINAL_ARTICLE)
_GENERIC = rf"{form.GENERIC} (?:van |in )?"
_CENTURY = rf"['’‘]?{form.YEAR}"
_DECADE = r"['’‘]?[0-9]{2}"
_YEAR = rf"(?:{_CENTURY}|{_DECADE})"
_UNTIL = rf" ?{form.DASH} ?"
_OR_SLASH = rf" ?(?:{form.DASH}|/) ?"
_WAR_YEARS = rf"(?:40{_UNTIL}45|14{_UNTIL}18|['’‘][0-9]{{2}}{_UNTIL}['’‘]?[0-9]{{2}})"
_DATED = rf"{form.DATE}(?:[ -]?{form.SUFFIX}\p{{L}}*)?(?: {form.YEAR})?"
_LETTERED = r"(?:[ANERSBDL]|RN|RD)[ -]?[0-9]{1,4}"
_NUMBERED_AREA = rf"(?:[^0-9]*[ ,])?{_AREA} [0-9]{{1,4}}[A-Za-z]?"


@dataclass(frozen=True)
class NameRule:
    """Where a name with figures ends. Each shape has the groups `name` and `rest`."""

    id: str
    shapes: tuple[str, ...]
    countries: tuple[str, ...] = ()
    ambiguous: bool = False


RULES = (
    NameRule(
        "years",
        (
            rf"^(?<name>[^0-9]*?{_CENTURY}{_UNTIL}{_DECADE}(?:[0-9]{{2}})?){_NUMBER}",
            rf"^(?<name>(?:[^0-9]* )?{form.GENERIC} {_YEAR}{_OR_SLASH}{_DECADE}(?:[0-9]{{2}})?){_NUMBER}",
            rf"^(?<name>{form.GENERIC} {_CENTURY}{_OR_SLASH}{_DECADE}(?:[0-9]{{2}})?){_NOTHING}",
            rf"^(?<name>{form.GENERIC} {_WAR_YEARS}){_NOTHING}",
        ),
    ),
    NameRule("date", (rf"^(?<name>[^0-9]+ {_DATED})(?<rest>(?:[ ,.][^0-9]*[0-9].*)?| ?{form.SUFFIX})$",)),
    NameRule(
        "year",
        (
            rf"^(?<name>(?:[^0-9]* )?{_GENERIC}{_CENTURY}){_NUMBER}",
            rf"^(?<name>(?:[^0-9]* )?{form.GENERIC} ['’‘][0-9]{{2}}){_NUMBER}",
            rf"^(?<name>{_GENERIC}{_CENTURY}){_NOTHING}",
        ),
    ),
    NameRule("ordinal", (rf"^(?<name>[^0-9]*(?:^| ){_ARTICLE} {form.ORDINAL} )(?<rest>\p{{L}}.*)$",)),
    NameRule("counted", (rf"^(?<name>{_ARTICLE} [0-9]{{1,3}} )(?<rest>\p{{L}}{{3}}.* [0-9].*)$",)),
    NameRule("square", (r"^(?<name>[A-U] ?[1-9][0-9]?)(?<rest>(?:, ?| )[1-9].*)$",), countries=(*GERMAN, "")),
    NameRule(
        "road",
        (
            rf"^(?<name>(?:[^0-9]*{_ROAD} )?\(?{_LETTERED}\)?){_NUMBER}",
            rf"^(?<name>(?:[^0-9]*{_ROAD} )?(?:[ANE]|RN|RD) ?[0-9]{{1,3}}){_NOTHING}",
            rf"^(?<name>[^0-9]*(?:^|[ (])[A-Za-z]{{1,2}}[0-9]{{1,4}}\)?){_NUMBER}",
            r"^(?<name>[^0-9]*(?:^|[ (])[A-Za-z]{1,2}[0-9]{1,4}\)?)(?<rest>[ ,][^0-9]*[ ,][0-9].*)$",
            r"^(?<name>[^0-9]*(?:^|[ (])\p{L}{1,3}[0-9]+\p{L}[^ ,]*)(?<rest> .*[0-9].*)$",
        ),
    ),
    NameRule("area", (rf"^(?<name>{_NUMBERED_AREA}){_ANNOUNCED}",)),
    NameRule("area", (rf"^(?<name>{_NUMBERED_AREA})(?<rest>(?:[ ,]+|{_UNTIL})[0-9].*)$",), ambiguous=True),
    NameRule(
        "zone", (rf"^(?<name>(?:[^0-9]* )?{_ZONE} [0-9]{{1,4}} )(?<rest>['’]?[^0-9]*\p{{L}}{{3}}[^0-9]* [0-9].*)$",)
    ),
)

_TRIGGER = (
    rf"[0-9][^0-9]+[0-9]|(?:^| )(?:{_GENERIC}{_CENTURY}|(?:[ANE]|RN|RD) ?[0-9])"
    rf"|[0-9]\.? ?{form.MONTH}|{_ARTICLE} {form.ORDINAL} "
)


def name_with_figures(frame: pl.DataFrame) -> pl.DataFrame:
    """Move the name into `prefix` and keep the rest in `line`."""
    parts = part(frame, (pl.col("prefix") == "") & pl.col("line").str.contains(_TRIGGER))
    done = [parts.left]
    rest = parts.taken
    for rule in RULES:
        allowed = pl.col("country").is_in(rule.countries) if rule.countries else pl.lit(True)
        for shape in rule.shapes:
            if not rest.height:
                break
            hit = part(rest, allowed & pl.col("line").str.contains(shape))
            rest = hit.left
            if hit.taken.height:
                done.append(_named(hit.taken, shape, rule))
    return rejoin([*done, rest], OPEN)


def _named(rows: pl.DataFrame, shape: str, rule: NameRule) -> pl.DataFrame:
    found = grouped(rows, "line", shape)
    if rule.ambiguous:
        found = found.with_columns(
            flagged(flag.AMBIGUOUS),
            other(
                street=pl.col("name").str.extract("^(.*?) [0-9]"),
                house_number=pl.col("name").str.extract("([0-9]+)[A-Za-z]?$"),
                house_number_postfix=pl.col("rest").str.strip_chars(" ,-"),
            ),
        )
    return found.with_columns(pl.col("name").alias("prefix"), pl.col("rest").alias("line"), named(rule.id)).select(OPEN)
