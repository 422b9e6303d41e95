"""Find the house number in the rest of a line: its first figures, once names with figures are set aside."""

import polars as pl

from etl.normalise.address import flag, form
from etl.normalise.address.country_customs import number_first
from etl.normalise.address.stages import LOCATED, StageResult, flagged, grouped, named, part, rejoin, text, with_extra

_SHAPE = r"^(?<head>[^0-9]*)(?<number>[0-9]{1,6})(?<tail>[^0-9].*)?$"
_LETTER_BEFORE = r"\p{L}$"
_MARK_BEFORE = rf"(?:^|[ ,(.]-?){form.NUMBER_WORD}[ .:]*$"
_WORD_BEFORE = r"\p{L}{3}$"
_ABOUT = rf"(?:^|[ ,(.]-?)(?:{form.RELATIVE}|{form.NUMBER_WORD})[ .:,]*$"
_NAMED = rf"^(?<name>.*\p{{L}} {form.RELATIVE_NAME})[ .:,]*(?:{form.NUMBER_WORD})?[ .:,]*$"
_ANNOUNCED = rf"^(?<name>(?:.*?[ ,(.]-?)??)(?<relative>{form.RELATIVE})?[ .:,]*(?:{form.NUMBER_WORD})?[ .:,]*$"
_SEGMENTS = r"^(?<front>.*\p{L}.*)[,;] *(?<name>[^,;]*\p{L}[^,;]*)$"
_STREET_BEHIND = r"^,? (?<name>['’]?\p{L}{2,}[^,;]*|\p{L}+['’][^,;]*)(?<after>.*)$"


def locate(frame: pl.DataFrame) -> StageResult:
    """Return the rows with a readable number as LOCATED; the rows left are OPEN and have none.

    A number glued to a word is read and flagged (`Lindelaan7`); one glued to one or two letters is a code (`N279`).
    """
    shaped = grouped(frame, "line", _SHAPE)
    glued = pl.col("head").str.contains(_LETTER_BEFORE)
    readable = pl.col("number").is_not_null() & (~glued | pl.col("head").str.contains(_WORD_BEFORE))
    parts = part(shaped, readable)
    marked = part(parts.left, pl.col("number").is_not_null() & pl.col("head").str.contains(_MARK_BEFORE))
    parts = StageResult(rejoin([parts.taken, marked.taken], tuple(shaped.columns)), marked.left)
    found = parts.taken.with_columns(
        pl.col("tail").fill_null(""),
        flagged(flag.GLUED, glued),
        pl.when(glued & pl.col("rule").is_null()).then(pl.lit("glued")).otherwise("rule").alias("rule"),
    )
    found = _without_announcement(found)
    whole = (pl.col("prefix") + pl.col("head")).str.strip_chars_start(" ,;").str.strip_chars_end(" ,:;(#/-–—")
    found = _without_front(found.with_columns(pl.when(whole != "").then(whole).alias("street")))
    return StageResult(found.select(LOCATED), parts.left.select(frame.columns))


def _without_announcement(found: pl.DataFrame) -> pl.DataFrame:
    """Drop `nr.` from the end of the head, and move `t.o.` into the extra text."""
    parts = part(found, pl.col("head").str.contains(_ABOUT))
    if not parts.taken.height:
        return found
    whole = part(parts.taken, pl.col("head").str.contains(_NAMED) & pl.col("head").str.contains(r"\p{Ll}"))
    named_rows = grouped(whole.taken, "head", _NAMED).with_columns(pl.col("name").alias("head"))
    parts = StageResult(whole.left, rejoin([parts.left, named_rows], tuple(found.columns)))
    split = grouped(parts.taken, "head", _ANNOUNCED)
    kept = pl.col("name").str.contains(r"\p{L}") | (pl.col("prefix") != "") | pl.col("relative").is_null()
    relative = pl.when(kept).then("relative")
    split = split.with_columns(
        pl.when(kept).then(pl.col("name").fill_null("")).otherwise("head").alias("head"),
        with_extra(relative)[0],
        flagged(flag.RELATIVE, relative.is_not_null()),
        pl.when(relative.is_not_null()).then(pl.lit("relative")).otherwise("rule").alias("rule"),
    )
    # `nr12` is glued to no name.
    split = split.with_columns(
        pl.col("mask") & ~flag.bit(flag.GLUED), pl.when(pl.col("rule") != "glued").then("rule").alias("rule")
    )
    return rejoin([parts.left, split], tuple(found.columns))


def _without_front(found: pl.DataFrame) -> pl.DataFrame:
    """Remove text that a comma separates from the street: `De Toren, Kerkstraat 12`, `Rose Cottage, 12 High St`."""
    comma = part(found, pl.col("head").str.contains("[,;]"))
    if not comma.taken.height:
        return found
    proven = number_first() | pl.col("tail").str.contains(rf"^,? {form.STREET_WORD}")
    ends = pl.col("head").str.contains(r"[,;] *$") & (pl.col("prefix") == "")
    behind = part(
        grouped(comma.taken, "tail", _STREET_BEHIND),
        proven & ends & pl.col("name").is_not_null() & ~pl.col("tail").str.contains(rf"^ {form.POSTFIX}"),
    )
    moved = behind.taken.with_columns(*with_extra(text("street"))).with_columns(
        pl.col("name").alias("street"), pl.col("after").alias("tail")
    )
    rest = grouped(behind.left.select(found.columns), "street", _SEGMENTS)
    inner = part(rest, pl.col("front").is_not_null())
    cut = inner.taken.with_columns(pl.col("name").alias("street"), *with_extra(text("front")), named("extra"))
    return rejoin([comma.left, moved, cut, inner.left], tuple(found.columns))
