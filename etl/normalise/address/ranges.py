"""Read ranges: two or more house numbers in one line."""

import polars as pl

from etl.normalise.address import flag, form
from etl.normalise.address.country_customs import belgian, german
from etl.normalise.address.stages import (
    LOCATED,
    StageResult,
    finished,
    flagged,
    grouped,
    none_read,
    part,
    rejoin,
    with_extra,
)

_RANGE = (
    rf"^(?<joint>[A-Za-z]{{0,2}}(?: ?(?:{form.DASH}|[/&+~_]) ?|{form.GERMAN_RANGE_WORD}{form.NUMBER_MARK}?))"
    rf"(?<to>[1-9][0-9]{{0,4}})(?<more>[^0-9].*)?$"
)
_MORE = (
    rf"^(?<kept>[A-Za-z]{{0,2}}(?:(?: ?(?:{form.DASH}|[/&+,]) ?|{form.RANGE_WORD})[0-9]{{1,5}}[A-Za-z]?)*)(?<cut>.*)$"
)
_NOT_A_RANGE = rf"^ ?(?:{form.DASH}|/) ?(?:{form.FLOOR}|[0-9]{{1,2}}(?:e|de|ste|hg|hs))(?:[ -].*)?$"


def house_number_ranges(rows: pl.DataFrame) -> StageResult:
    """Read `12-14`, `12 t/m 18`, `12 + 14` as several house numbers. A hyphen makes a range only if it ascends."""
    shaped = part(rows, pl.col("tail").str.contains(_RANGE))
    split = grouped(shaped.taken, "tail", _RANGE)
    first, second = pl.col("number").cast(pl.Int64), pl.col("to").cast(pl.Int64)
    same_length = pl.col("number").str.len_bytes() == pl.col("to").str.len_bytes()
    upwards = (second > first) & (same_length | (second - first <= 40))
    bis = pl.col("joint").str.contains("(?i)bis")
    dash = pl.col("joint").str.contains(rf"{form.DASH}|_")
    slash = pl.col("joint").str.contains("/", literal=True) & ~pl.col("joint").str.contains(r"\p{L} *[/.]? *\p{L}")
    slashed = ~belgian() & (pl.col("country") != "AT")
    is_range = (
        pl.when(bis)
        .then(german())
        .when(pl.col("tail").str.contains(_NOT_A_RANGE))
        .then(pl.lit(False))
        .when(dash)
        .then(upwards)
        .when(slash)
        .then(upwards & slashed)
        .otherwise(pl.lit(True))
    )
    parts = part(split, is_range)
    left = rejoin([shaped.left, parts.left], LOCATED)
    if not parts.taken.height:
        return StageResult(none_read(rows), left)
    more = grouped(parts.taken.with_columns(pl.col("more").fill_null("")), "more", _MORE)
    unit = pl.col("cut").str.contains(rf"^(?:{form.TAIL_POSTFIX})?$") | (pl.col("cut") == "")
    cut = pl.when(~unit).then(pl.col("cut").str.strip_chars(" ,;-"))
    start = pl.col("joint").str.replace(form.SEPARATOR, "").str.replace("^~ ?", "")
    postfix = pl.concat_str(start, "to", "kept", pl.when(unit).then("cut").otherwise(pl.lit("")))
    taken = more.with_columns(*with_extra(pl.when(cut != "").then(cut)))
    return StageResult(finished(taken, postfix.str.strip_chars(" "), "range", flagged(flag.RANGE)), left)
