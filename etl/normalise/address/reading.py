"""What the stages hand on to one another, and the few moves they all make.

    line ──> OPEN ── a stage finds the number ──> LOCATED ── a stage reads the rest ──> READ

An OPEN row still has its whole `line` (and a `prefix`: a part of the street's name whose figures are not a number).
A LOCATED row has `street`, `number` and the `tail` behind the number. A READ row is finished. All three carry what
was already cut off: `extra`, `box`, `mask` (the flags as bits), `rule` and `alternative`.
"""

from dataclasses import dataclass

import polars as pl

from etl.normalise.address import flag

CARRIED = ("extra", "box", "mask", "rule", "alternative")
OPEN = ("id", "country", "line", "prefix", *CARRIED)
LOCATED = ("id", "country", "street", "number", "tail", *CARRIED)
READ = ("id", "street", "number", "postfix", *CARRIED)


@dataclass(frozen=True)
class StageResult:
    """What a stage leaves: the rows it took a step further, and those it left alone."""

    taken: pl.DataFrame
    left: pl.DataFrame


def part(frame: pl.DataFrame, condition: pl.Expr) -> StageResult:
    """The rows where the condition holds, and the others (a null does not hold)."""
    holds = frame.select(condition.fill_null(False).alias("holds")).to_series()
    if not holds.any():
        return StageResult(frame.clear(), frame)
    return StageResult(frame.filter(holds), frame.filter(~holds))


def grouped(frame: pl.DataFrame, column: str, regex: str) -> pl.DataFrame:
    """The frame with the regex's named groups as columns, all of them from one search; null where it does not match."""
    return frame.with_columns(pl.col(column).str.extract_groups(regex).alias("_groups")).unnest("_groups")


def rejoin(frames: list[pl.DataFrame], columns: tuple[str, ...]) -> pl.DataFrame:
    """The rows of all frames, with these columns only."""
    full = [frame.select(columns) for frame in frames if frame.height]
    return pl.concat(full) if full else frames[0].select(columns)


def text(column: str) -> pl.Expr:
    """A group's text without outer spaces and commas, null where nothing is left."""
    stripped = pl.col(column).str.strip_chars(" ,;")
    return pl.when(stripped != "").then(stripped)


def flagged(bits: int, condition: pl.Expr | None = None) -> pl.Expr:
    return (pl.col("mask") | (flag.bit(bits) if condition is None else flag.where(condition, bits))).alias("mask")


def with_extra(piece: pl.Expr) -> list[pl.Expr]:
    """Add a piece of text to `extra`, in the order found, and say so; a null piece changes nothing."""
    return [
        pl.when(piece.is_null())
        .then(pl.col("extra"))
        .when(pl.col("extra").is_null())
        .then(piece)
        .otherwise(pl.concat_str("extra", piece, separator=", ", ignore_nulls=True))
        .alias("extra"),
        flagged(flag.EXTRA, piece.is_not_null()),
    ]


def named(rule: str) -> pl.Expr:
    """The rule's name, unless an earlier rule has already made the decision."""
    return pl.col("rule").fill_null(pl.lit(rule)).alias("rule")


def other(**parts: pl.Expr) -> pl.Expr:
    """The other reading, for people: `street=Kerkstraat 12; house_number=34`. Null parts are left out."""
    return pl.concat_str(
        [pl.format(f"{name}={{}}", value) for name, value in parts.items()], separator="; ", ignore_nulls=True
    ).alias("alternative")


def finished(rows: pl.DataFrame, postfix: pl.Expr, rule: str, *more: pl.Expr) -> pl.DataFrame:
    """LOCATED rows with their postfix, READ."""
    return rows.with_columns(postfix.alias("postfix"), named(rule), *more).select(READ)


def none_read(rows: pl.DataFrame) -> pl.DataFrame:
    """No rows, in the shape of READ."""
    return finished(rows.clear(), pl.lit(None, pl.String), "")
