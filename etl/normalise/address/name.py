"""Recognise street names with figures: `Plein 1940-45`, `Rue du 11 Novembre`, `Rijksweg A28`, `Wijk 1`.

Each rule says where the name ends; the rest is then read like any other line. The first rule that matches wins.
"""

import re
from dataclasses import dataclass

import polars as pl

from etl.normalise.address import flag, form, words
from etl.normalise.address.country_customs import GERMAN
from etl.normalise.address.rules import Rule
from etl.normalise.address.stages import OPEN, StageResult, flagged, grouped, named, other, part, rejoin

_NUMBER = rf"(?<rest>[ ,]+(?:{form.RELATIVE}[ .,]+)?{form.NUMBER_MARK}?[0-9].*)$"
"""The rest, with a number."""
_ANNOUNCED = rf"(?<rest>[ ,]+(?:{form.RELATIVE}[ .,]+{form.NUMBER_MARK}?|{form.NUMBER_MARK})[0-9].*)$"
"""The rest, with a number that a word such as `nr.` announces."""
_NOTHING = r"(?<rest>)$"
_OR_NOTHING = rf"(?<rest>(?:[ ,]+{form.NUMBER_MARK}?[0-9].*)?)$"

_ROAD = words.any_of(words.ROAD)
_ZONE = words.any_of(words.ZONE)
_AREA = words.any_of(words.NUMBERED_AREA)
_QUARTER = words.any_of(words.NUMBERED_STREET)
_ARTICLE = words.any_of(words.ORDINAL_ARTICLE)
_GENERIC = rf"{form.GENERIC} (?:van |in )?"
_CENTURY = rf"['’‘]?{form.YEAR}"
_DECADE = r"['’‘]?[0-9]{2}"
_YEAR = rf"(?:{_CENTURY}|{_DECADE})"
_UNTIL = rf" ?{form.DASH} ?"
_OR_SLASH = rf" ?(?:{form.DASH}|/) ?"
_WAR_YEARS = rf"(?:40{_UNTIL}45|14{_UNTIL}18|['’‘][0-9]{{2}}{_UNTIL}['’‘]?[0-9]{{2}})"
_DATED = rf"{form.DATE}(?:[ -]?{form.SUFFIX}\p{{L}}*)?(?: {form.YEAR})?"
_WHOLE_ROAD = rf"(?:[^0-9]*[ ,(])?{_ROAD} "
_KING = rf"(?:[^0-9]*[ -])?{words.any_of(words.KING)}"
_RANK = r"(?i:er|ère|ere|ier|ème|eme|ième|ieme)"
"""Endings of ordinals that are no postfix of a house number."""
_STREET_NEXT = (
    rf"(?:(?i:[a-zà-ÿ]*){form.SUFFIX}|(?i:laan|weg|straat|avenue|rue|allée|allee|wijk|blok|buurt|kwartier|rij)"
    r"|(?i:dwars|zij|tussen)[a-z]*)"
)
_ORDINAL_INSIDE = rf"[^0-9]*\p{{L}}\.? [0-9]{{1,3}}{form.ORDINAL_SUFFIX} "
_HYPHENED = rf"(?:[^0-9]*[ ,(])?(?:['’‘]|[A-Za-z]{{1,2}})?[0-9]{{1,5}}(?:{form.DASH}[0-9]{{1,4}})?{form.DASH}"
_LETTERED = r"(?:[ANERSBDL]|RN|RD)[ -]?[0-9]{1,4}"
_PART = rf"^(?:{form.UNIT_WORD}|{form.FLOOR_WORD}|{form.RELATIVE})(?:[ .:-]|$)"
"""A part of a building, or what is opposite it: the figure in front of it is the house's."""
_PLACE = r"^[ ,]+[1-9][0-9]{3}(?: ?[A-Z]{2})?(?: \p{Lu}|$)"
"""A postcode, which is no number."""
_ABOUT_THE_HOUSE = (
    rf"^(?:{form.FLOOR_WORD}|{form.CARE_OF}|{form.RELATIVE}|{form.BOX_WORD}"
    rf"|(?:{form.UNIT_WORD}|{form.POSITION}) [0-9A-Z]{{0,3}}$)(?:[ .:-]|$)"
)
_NUMBERED_AREA = rf"(?:[^0-9]*[ ,])?{_AREA} [0-9]{{1,4}}[A-Za-z]?"


@dataclass(frozen=True)
class NameRule:
    """Where a name with figures ends. Each shape has the groups `name` and `rest`."""

    id: Rule
    shapes: tuple[str, ...]
    countries: tuple[str, ...] = ()
    ambiguous: bool = False
    unless: str = ""
    """A rest that makes the figure a house number after all."""


RULES = (
    NameRule("year", (rf"^(?<name>[^0-9]*(?:^| ){form.MONTH} {form.YEAR}){_OR_NOTHING}",)),
    NameRule("area", (rf"^(?<name>{_QUARTER} [0-9]{{1,2}}){_ANNOUNCED}",)),
    NameRule(
        "area",
        (rf"^(?<name>{_QUARTER} [0-9]{{1,2}})(?<rest>[ ,]+[1-9][0-9]{{0,3}}(?:[^0-9].*)?)$",),
        countries=("NL", ""),
        ambiguous=True,
    ),
    NameRule(
        "ordinal",
        (rf"^(?<name>[^0-9]*\p{{L}}[ -][0-9]{{1,2}}{_RANK}|{_KING} [0-9]{{1,2}}{form.ORDINAL_SUFFIX}){_OR_NOTHING}",),
    ),
    NameRule(
        "ordinal",
        (
            rf"^(?<name>{_ORDINAL_INSIDE})"
            rf"(?<rest>(?:{_STREET_NEXT}(?: [^0-9]*)?[ ,]+|\p{{Lu}}[^0-9,;]*\p{{L}} )[0-9].*)$",
        ),
        unless=_ABOUT_THE_HOUSE,
    ),
    NameRule(
        "hyphen",
        (rf"^(?<name>{_HYPHENED})(?<rest>\p{{L}}{{3}}[^0-9]*[ ,]+{form.NUMBER_MARK}?[0-9].*)$",),
        unless=rf"{_PART}|^(?:{form.POSITION}|{form.FLOOR_WORD})(?:[ .:-]|$)",
    ),
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
    NameRule(
        "counted",
        (rf"^(?<name>(?:[^0-9]* )?{_ARTICLE} [0-9]{{1,3}} )(?<rest>\p{{L}}{{3}}.* [0-9].*)$",),
        unless=_PART,
    ),
    NameRule("square", (r"^(?<name>[A-U] ?[1-9][0-9]?)(?<rest>(?:, ?| )[1-9].*)$",), countries=(*GERMAN, "")),
    NameRule(
        "road",
        (
            rf"^(?<name>(?:{_WHOLE_ROAD})?\(?{_LETTERED}\)?){_NUMBER}",
            rf"^(?<name>(?:{_WHOLE_ROAD})?(?:[ANE]|RN|RD) ?[0-9]{{1,3}}){_NOTHING}",
            rf"^(?<name>[^0-9]*(?:^|[ (])[A-Za-z]{{1,2}}[0-9]{{1,4}}\)?){_NUMBER}",
            r"^(?<name>[^0-9]*(?:^|[ (])[A-Za-z]{1,2}[0-9]{1,4}\)?)(?<rest>[ ,][^0-9]*[ ,][0-9].*)$",
            r"^(?<name>[^0-9]*(?:^|[ (])\p{L}{1,3}[0-9]+\p{L}[^ ,]*)(?<rest> .*[0-9].*)$",
        ),
    ),
    NameRule("area", (rf"^(?<name>{_NUMBERED_AREA}){_ANNOUNCED}",)),
    NameRule(
        "area",
        (rf"^(?<name>{_NUMBERED_AREA})(?<rest>(?:[ ,]+|{_UNTIL})[0-9].*)$",),
        ambiguous=True,
        unless=_PLACE,
    ),
    NameRule(
        "zone",
        (rf"^(?<name>(?:[^0-9]* )?{_ZONE} [0-9]{{1,4}} )(?<rest>['’]?[^0-9]*\p{{L}}{{3}}[^0-9]* [0-9].*)$",),
        unless=_PART,
    ),
    NameRule(
        "year",
        (rf"^(?<name>[^0-9]*\p{{L}}{{3}} {form.YEAR})(?<rest>[ ,]+(?:{form.NUMBER_MARK})?[0-9]{{1,3}}(?:[^0-9].*)?)$",),
        countries=("BE", "FR", "LU"),
        ambiguous=True,
    ),
)

_TRIGGER = (
    rf"[0-9][^0-9]+[0-9]|[0-9](?i:er|ère|ier)$|(?:^| )(?:{_GENERIC}{_CENTURY}|(?:[ANE]|RN|RD) ?[0-9])"
    rf"|[0-9]\.? ?{form.MONTH}|{_ARTICLE} {form.ORDINAL} "
)
_ANY = "|".join(re.sub(r"\(\?<[a-z]+>", "(?:", shape) for rule in RULES for shape in rule.shapes)
"""All shapes at once: one search finds the few lines that any rule holds of."""


def name_with_figures(frame: pl.DataFrame) -> pl.DataFrame:
    """Move the name into `prefix` and keep the rest in `line`."""
    parts = part(frame, (pl.col("prefix") == "") & pl.col("line").str.contains(_TRIGGER))
    if not parts.taken.height:
        return frame
    some = part(parts.taken, pl.col("line").str.contains(_ANY))
    done = [parts.left, some.left]
    rest = some.taken
    for rule in RULES:
        allowed = pl.col("country").is_in(rule.countries) if rule.countries else pl.lit(True)
        for shape in rule.shapes:
            if not rest.height:
                break
            hit = part(rest, allowed & pl.col("line").str.contains(shape))
            if rule.unless and hit.taken.height:
                kept = part(grouped(hit.taken, "line", shape), ~pl.col("rest").str.contains(rule.unless))
                hit = StageResult(kept.taken.select(OPEN), rejoin([hit.left, kept.left], OPEN))
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
