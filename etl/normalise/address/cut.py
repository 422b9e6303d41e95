"""Remove from the tail behind the number what is not part of a postfix: text, a postcode, a box behind a slash."""

import polars as pl

from etl.normalise.address import flag, form
from etl.normalise.address.country_customs import belgian, german
from etl.normalise.address.stages import LOCATED, flagged, grouped, named, other, part, rejoin, with_extra

_AGAIN = rf"^[ ,(-]+{form.NUMBER_MARK}(?<again>[0-9]{{1,6}})(?<more>[^0-9].*)?$"
_OF_A_NAME = rf"^{form.YEAR}$"
_COMMA = r"^(?<before>[^,;]*?) *[,;] *(?<after>.*)$"
_PARENTHESIS = r"^(?<before>[^(]*?) *\((?<after>.*?)\)?$"
_CARE_OF = rf"^(?<before>.*?)[ ,(-]+(?<after>{form.CARE_OF}[ .:].*?)\)?$"
_POSTFIX_WORD = rf"^[ ,(-]*{form.POSTFIX_WORD}[ .:]*"
_SHORT = rf"^(?:[A-Za-z]|{form.ROMAN}|(?i:bis|ter|hs))$"
_NUMBERS = r"^[0-9]{1,5}[A-Za-z]?(?:(?:[ ,+&-]+|[ ,]+(?:en|et|und|and) )[0-9]{1,5}[A-Za-z]?)*$"
_COUNTING = rf"^ ?(?:{form.DASH}|[/+&]) ?[0-9]{{1,5}}$"
_POSTCODE = (
    r"^(?<before>(?: ?[A-Za-z])??)[ -]+(?<after>[1-9][0-9]{3} ?[A-Z]{2}(?: .*)?|[A-Z]{1,2}-[0-9]{4,5}.*"
    r"|[0-9]{4,5} \p{Lu}\p{L}{2}.*)$"
)
_SLASHED = rf"^(?<before>[^/]*?) ?/ ?(?<name>{form.BOX_NAME}(?: ?/ ?[0-9A-Za-z]{{1,5}})*)$"


def announced_again(rows: pl.DataFrame) -> pl.DataFrame:
    """Take the number that follows a word for it: in `Straße 52 Nr. 12` the first figure belongs to the name.

    Where names seldom end with a figure it has two readings: `Duinweg 5 nr 112` is rather a unit, in Belgium a box.
    """
    parts = part(rows, pl.col("tail").str.contains(_AGAIN))
    if not parts.taken.height:
        return rows
    split = grouped(parts.taken, "tail", _AGAIN).with_columns(
        pl.concat_str("street", "number", separator=" ", ignore_nulls=True).alias("whole"),
        pl.col("more").fill_null(""),
        inner=~german() & ~pl.col("number").str.contains(_OF_A_NAME),
    )
    kept = pl.concat_str("again", "more")
    boxed = belgian() & pl.col("inner") & pl.col("box").is_null() & kept.str.contains(rf"^{form.BOX_NAME}$")
    moved = split.with_columns(
        pl.when("inner").then("street").otherwise("whole").alias("street"),
        pl.when("inner").then("number").otherwise("again").alias("number"),
        pl.when(boxed).then(pl.lit("")).when("inner").then("*" + kept).otherwise("more").alias("tail"),
        pl.when(boxed).then(kept).otherwise("box").alias("box"),
        pl.when("inner")
        .then(other(street=pl.col("whole"), house_number=pl.col("again")))
        .otherwise("alternative")
        .alias("alternative"),
        flagged(flag.AMBIGUOUS, pl.col("inner")),
        named("number_word"),
    )
    return rejoin([parts.left, moved], LOCATED)


def without_text(rows: pl.DataFrame) -> pl.DataFrame:
    """Cut off text after a comma or a word such as `t.a.v.`, text in parentheses, and a postcode."""
    rows = rows.with_columns(pl.col("tail").str.replace(_POSTFIX_WORD, " "))
    comma = part(rows, pl.col("tail").str.contains("[,;]"))
    person = part(comma.left, pl.col("tail").str.contains(_CARE_OF))
    unread = pl.col("tail").str.contains("(", literal=True) & ~pl.col("tail").str.contains(form.TAIL_POSTFIX)
    bracket = part(person.left, unread)
    postcode = part(bracket.left, pl.col("tail").str.contains(_POSTCODE))
    done = [postcode.left, _without_segments(comma.taken)]
    for found, shape in ((person.taken, _CARE_OF), (bracket.taken, _PARENTHESIS), (postcode.taken, _POSTCODE)):
        if found.height:
            behind = pl.when(pl.col("after") != "").then("after")
            cut = grouped(found, "tail", shape).with_columns(pl.col("before").alias("tail"), *with_extra(behind))
            done.append(cut.select(LOCATED))
    return rejoin(done, LOCATED)


def _without_segments(rows: pl.DataFrame) -> pl.DataFrame:
    """Cut at the first comma, unless a short postfix or more numbers follow it (`12, A`, `12, 14 en 16`)."""
    if not rows.height:
        return rows.select(LOCATED)
    split = grouped(rows, "tail", _COMMA)
    before, after = pl.col("before"), pl.col("after")
    counted = after.str.contains(_NUMBERS)
    upwards = after.str.extract("^([0-9]+)").cast(pl.Int64, strict=False) > pl.col("number").cast(pl.Int32)
    goes_on = counted & before.str.contains(_COUNTING)
    kept = (before == "") & (counted | after.str.contains(_SHORT))
    tail = (
        pl.when(goes_on)
        .then(pl.concat_str(before, after, separator=","))
        .when(kept & counted & upwards)
        .then("+" + after)
        .when(kept)
        .then(" " + after)
        .otherwise(before)
    )
    return split.with_columns(
        tail.alias("tail"), *with_extra(pl.when(~kept & ~goes_on & (after != "")).then(after))
    ).select(LOCATED)


def box_behind_slash(rows: pl.DataFrame) -> pl.DataFrame:
    """Read the text behind a Belgian slash as a box; text between the number and the slash stays in the tail."""
    box = belgian() & pl.col("box").is_null() & ~pl.col("tail").str.contains(form.UNTIL)
    parts = part(rows, box & pl.col("tail").str.contains(_SLASHED))
    if not parts.taken.height:
        return rows
    moved = grouped(parts.taken, "tail", _SLASHED).with_columns(
        pl.col("name").alias("box"), pl.col("before").alias("tail"), named("box")
    )
    return rejoin([parts.left, moved], LOCATED)
