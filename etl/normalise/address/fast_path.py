"""The fast path for most lines: a street without figures, a number, and at most a plain postfix."""

import polars as pl

from etl.normalise.address import flag, form, words
from etl.normalise.address.stages import READ, StageResult, part

_SHAPE = r"^(?<head>[^0-9]*)(?<number>[0-9]{1,5})(?<tail>.*)$"
"""Each character class excludes the next, so that the engine needs one pass."""

_STREET = r"^['’]?\p{L}[\p{L}.'’ -]*[\p{L}.][\p{L}.] $"
_NOT_A_STREET = (
    rf"  |(?:^|[ .]-?)(?:{form.NUMBER_WORD}|{form.RELATIVE}|{form.PO_BOX}|{words.any_of(words.BOX)}|(?i:rn|rd|box|bs)"
    rf")[ .]*$|^(?:{form.CARE_OF}|{words.any_of(words.RELATIVE_FRONT)})[ .]"
)
"""Heads that end with a word about the number, or start with one about people."""

_NAME_WITH_YEAR = rf"(?:^|[ ]){form.GENERIC} (?:van |in )?{form.YEAR}"
_ORDINAL = r"^(?i:er)$"
"""Not a postfix: `Avenue Albert 1er`."""
_POSTFIX = rf"^(?:[ -]?(?:{form.LETTERS}|{form.ROMAN})|[ -]?(?i:bis|ter|hs|huis|boven|beneden|achter|rood|zwart))?$"


def plain(frame: pl.DataFrame) -> StageResult:
    """Read the plain lines of a frame of `id, line, country`; the rows taken are READ, the others unchanged."""
    shaped = frame.with_columns(pl.col("line").str.extract_groups(_SHAPE).alias("_")).unnest("_")
    sure = (
        pl.col("tail").str.contains(_POSTFIX)
        & ~pl.col("tail").str.contains(_ORDINAL)
        & pl.col("head").str.contains(_STREET)
        & ~pl.col("head").str.contains(_NOT_A_STREET)
        & ~pl.col("line").str.contains(_NAME_WITH_YEAR)
    )
    parts = part(shaped, sure)
    postfix = pl.col("tail").str.strip_chars_start(" -")
    taken = parts.taken.select(
        "id",
        pl.col("head").str.strip_chars_end(" ").alias("street"),
        "number",
        pl.when(postfix != "").then(postfix).alias("postfix"),
        pl.lit(None, pl.String).alias("extra"),
        pl.lit(None, pl.String).alias("box"),
        flag.bit(0).alias("mask"),
        pl.when(postfix != "").then(pl.lit("postfix")).otherwise(pl.lit("plain")).alias("rule"),
        pl.lit(None, pl.String).alias("alternative"),
    )
    return StageResult(taken.select(READ), parts.left.select("id", "line", "country"))
