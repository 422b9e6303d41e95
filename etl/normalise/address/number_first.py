"""Read lines that start with a figure: a number in front of its street, or a name that starts with a figure."""

import polars as pl

from etl.normalise.address import flag, form
from etl.normalise.address.country_customs import COMPASS, belgian, number_first
from etl.normalise.address.rules import Rule
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
_CLOSED = (
    rf"^(?:[^0-9]* )?(?:{form.GENERIC} (?:van |in )?|{form.MONTH} )"
    rf"['’‘]?(?:{form.YEAR}|[0-9]{{2}})(?: ?{form.DASH} ?['’‘]?[0-9]{{2,4}})?$"
)
"""A name that ends with a year, so that the number in front of it is the house's."""
_INNER = rf"^[^0-9]*[0-9]{{1,4}}{form.ORDINAL_SUFFIX}?(?: |{form.DASH})['’]?\p{{L}}{{3}}[^0-9]*$"
_PART_BEHIND = rf"[0-9]{form.ORDINAL_SUFFIX}? ?-?(?:{form.POSITION}|{form.FLOOR_WORD}|{form.UNIT_WORD})(?:[ .:-]|$)"
"""A name with a figure inside and words behind it, unless these are a part of the building."""
_POSITION = rf"^(?:{form.POSITION}|{form.FLOOR_WORD}|[A-Za-z])(?:[,;].*)?$"
"""A postfix behind a number that has no street (`4 bis`)."""
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
    of_rule: tuple[tuple[pl.DataFrame, Rule], ...] = ((ordinal.taken, "ordinal"), (alone.left, "date"))
    named_rows = [
        rows.with_columns(pl.col("head").alias("prefix"), pl.col("rest").alias("line"), named(rule)).select(OPEN)
        for rows, rule in of_rule
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
    found = part(shaped, pl.col("number").is_not_null() & ~pl.col("street").str.contains(_POSITION))
    proven = number_first() | pl.col("street").str.contains(rf"^{form.STREET_WORD}")
    figures = pl.col("street").str.contains(r"^[^,;]*[^0-9,;]*[ ,][0-9]")
    behind = pl.col("street").str.extract(r"[ ,]([0-9]+)$")
    inner = pl.col("street").str.contains(_INNER) & ~pl.col("street").str.contains(_PART_BEHIND)
    closed = pl.col("street").str.contains(_CLOSED) | inner
    twice = (behind == pl.col("number")).fill_null(False) & (pl.col("tail") == "")
    name = part(found.taken, ~proven & figures & ~closed & ~twice)
    leading = name.taken.with_columns(
        pl.col("line").str.extract(rf"^({form.NUMBER_MARK}?[0-9]+[^ ]* )").alias("prefix"),
        other(
            street=pl.col("street").str.replace(r"[ ,]+[0-9]+[^0-9]*$", ""),
            house_number=pl.col("number"),
            house_number_postfix=pl.when(pl.col("tail") != "").then(pl.col("tail").str.strip_chars(" -")),
        ),
        flagged(flag.AMBIGUOUS),
    ).with_columns(pl.col("line").str.slice(pl.col("prefix").str.len_chars()), named("leading_figure"))
    again = ~proven & ~closed & twice
    first = name.left.with_columns(
        pl.when(again).then(pl.col("street").str.replace(r"[ ,]+[0-9]+$", "")).otherwise("street").alias("street")
    )
    first = first.with_columns(flagged(flag.NUMBER_FIRST, ~proven), pl.lit("number_first").alias("rule"))
    first = _with_first_word(first)
    compass = pl.col("country").is_in(COMPASS) & pl.col("tail").str.contains("(?:^|[A-Za-z]) [NESW]$")
    first = first.with_columns(
        pl.when(compass)
        .then(pl.concat_str(pl.col("tail").str.slice(-1), pl.col("street"), separator=" "))
        .otherwise("street")
        .alias("street"),
        pl.when(compass).then(pl.col("tail").str.head(-2)).otherwise("tail").alias("tail"),
    )
    return rejoin([begins.left, found.left, leading], OPEN), _street_only(first)


def _with_first_word(first: pl.DataFrame) -> pl.DataFrame:
    """Give back to the street a first word that could be a postfix: `12, Ter Kamerenlaan`, `169 J F Kennedyplein`."""
    french = pl.col("street").str.contains(rf"^{form.STREET_FIRST}[ '’]")
    initial = pl.col("street").str.contains(r"^\p{Lu}\.?(?: |\p{Lu}\.)")
    word = pl.coalesce(
        pl.when(~french).then(pl.col("tail").str.extract("[ ,](Ter|TER)$")),
        pl.when(initial).then(pl.col("tail").str.extract("[ ,]([A-Z])$")),
    )
    first = first.with_columns(word.alias("_word"))
    return first.with_columns(
        pl.concat_str("_word", "street", separator=" ", ignore_nulls=True).alias("street"),
        pl.when(pl.col("_word").is_not_null())
        .then(pl.col("tail").str.replace("[ ,]+[A-Za-z]+$", ""))
        .otherwise("tail")
        .alias("tail"),
    ).drop("_word")


def _street_only(first: pl.DataFrame) -> pl.DataFrame:
    """Remove what follows the street: text after a comma, a flat, in Belgium a box."""
    rows = first
    for shape in (_AFTER_COMMA, _PLACE_BEHIND, _UNIT_BEHIND):
        parts = part(rows, pl.col("street").str.contains(shape))
        if parts.taken.height:
            split = grouped(parts.taken, "street", shape)
            cut = split.with_columns(text("name").alias("street"), *with_extra(text("behind")))
            rows = rejoin([parts.left, cut], LOCATED)
    done = []
    for shape, doubtful in _BOXES_BEHIND:
        parts = part(rows, belgian() & pl.col("box").is_null() & pl.col("street").str.contains(shape))
        rows = parts.left
        if parts.taken.height:
            boxed = grouped(parts.taken, "street", shape)
            # `14 Rue de Noël 1944`: the year is the name's.
            dated = pl.col("behind").str.contains(rf"^{form.YEAR}$") & pl.lit(doubtful)
            if doubtful:
                street = pl.concat_str("number", "name", separator=" ")
                boxed = boxed.with_columns(
                    other(
                        street=pl.when(dated).then("name").otherwise(street),
                        house_number=pl.when(dated).then("number").otherwise("behind"),
                        box=pl.when(dated).then("behind"),
                    ),
                    flagged(flag.AMBIGUOUS),
                )
            done.append(
                boxed.with_columns(
                    pl.when(dated).then("street").otherwise("name").alias("street"),
                    pl.when(~dated).then("behind").alias("box"),
                )
            )
    return rejoin([rows, *done], LOCATED)


def _no_rows(frame: pl.DataFrame) -> pl.DataFrame:
    return (
        frame.clear()
        .with_columns(
            pl.lit(None, pl.String).alias("street"), pl.lit(None, pl.String).alias("number"), pl.lit("").alias("tail")
        )
        .select(LOCATED)
    )
