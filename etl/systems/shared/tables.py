"""The steps of every `into`: flatten nested lists, add the keys, and conform to the output tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from etl import records
from etl.systems.declare import Text

if TYPE_CHECKING:
    import polars as pl

    from etl.systems.declare import Context

FORMULA = "text.formula"


def nested(frame: pl.DataFrame, column: str, *, keep: str, under: str) -> pl.DataFrame:
    """Flatten a list column to a row per object: its fields, the parent's `row`, and the parent's `keep` as `under`.

    `position` counts from 0 within the parent.
    """
    import polars as pl

    items = pl.col(column).list.len().fill_null(0).cast(pl.Int64)
    return (
        frame.select("row", pl.col(keep).alias(under), pl.col(column).alias("_item"), _first=items.cum_sum() - items)
        .explode("_item", empty_as_null=False, keep_nulls=False)
        .with_columns(position=(pl.int_range(pl.len()) - pl.col("_first")).cast(pl.Int32))
        .drop("_first")
        .unnest("_item")
    )


def already_read_phones(contacts: pl.DataFrame, rows: pl.Series, own: Mapping[str, pl.Series]) -> pl.DataFrame:
    """Return earlier results for numbers, as `already_read` of `normalise_phones`, for the contact in each of `rows`.

    `own` gives, by column, the positions of the numbers that the contact's phone, mobile or fax were taken from.
    """
    import polars as pl

    at = pl.repeat(None, len(rows), dtype=pl.UInt32, eager=True)
    for n, places in enumerate(own.values()):
        at = at.scatter(places, rows.gather(places) + n * contacts.height)
    read = pl.concat([contacts.select(pl.col(f"{column}_read").struct.unnest()) for column in own], rechunk=True)
    return read.select(pl.all().gather(at))


def blank_to_null(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Replace blank text in these columns by null."""
    import polars as pl

    from etl.normalise.text import has_text

    return frame.with_columns(pl.when(pl.lit(has_text(frame[name]))).then(pl.col(name)).alias(name) for name in columns)


def stamped(frame: pl.DataFrame, table: str, context: Context) -> pl.DataFrame:
    """Return the table as published: with its keys, and exactly its columns and types."""
    import polars as pl

    keys = {"account": context.account, "system": context.system, "stream": context.stream}
    frame = records.conform(frame.with_columns(**{name: pl.lit(value) for name, value in keys.items()}), table)
    return frame if table == "contacts" else _with_formulas_flagged(frame)


def _with_formulas_flagged(frame: pl.DataFrame) -> pl.DataFrame:
    """Flag rows with a text that a spreadsheet would run as a formula, where the table has `issues`.

    Contacts are flagged where they are normalised; phone columns are skipped, since a number may start with a plus.
    """
    import polars as pl

    from etl.normalise.text import formula_rows

    if "issues" not in frame.columns:
        return frame
    rows = formula_rows(frame.select(pl.col(pl.String).exclude("^phone.*$"))).unique()
    if not len(rows):
        return frame
    flagged = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(rows.implode()) & ~pl.col("issues").list.contains(FORMULA)
    added = pl.col("issues").list.concat(pl.lit([FORMULA], dtype=pl.List(pl.String)))
    return frame.with_columns(issues=pl.when(flagged).then(added).otherwise("issues"))


def typed(frame: pl.DataFrame, table: str, names: Mapping[str, str]) -> pl.DataFrame:
    """Convert the wire columns of a table to the table's types, blank ones to null.

    A value that a column cannot take, or only by rounding, is kept under its wire name in the JSON column `originals`.
    """
    import polars as pl

    from etl.normalise.extra import pack

    schema = {name: dtype for name, dtype in records.polars_schema(table).items() if name in names}
    out, odd = [], []
    for name, dtype in schema.items():
        text = pl.col(name).str.strip_chars()
        text = pl.when(text != "").then(text)
        if dtype == pl.String():
            # an address is kept exactly as received
            out.append((pl.col(name) if name == "address_line" else text).alias(name))
            continue
        if dtype == pl.Boolean():
            value = text.str.to_lowercase().replace_strict(
                {"true": True, "1": True, "false": False, "0": False}, default=None
            )
            fits = value.is_not_null()
        else:
            number = text.str.replace(",", ".", literal=True)
            number = number.str.replace(r"\.0+$", "") if dtype.is_integer() else number
            value = number.cast(dtype, strict=False)
            fits = value.is_not_null() & (value.cast(pl.Float64) == number.cast(pl.Float64, strict=False))
        out.append(value.alias(name))
        odd.append(pl.when(text.is_not_null() & ~fits.fill_null(False)).then(pl.col(name)).alias(name))
    odd_ones = frame.select(odd)
    if not odd or odd_ones.null_count().sum_horizontal().item() == odd_ones.height * odd_ones.width:
        originals = pl.Series("originals", [None], dtype=pl.String).new_from_index(0, frame.height)
    else:
        text_wires = {name: Text() for name in odd_ones.columns}
        originals = odd_ones.select(originals=pack(text_wires, under=names)).to_series()
    return frame.with_columns(*out).with_columns(originals)
