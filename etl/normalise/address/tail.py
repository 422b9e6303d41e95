"""Read the tail behind the number: a postfix, a range, a box, extra text, or one with two readings."""

from collections.abc import Callable

import polars as pl

from etl.normalise.address import flag, form
from etl.normalise.address.ambiguous import doubtful_boxes, two_readings
from etl.normalise.address.country_customs import belgian
from etl.normalise.address.cut import announced_again, box_behind_slash, without_text
from etl.normalise.address.ranges import house_number_ranges
from etl.normalise.address.stages import (
    LOCATED,
    READ,
    StageResult,
    finished,
    flagged,
    grouped,
    other,
    part,
    rejoin,
    with_extra,
)

_NOTHING = r"""^[ .,;:)\]"'’/-]*$"""
_SIMPLE = rf"^(?:[ -]?(?:{form.LETTERS}(?:, ?[A-Za-z])*|{form.ROMAN})|{form.SEPARATOR[1:]}(?:{form.POSITION}))$"
_INSIDE = rf"(?:{form.FLOOR}|{form.UNIT}|{form.POSITION}|{form.HALF})"
_CERTAIN = rf"{form.SEPARATOR}{_INSIDE}(?:{form.JOINT}|\.?$)"
_FIRST_PART = rf"{form.SEPARATOR}(?<kept>{form.CERTAIN}(?:{form.DASH}[0-9A-Za-z]{{1,4}})?)\.?[ ,;:(-]+(?<cut>.*)$"
_NAME_GOES_ON = r"^ (['’]?\p{L}[^0-9]*\p{L}\.?) [0-9]{1,5}[A-Za-z]?$"
_ABOUT = rf"^ (?:{form.RELATIVE}|{form.CARE_OF}|{form.PO_BOX})[ .:]|(?:{form.NUMBER_WORD}) [0-9]"

_BESIDE = rf"^ (?<kept>{form.RELATIVE}[ .]*{form.NUMBER_MARK}?(?<second>[0-9]{{1,5}})[A-Za-z]{{0,2}})$"
_CAPITALS = "^ [A-Z]{3}$"
"""Letters that are no word: `8 BSA`."""

Reader = Callable[[pl.DataFrame], StageResult]


def read_tail(located: pl.DataFrame) -> pl.DataFrame:
    """Finish the rows. Each reader sees only the rows that those before it left."""
    rest = located
    done = []
    for reader in _FIRST:
        parts = reader(rest)
        done.append(parts.taken)
        rest = parts.left
    rest = box_behind_slash(without_text(announced_again(rest)))
    for reader in _REST:
        if not rest.height:
            break
        parts = reader(rest)
        done.append(parts.taken)
        rest = parts.left
    return rejoin(done, READ)


def _stripped() -> pl.Expr:
    """Return the tail without its leading separator."""
    bare = pl.col("tail").str.replace(form.SEPARATOR, "")
    return pl.when(bare != "").then(bare)


def _empty(rows: pl.DataFrame) -> StageResult:
    parts = part(rows, pl.col("tail").str.contains(_NOTHING))
    return StageResult(finished(parts.taken, pl.lit(None, pl.String), "plain"), parts.left)


def _simple(rows: pl.DataFrame) -> StageResult:
    slash = belgian() & pl.col("tail").str.contains("/", literal=True)
    parts = part(rows, pl.col("tail").str.contains(_SIMPLE) & ~slash)
    return StageResult(finished(parts.taken, _stripped(), "postfix"), parts.left)


def _certain(rows: pl.DataFrame) -> StageResult:
    """Read floors, rooms and units directly behind the number, and words such as `boven`."""
    parts = part(rows, pl.col("tail").str.contains(_CERTAIN) & pl.col("tail").str.contains(form.TAIL_POSTFIX))
    return StageResult(finished(parts.taken, _stripped(), "unit"), parts.left)


def _beside(rows: pl.DataFrame) -> StageResult:
    """Read `11 t.o. 35`: number 11, or a house with a name that ends with 11, opposite number 35."""
    split = grouped(rows, "tail", _BESIDE)
    parts = part(split, pl.col("second").is_not_null())
    taken = parts.taken.with_columns(
        other(street=pl.concat_str("street", "number", separator=" "), house_number=pl.col("second")),
        flagged(flag.AMBIGUOUS | flag.RELATIVE),
    )
    return StageResult(finished(taken, pl.col("kept"), "relative"), parts.left.select(LOCATED))


def _postfixes(rows: pl.DataFrame) -> StageResult:
    letters = pl.col("tail").str.contains(_CAPITALS) & pl.col("street").str.contains(r"\p{Ll}")
    parts = part(rows, pl.col("tail").str.contains(form.TAIL_POSTFIX) | letters)
    return StageResult(finished(parts.taken, _stripped(), "postfix"), parts.left)


def _postfix_then_text(rows: pl.DataFrame) -> StageResult:
    split = grouped(rows, "tail", _FIRST_PART)
    parts = part(split, pl.col("kept").is_not_null())
    taken = parts.taken.with_columns(*with_extra(pl.when(pl.col("cut") != "").then("cut")))
    return StageResult(finished(taken, pl.col("kept"), "postfix"), parts.left.select(LOCATED))


def _text(rows: pl.DataFrame) -> StageResult:
    """Take the rest as extra text; with a number at its end the whole may be a name (`Markt 12 Hoven 215`)."""
    behind = rows.with_columns(pl.col("tail").str.extract(_NAME_GOES_ON, 1).alias("words"))
    named_on = pl.col("words").is_not_null() & ~pl.col("tail").str.contains(_ABOUT)
    whole = pl.concat_str("street", "number", "words", separator=" ")
    alternative = other(street=whole, house_number=pl.col("tail").str.extract("([0-9]+)[A-Za-z]?$"))
    marked = behind.with_columns(
        pl.when(named_on).then(alternative).otherwise("alternative").alias("alternative"),
        flagged(flag.AMBIGUOUS, named_on),
    )
    taken = marked.with_columns(*with_extra(pl.col("tail").str.strip_chars(" ,;:(-")))
    return StageResult(finished(taken, pl.lit(None, pl.String), "extra"), rows.clear())


_FIRST: tuple[Reader, ...] = (_empty, _simple)
_REST: tuple[Reader, ...] = (
    _empty, _simple, house_number_ranges, _beside, _certain, doubtful_boxes, two_readings, _postfixes,
    _postfix_then_text, _text,
)  # fmt: skip
