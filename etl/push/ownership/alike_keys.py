"""Keys that a spreadsheet spelled otherwise: a row that is known under another spelling makes no second record.

    00102 -> 102, 102.0, 1,02E+02        31612345678 -> 3,16123E+10        Ab-7 -> AB-7

Rows whose very key was sent before are left alone. Of the others, a key that was sent counts first, then one that a row
was set aside with, then one that stands further up in the input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from etl.push.input.child_tables import LINE, OWN_KEY
from etl.push.input.rows import Input, read_input
from etl.push.input.told_rows import ERROR, FIELD, NOTE, SUGGESTION, with_told
from etl.state.entries import Source
from etl.state.ledger import Ledger
from etl.tables.shown_cells import MOST_DIGITS

SOURCE = ("account", "stream")
SENT, ASIDE, HERE = range(3)
"""How another spelling is known, the surest first."""
LONGEST = 18
"""The most figures of a number that is rounded here."""
SHORTENED = r"^([0-9])(?:[.,]([0-9]+))?e\+?([0-9]{1,2})$"
GROUPED = r"^[1-9][0-9]{0,2}(?:[.,'][0-9]{3})+$"
CUT = rf"^[0-9]{{{MOST_DIGITS}}}0+$"

REPAIR = "Mend it, or say --keys repair ({} is meant) or --keys exact (it is another row)."
SEVERAL = "Several known keys are like it: mend it, or say --keys exact (it is another row)."


@dataclass(frozen=True)
class Keys:
    """The input, and the numbers, from 1, of its rows with another spelling of a known key."""

    data: Input
    aside: Sequence[int] = ()
    repaired: Sequence[int] = ()


def by_known_keys(ledger: Ledger, data: Input) -> Keys:
    """Set aside the rows whose key is another spelling of a known one or, as the order says, take the known one."""
    if data.order.keys == "exact" or data.order.mode == "delete":
        return Keys(data)
    found = _alike(ledger, data)
    if found.is_empty():
        return Keys(data)
    sure = ~found["several"] if data.order.keys == "repair" else pl.repeat(False, found.height, eager=True)
    meant, doubtful = found.filter(sure), found.filter(~sure)
    if meant.height:
        names = meant.select(*SOURCE, "key", "other").iter_rows()
        data = read_input(
            data.order, data.destination, {Source(account, stream, key): other for account, stream, key, other in names}
        )
    frame = with_told(data.frame, _doubts(doubtful, data.order.key or "source_id"), LINE)
    frame = with_told(
        frame, meant.select(LINE, pl.format("The key {} is taken for {}.", "key", "other").alias(NOTE)), LINE
    )
    return Keys(replace(data, frame=frame), *((one[LINE] + 1).to_list() for one in (doubtful, meant)))


def _doubts(found: pl.DataFrame, key: str) -> pl.DataFrame:
    where = pl.when(pl.col("rank") == HERE).then(pl.lit("this input")).otherwise(pl.format("run {}", "run"))
    known = pl.format(
        "The key is {} here and {} in row {} of {}: a spreadsheet may have changed it. Not sent. ",
        "key", "other", pl.col("at") + 1, where,
    )  # fmt: skip
    advice = pl.when("several").then(pl.lit(SEVERAL)).otherwise(pl.format(REPAIR, "other"))
    return found.select(
        LINE,
        (known + advice).alias(ERROR),
        pl.lit(key).alias(FIELD),
        pl.when(~pl.col("several")).then("other").alias(SUGGESTION),
    )


def _alike(ledger: Ledger, data: Input) -> pl.DataFrame:
    """Find the rows of which another spelling of the key is known: where, and whether there are several."""
    rows = data.frame.select(
        *(_text(data.frame, name) for name in SOURCE), pl.col(OWN_KEY).alias("key"), LINE
    ).filter(pl.col("key").is_not_null())  # fmt: skip
    known = _known(ledger, rows)
    new = rows.join(known.filter(pl.col("rank") == SENT), on=[*SOURCE, "key"], how="anti", maintain_order="left")
    here = new.select(
        *SOURCE, "key", pl.lit(HERE, pl.Int8).alias("rank"), pl.lit(None, pl.String).alias("run"),
        pl.col(LINE).cast(pl.Int64).alias("at"),
    )  # fmt: skip
    new, others = _with_forms(new), _with_forms(pl.concat([known, here]))
    found = [_found(new, others, pl.col("number"))]
    for figures in pl.concat([new["figures"], others["figures"]]).drop_nulls().unique().sort():
        found += _damaged(new, others, _rounded(figures), pl.col("figures") == figures)
    found += _damaged(new, others, _beginning(), pl.col("number").str.contains(CUT))
    return pl.concat(found).unique(LINE, keep="first", maintain_order=True).sort(LINE)


def _text(frame: pl.DataFrame, name: str) -> pl.Expr:
    there = pl.col(name) if name in frame.columns else pl.lit(None)
    return there.cast(pl.String).fill_null("").alias(name)


def _known(ledger: Ledger, rows: pl.DataFrame) -> pl.DataFrame:
    schema = {**dict.fromkeys((*SOURCE, "key"), pl.String), "rank": pl.Int8, "run": pl.String, "at": pl.Int64}
    known = [
        (account, stream, key, rank, run, line)
        for account, stream in rows.select(SOURCE).unique(maintain_order=True).iter_rows()
        for rank, keys in ((SENT, ledger.keys(account, stream)), (ASIDE, ledger.keys_set_aside(account, stream)))
        for key, run, line in keys
    ]
    return pl.DataFrame(known, schema=schema, orient="row")


def _with_forms(frame: pl.DataFrame) -> pl.DataFrame:
    """Add what stays of a key whatever its spelling, and of one like 3,16E+10 its figures and its exponent."""
    bare = pl.col("key").str.replace_all(r"[\s\p{Cf}]", "").str.to_lowercase().str.replace_all(r"""^(?:="|')|"$""", "")
    grouped = bare.str.contains(GROUPED)
    whole = bare.str.replace(r"^([0-9]+)[.,]0+$", "$1")
    whole = pl.when(grouped).then(bare.str.replace_all(r"[^0-9]", "")).otherwise(whole)
    power = bare.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
    number = pl.when(bare.str.contains(SHORTENED)).then(power.cast(pl.String)).otherwise(whole)
    number = number.str.strip_chars_start("0")
    first = bare.str.extract(SHORTENED, 1) + bare.str.extract(SHORTENED, 2).fill_null("")
    return frame.with_columns(
        pl.when(number == "").then(pl.lit("0")).otherwise(pl.coalesce(number, bare)).alias("number"),
        first.alias("first"),
        first.str.len_bytes().alias("figures"),
        bare.str.extract(SHORTENED, 3).cast(pl.Int64).alias("exponent"),
    )


def _rounded(figures: int) -> pl.Expr:
    """A number rounded to so many figures, or a key that was: `316123e10`."""
    length = pl.col("number").str.len_bytes().cast(pl.Int64)
    whole = pl.col("number").str.contains(rf"^[0-9]{{{figures + 1},{LONGEST}}}$")
    value = pl.when(whole).then("number").cast(pl.Int64)
    unit = pl.lit(10, pl.Int64).pow(pl.when(whole).then(length - figures)).cast(pl.Int64)
    digits = ((value + unit // 2) // unit).cast(pl.String)
    carried = digits.str.len_bytes() > figures
    long = pl.format("{}e{}", digits.str.head(figures), length - 1 + carried.cast(pl.Int64))
    return pl.when(pl.col("figures") == figures).then(pl.format("{}e{}", "first", "exponent")).otherwise(long)


def _beginning() -> pl.Expr:
    """The figures of a number that a spreadsheet keeps, and how many there were."""
    number = pl.col("number")
    long = number.str.contains(rf"^[0-9]{{{MOST_DIGITS + 1},}}$")
    return pl.when(long).then(pl.format("{}e{}", number.str.head(MOST_DIGITS), number.str.len_bytes()))


def _damaged(new: pl.DataFrame, others: pl.DataFrame, form: pl.Expr, damage: pl.Expr) -> list[pl.DataFrame]:
    """Compare by a form in which two whole keys may be equal: one of the two must be damaged."""
    damage = damage.fill_null(False)
    return [_found(new.filter(damage), others, form), _found(new.filter(~damage), others.filter(damage), form)]


def _found(new: pl.DataFrame, others: pl.DataFrame, form: pl.Expr) -> pl.DataFrame:
    on = [*SOURCE, "form"]
    surest = pl.col("rank") == pl.col("rank").first()
    groups = (
        others.with_columns(form.alias("form"))
        .sort("rank", maintain_order=True)
        .group_by(on)
        .agg(
            pl.col("key").first().alias("other"),
            pl.col("key").filter(surest).unique().alias("keys"),
            pl.col("rank", "run", "at").first(),
        )
    )
    pairs = new.with_columns(form.alias("form")).join(groups, on=on, how="inner", maintain_order="left")
    several = pl.col("keys").list.len() - pl.col("keys").list.contains(pl.col("key")).cast(pl.UInt32) > 1
    return pairs.filter(pl.col("key") != pl.col("other")).select(
        LINE, *SOURCE, "key", "other", "rank", "run", "at", (several & (pl.col("rank") != HERE)).alias("several")
    )
