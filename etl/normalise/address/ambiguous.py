"""Read tails with two readings: take the country's usual one, keep the other as text, and flag the row."""

import polars as pl

from etl.normalise.address import flag, form
from etl.normalise.address.country_customs import belgian
from etl.normalise.address.stages import READ, StageResult, finished, flagged, grouped, none_read, other, part, rejoin

_BELGIAN_DOUBT = r"^(?: ?[bB] ?[0-9]{1,4}[A-Za-z]?| [0-9]{1,5}[A-DFGI-Za-dfgi-z]?| [A-Za-z] [0-9]{1,5})$"
_TWO_NUMBERS = (
    r"^ (?<postfix>(?<second>[0-9]{1,5})"
    r"(?:[A-DFGI-Za-dfgi-z]?|(?i:hs|huis|bis|ter|boven|bov|beneden|ben|rd|zw|a-?[b-z]))(?:[^0-9A-Za-z].*)?)$"
    r"|^ (?<big>(?<third>[0-9]{3,5})(?i:[eh]|hg)(?:[^0-9A-Za-z].*)?)$"
)
"""Not `12 2e` or `12 2h`, which are floors; there are not hundreds of these."""
_LETTER_NUMBER = r"^(?<space>[ -]?)(?<postfix>(?<letter>[A-Za-z]|ste|de|STE|DE) (?<second>[0-9]{1,5})[A-Za-z]?)$"


def doubtful_boxes(rows: pl.DataFrame) -> StageResult:
    """Read `12 B6`, `12 0101`, `12 34` and `12 A 3` in Belgium as boxes, and keep the other reading."""
    parts = part(rows, belgian() & pl.col("box").is_null() & pl.col("tail").str.contains(_BELGIAN_DOUBT))
    if not parts.taken.height:
        return StageResult(none_read(rows), parts.left)
    typed = pl.col("tail").str.strip_chars()
    figures = pl.col("tail").str.extract("([0-9]+[A-Za-z]?)")
    letter = typed.str.extract("^([A-Za-z])")
    two_numbers = pl.col("tail").str.contains("^ [1-9]")
    leading_zero = pl.col("tail").str.contains("^ 0")
    read = parts.taken.with_columns(
        other(
            street=pl.when(two_numbers).then(pl.concat_str("street", "number", separator=" ")).otherwise("street"),
            house_number=pl.when(two_numbers).then(figures).otherwise("number"),
            house_number_postfix=pl.when(leading_zero).then(typed).when(letter.str.to_lowercase() != "b").then(letter),
            box=pl.when(letter.is_not_null()).then(figures),
        ),
        typed.alias("box"),
    )
    return StageResult(finished(read, pl.lit(None, pl.String), "two_readings", flagged(flag.AMBIGUOUS)), parts.left)


def two_readings(rows: pl.DataFrame) -> StageResult:
    """Read the first figure of `12 34`, `12 A 3` and `61e 12` as the number, and keep the other reading."""
    two = part(rows, pl.col("tail").str.contains(_TWO_NUMBERS) & pl.col("tail").str.contains(form.TAIL_POSTFIX))
    letter = part(two.left, pl.col("tail").str.contains(_LETTER_NUMBER))
    done = []
    for found, shape in ((two.taken, _TWO_NUMBERS), (letter.taken, _LETTER_NUMBER)):
        if not found.height:
            continue
        middle = pl.col("number") if shape == _TWO_NUMBERS else pl.concat_str("number", "space", "letter")
        split = grouped(found, "tail", shape)
        if shape == _TWO_NUMBERS:
            split = split.with_columns(pl.coalesce("second", "third"), pl.coalesce("postfix", "big"))
        split = split.with_columns(
            other(street=pl.concat_str("street", middle, separator=" "), house_number=pl.col("second"))
        )
        done.append(finished(split, pl.col("postfix").str.strip_chars(), "two_readings", flagged(flag.AMBIGUOUS)))
    return StageResult(rejoin([none_read(rows), *done], READ), letter.left)
