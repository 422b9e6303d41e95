"""Split address lines: a fast path for plain ones, then stages that each see only the rows that are still open.

line ─ plain ───────────────────────────────────────────────────────────────> read
         └ po_box ─ box ─ front ─ number_first ─ name_with_figures ─ locate ─ tail ─> read
                                                                       └ no number ─> read
"""

import polars as pl

from etl.normalise.address import flag
from etl.normalise.address.fast_path import plain
from etl.normalise.address.front import front
from etl.normalise.address.letter_box import box
from etl.normalise.address.locate import locate
from etl.normalise.address.name import name_with_figures
from etl.normalise.address.number_first import leading_name, number_in_front
from etl.normalise.address.po_box import po_box
from etl.normalise.address.policy import Policy, applied
from etl.normalise.address.stages import LOCATED, OPEN, READ, flagged, rejoin
from etl.normalise.address.tail import read_tail
from etl.normalise.text import without_entities

_INVISIBLE = r"\u{200b}|\u{feff}"
_UNDERLINED = r"(\p{L}[.,]?)_+"
_BATCH = 250_000
_DUPLICATES_PAY = 0.7
"""The share of distinct lines above which deduplication costs more than it saves."""


def split(frame: pl.DataFrame, *, policy: Policy = "usual") -> pl.DataFrame:
    """Split `address_line` by the custom of `country_code` (ISO 3166-1 alpha-2, or null for unknown).

    Returns the columns of `ADDRESS_SCHEMA`, a row for each row, in their order. A blank line gives nulls and no flags;
    `address_issues` is never null. Works in batches: apart from the result, memory does not grow with the frame.
    """
    if frame.height <= _BATCH:
        return _batch(frame, policy)
    return pl.concat([_batch(piece, policy) for piece in frame.iter_slices(_BATCH)])


def _batch(frame: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    lines = frame.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("id"),
        pl.col("address_line").cast(pl.String).alias("line"),
        pl.col("country_code").cast(pl.String).fill_null("").alias("country"),
    )
    fast = plain(lines)
    rest = fast.left.filter(pl.col("line").str.contains(r"[^\s]"))
    read = pl.concat([fast.taken, _distinctly(rest)]) if rest.height else fast.taken
    read = pl.concat([read, _blank(lines, read)])
    return applied(policy, _result(read.sort("id")), lines.get_column("line"))


def _distinctly(rows: pl.DataFrame) -> pl.DataFrame:
    """Read each distinct pair of line and country once, where there are enough duplicates."""
    key = ["line", "country"]
    distinct = rows.select(pl.col("line").approx_n_unique()).item()
    if distinct > rows.height * _DUPLICATES_PAY:
        return read_lines(rows)
    pairs = rows.select(key).unique().with_row_index("pair")
    numbered = rows.join(pairs, on=key, how="left").select("id", "pair")
    read = read_lines(pairs.rename({"pair": "id"}))
    return numbered.join(read.rename({"id": "pair"}), on="pair", how="left").select(READ)


def read_lines(rows: pl.DataFrame) -> pl.DataFrame:
    """Read `id, line, country` through all the stages; no line may be blank. Returns READ rows in any order."""
    rows = rows.with_columns(without_entities(rows["line"]).str.replace_all(_UNDERLINED, "$1 "))
    tidy = pl.col("line").str.replace_all(_INVISIBLE, "").str.replace_all(r"\s+", " ").str.strip_chars(' ,;"“”„')
    whole = pl.col("line").str.strip_chars()
    rest = rows.with_columns(pl.when(tidy != "").then(tidy).otherwise(whole).alias("line")).select(
        "id",
        "country",
        "line",
        pl.lit("").alias("prefix"),
        pl.lit(None, pl.String).alias("extra"),
        pl.lit(None, pl.String).alias("box"),
        flag.bit(0).alias("mask"),
        pl.lit(None, pl.String).alias("rule"),
        pl.lit(None, pl.String).alias("alternative"),
    )
    original = rest.select("id", pl.col("line").alias("whole"))
    boxes = po_box(rest.select(OPEN))
    rest, dated = leading_name(front(box(boxes.left)))
    rest, first = number_in_front(rest)
    located = locate(name_with_figures(rest))
    read = read_tail(rejoin([dated, first, located.taken], LOCATED))
    done = rejoin([boxes.taken, read, _numberless(located.left, original)], READ)
    return done.with_columns(flagged(flag.NO_STREET, pl.col("street").is_null()))


def _numberless(rows: pl.DataFrame, original: pl.DataFrame) -> pl.DataFrame:
    """Take the whole line as the street where no number was found, including text that was removed on the way."""
    return (
        rows.join(original, on="id", how="left")
        .select(
            "id",
            pl.col("whole").alias("street"),
            pl.lit(None, pl.String).alias("number"),
            pl.lit(None, pl.String).alias("postfix"),
            pl.lit(None, pl.String).alias("extra"),
            pl.lit(None, pl.String).alias("box"),
            flag.bit(flag.NO_NUMBER).alias("mask"),
            pl.lit("no_number").alias("rule"),
            pl.lit(None, pl.String).alias("alternative"),
        )
        .select(READ)
    )


def _blank(lines: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit(None, pl.String)
    return lines.join(read.select("id"), on="id", how="anti").select(
        "id", *(flag.bit(0).alias(name) if name == "mask" else nothing.alias(name) for name in READ[1:])
    )


def _result(read: pl.DataFrame) -> pl.DataFrame:
    return read.select(
        "street",
        pl.col("number").cast(pl.Int32, strict=False).alias("house_number"),
        pl.col("postfix").alias("house_number_postfix"),
        "box",
        pl.col("extra").alias("address_extra"),
        pl.col("alternative").alias("address_alternative"),
        pl.col("rule").alias("address_rule"),
        flag.names(read.get_column("mask")).alias("address_issues"),
    )
