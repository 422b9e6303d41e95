"""The rows that stages pass to one another, and the operations that they share.

    line ──> OPEN ── a stage finds the number ──> LOCATED ── a stage reads the rest ──> READ

An OPEN row still has its `line` (and a `prefix`: the part of the street's name whose figures are not a number).
A LOCATED row has `street`, `number` and the `tail` behind the number. A READ row is finished. All three have columns
for what was found so far: `extra`, `box`, `mask` (the flags as bits), `rule` and `alternative`.
"""

from dataclasses import dataclass

import polars as pl

from etl.normalise.address import flag
from etl.normalise.address.rules import Rule

COMMON = ("extra", "box", "mask", "rule", "alternative")
OPEN = ("id", "country", "line", "prefix", *COMMON)
LOCATED = ("id", "country", "street", "number", "tail", *COMMON)
READ = ("id", "street", "number", "postfix", *COMMON)


@dataclass(frozen=True)
class StageResult:
    """The result of a stage: the rows it took a step further, and those it left unchanged."""

    taken: pl.DataFrame
    left: pl.DataFrame


def part(frame: pl.DataFrame, condition: pl.Expr) -> StageResult:
    """Split the rows by a condition; a null counts as false."""
    holds = frame.select(condition.fill_null(False).alias("holds")).to_series()
    if not holds.any():
        return StageResult(frame.clear(), frame)
    return StageResult(frame.filter(holds), frame.filter(~holds))


def grouped(frame: pl.DataFrame, column: str, regex: str) -> pl.DataFrame:
    """Add the regex's named groups as columns, from one search; null where it does not match."""
    return frame.with_columns(pl.col(column).str.extract_groups(regex).alias("_groups")).unnest("_groups")


def rejoin(frames: list[pl.DataFrame], columns: tuple[str, ...]) -> pl.DataFrame:
    """Concatenate the rows of all frames, with these columns only."""
    full = [frame.select(columns) for frame in frames if frame.height]
    return pl.concat(full) if full else frames[0].select(columns)


def text(column: str) -> pl.Expr:
    """Return a group's text without outer spaces and commas, null where nothing is left."""
    stripped = pl.col(column).str.strip_chars(" ,;")
    return pl.when(stripped != "").then(stripped)


def flagged(bits: int, condition: pl.Expr | None = None) -> pl.Expr:
    return (pl.col("mask") | (flag.bit(bits) if condition is None else flag.where(condition, bits))).alias("mask")


def with_extra(piece: pl.Expr) -> list[pl.Expr]:
    """Append a piece of text to `extra` and flag the row; a null piece changes nothing."""
    return [
        pl.when(piece.is_null())
        .then(pl.col("extra"))
        .when(pl.col("extra").is_null())
        .then(piece)
        .otherwise(pl.concat_str("extra", piece, separator=", ", ignore_nulls=True))
        .alias("extra"),
        flagged(flag.EXTRA, piece.is_not_null()),
    ]


def named(rule: Rule) -> pl.Expr:
    """Set the rule's name, unless an earlier rule has made the decision."""
    return pl.col("rule").fill_null(pl.lit(rule)).alias("rule")


def other(**parts: pl.Expr) -> pl.Expr:
    """Describe the other reading, for people: `street=Kerkstraat 12; house_number=34`. Null parts are left out."""
    return pl.concat_str(
        [pl.format(f"{name}={{}}", value) for name, value in parts.items()], separator="; ", ignore_nulls=True
    ).alias("alternative")


def finished(rows: pl.DataFrame, postfix: pl.Expr, rule: Rule, *more: pl.Expr) -> pl.DataFrame:
    """Turn LOCATED rows into READ ones, with their postfix."""
    return rows.with_columns(postfix.alias("postfix"), named(rule), *more).select(READ)


def none_read(rows: pl.DataFrame) -> pl.DataFrame:
    """Return no rows, with the columns of READ."""
    return finished(rows.clear(), pl.lit(None, pl.String), "plain")
