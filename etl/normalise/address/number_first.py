"""Read lines that start with a figure: a number in front of its street, or a name that starts with a figure."""

import polars as pl

from etl.normalise.address import flag, form
from etl.normalise.address.country_customs import COMPASS, belgian, number_first
from etl.normalise.address.stages import (
    LOCATED,
    OPEN,
    flagged,
    grouped,
    named,
    other,
    part,
    rejoin,
    text,
    with_extra,
)

_BEGINS = rf"^{form.NUMBER_MARK}?[0-9]"
_ORDINAL = rf"^(?<head>{form.ORDINAL}[ -]+)(?<rest>['’]?\p{{L}}.*)$"
_DATE = rf"^(?<head>{form.DATE}(?:[ -]?{form.SUFFIX}\p{{L}}*)?)(?<rest>(?:[ ,.].*)?)$"
_BETWEEN = (
    rf"(?:[A-Za-z]{{1,2}})?(?:(?: ?(?:{form.DASH}|[/+&]) ?|{form.GERMAN_RANGE_WORD})[0-9]{{1,5}}[A-Za-z]?)*"
    rf"(?:,? ?(?i:bis|ter|quater|quinquies)(?:[ -]?[A-Za-z])?| ?{form.HALF}| ?(?:{form.DASH}|/) ?[A-Za-z0-9]{{1,3}}"
    rf"| [A-Za-z])?"
)
_STREET = rf"(?:['’‘]?\p{{L}}|{form.ORDINAL}[ -]).*"
_SHAPE = rf"^{form.NUMBER_MARK}?(?<number>[0-9]{{1,6}})(?<tail>{_BETWEEN})(?: ?, ?| |, )(?<street>{_STREET})$"
_UNIT_BEHIND = rf"^(?<name>.+?)(?: -)?[ ,]+(?<behind>{form.NAMED_UNIT})$"
_BOXES_BEHIND = (
    (r"^(?<name>.*[^ ,/]) ?/ ?(?<behind>[0-9]{1,4}[A-Za-z]?)$", False),
    (r"^(?<name>[^0-9]+?)[ ,]+(?<behind>[0-9]{1,4}[A-Za-z]?)$", True),
    (r"^(?<name>.*[^ ,/]) (?<behind>[bB][0-9]{1,4})$", True),
)
"""The shapes of a Belgian box behind the street, and whether they have another reading."""
_PLACE_BEHIND = (
    r"^(?<name>.+?)(?: -)? (?<behind>(?:[A-Z]{1,2}-[0-9]{4,5}|[0-9]{5}) \p{Lu}.*"
    r"|[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2})$"
)
"""A postcode and town without a comma, or a British postcode."""

_AFTER_COMMA = r"^(?<name>[^,;]*)[,;] *(?<behind>.*)$"


def leading_name(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Move `2e ` and `5 Meiplein` into the street's name. Returns the OPEN rows, and as LOCATED those with only a date.

    `8 Meistraat` is ambiguous: number 8 in the Meistraat, or a street without a number.
    """
    begins = part(frame, pl.col("line").str.contains(rf"^{form.ORDINAL}[ -]|^[0-9]{{1,2}}"))
    if not begins.taken.height:
        return frame, _no_rows(frame)
    ordinal = part(grouped(begins.taken, "line", _ORDINAL), pl.col("head").is_not_null())
    dated = part(grouped(ordinal.left.select(OPEN), "line", _DATE), pl.col("head").is_not_null() & ~number_first())
    alone = part(dated.taken, ~pl.col("rest").str.contains("[0-9]"))
    named_rows = [
        rows.with_columns(pl.col("head").alias("prefix"), pl.col("rest").alias("line"), named(rule)).select(OPEN)
        for rows, rule in ((ordinal.taken, "ordinal"), (alone.left, "date"))
    ]
    located = alone.taken.with_columns(
        pl.col("line").str.extract("^([0-9]+)").alias("number"),
        pl.col("line").str.replace("^[0-9]+[ .]*", "").alias("street"),
        pl.lit("").alias("tail"),
        other(street=pl.col("line")),
        flagged(flag.AMBIGUOUS),
        named("date"),
    ).select(LOCATED)
    return rejoin([begins.left, *named_rows, dated.left], OPEN), located


def number_in_front(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Locate a number in front of the street. Returns the OPEN rows and the LOCATED ones.

    In a line with figures at both ends the last is the number where that is the custom (`7 Bergenweg 12`), unless a
    French or English street word follows the first.
    """
    begins = part(frame, (pl.col("prefix") == "") & pl.col("line").str.contains(_BEGINS))
    if not begins.taken.height:
        return frame, _no_rows(frame)
    shaped = grouped(begins.taken, "line", _SHAPE)
    found = part(shaped, pl.col("number").is_not_null())
    proven = number_first() | pl.col("street").str.contains(rf"^{form.STREET_WORD}")
    figures = pl.col("street").str.contains(r"^[^,;]*[^0-9,;]*[ ,][0-9]")
    name = part(found.taken, ~proven & figures)
    leading = name.taken.with_columns(
        pl.col("line").str.extract(rf"^({form.NUMBER_MARK}?[0-9]+[^ ]* )").alias("prefix"),
    ).with_columns(pl.col("line").str.slice(pl.col("prefix").str.len_chars()), named("leading_figure"))
    first = name.left.with_columns(flagged(flag.NUMBER_FIRST, ~proven), pl.lit("number_first").alias("rule"))
    compass = pl.col("country").is_in(COMPASS) & pl.col("tail").str.contains("(?:^|[A-Za-z]) [NESW]$")
    first = first.with_columns(
        pl.when(compass)
        .then(pl.concat_str(pl.col("tail").str.slice(-1), pl.col("street"), separator=" "))
        .otherwise("street")
        .alias("street"),
        pl.when(compass).then(pl.col("tail").str.head(-2)).otherwise("tail").alias("tail"),
    )
    return rejoin([begins.left, found.left, leading], OPEN), _street_only(first)


def _street_only(first: pl.DataFrame) -> pl.DataFrame:
    """Remove what follows the street: text after a comma, a flat, in Belgium a box."""
    rows = first
    for shape in (_AFTER_COMMA, _PLACE_BEHIND, _UNIT_BEHIND):
        parts = part(rows, pl.col("street").str.contains(shape))
        if parts.taken.height:
            split = grouped(parts.taken, "street", shape)
            cut = split.with_columns(pl.col("name").alias("street"), *with_extra(text("behind")))
            rows = rejoin([parts.left, cut], LOCATED)
    done = []
    for shape, doubtful in _BOXES_BEHIND:
        parts = part(rows, belgian() & pl.col("box").is_null() & pl.col("street").str.contains(shape))
        rows = parts.left
        if parts.taken.height:
            boxed = grouped(parts.taken, "street", shape)
            if doubtful:
                street = pl.concat_str("number", "name", separator=" ")
                boxed = boxed.with_columns(other(street=street, house_number=pl.col("behind")), flagged(flag.AMBIGUOUS))
            done.append(boxed.with_columns(pl.col("name").alias("street"), pl.col("behind").alias("box")))
    return rejoin([rows, *done], LOCATED)


def _no_rows(frame: pl.DataFrame) -> pl.DataFrame:
    return (
        frame.clear()
        .with_columns(
            pl.lit(None, pl.String).alias("street"), pl.lit(None, pl.String).alias("number"), pl.lit("").alias("tail")
        )
        .select(LOCATED)
    )
