"""Read PO boxes: the word as typed is the street, its number the house number."""

import polars as pl

from etl.normalise.address import flag, form, words
from etl.normalise.address.country_customs import number_first
from etl.normalise.address.stages import (
    OPEN,
    READ,
    StageResult,
    flagged,
    grouped,
    named,
    part,
    rejoin,
    text,
    with_extra,
)

_FIGURES = r"(?:[0-9]{2}(?: [0-9]{2}){3}|[0-9]{1,3}(?:[ .][0-9]{2,3}){1,2}|[0-9]{1,9})"
_TRIGGER = rf"(?:^|[ ,;(-]){form.PO_BOX}[ .:,]*{form.NUMBER_MARK}?[0-9]"
_SHAPE = (
    rf"^(?:(?<front>.*?)[ ,;(-]+)??(?<street>{form.PO_BOX})[ .:,]*{form.NUMBER_MARK}?"
    rf"(?<number>{_FIGURES})(?: ?(?<postfix>[A-Za-z]))?(?:(?:[ ,;.:)-]+(?<behind>.*))?)$"
)

_LETTERS = rf"^{words.any_of(words.PO_BOX_LETTERS)}$"


def po_box(frame: pl.DataFrame) -> StageResult:
    """Read the lines that are a PO box; a PO box behind a street with a number becomes extra text."""
    parts = part(frame, pl.col("line").str.contains(_TRIGGER))
    if not parts.taken.height:
        return StageResult(frame.clear().select(OPEN), frame)
    shaped = grouped(parts.taken, "line", _SHAPE)
    name = pl.col("front").str.contains(r"\p{L}$") & pl.col("street").str.contains(_LETTERS)
    ends = part(shaped, name & ~number_first() & pl.col("number").str.contains("^[0-9]{1,3}$"))
    shaped = ends.left
    boxes = part(shaped, pl.col("number").is_not_null() & ~pl.col("front").fill_null("").str.contains("[0-9]"))
    beside = part(boxes.left, pl.col("number").is_not_null())
    behind = beside.taken.with_columns(
        pl.col("front").alias("line"),
        *with_extra(pl.col("line").str.slice(pl.col("front").str.len_chars()).str.strip_chars(" ,;(-")),
    )
    taken = boxes.taken.with_columns(*with_extra(text("front"))).with_columns(*with_extra(text("behind")))
    read = taken.with_columns(pl.col("number").str.replace_all("[ .]", ""), flagged(flag.PO_BOX), named("po_box"))
    return StageResult(read.select(READ), rejoin([parts.left, ends.taken, beside.left, behind], OPEN))
