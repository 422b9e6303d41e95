"""Parse decimals as people and APIs write them: `10`, `10.50`, `10,50`, `€ 1.234,56`, `12 %`."""

from __future__ import annotations

import polars as pl


def to_decimal(column: pl.Series, *, precision: int, scale: int) -> pl.Series:
    """Convert to exact decimals; null where the text is not a number, or has more digits than the column takes.

    A single separator is the decimal point, whether comma or full stop; of two different ones, the last is.
    """
    if column.dtype.is_numeric() and not column.dtype.is_float():
        return column.cast(pl.Decimal(precision, scale), strict=False)
    if column.null_count() == len(column):
        return pl.repeat(None, len(column), dtype=pl.Decimal(precision, scale), eager=True).alias(column.name)
    text = column.cast(pl.String)
    plain = text.str.contains(rf"^-?[0-9]{{1,{precision - scale}}}(?:\.[0-9]{{1,{scale}}}0*)?$").fill_null(False)
    if plain.all():
        return text.cast(pl.Decimal(precision, scale), strict=False)
    rest = (~plain & text.is_not_null()).arg_true()
    if len(rest):
        text = text.scatter(rest, _plain_number(text.gather(rest), precision, scale))
    return text.cast(pl.Decimal(precision, scale), strict=False)


def _plain_number(text: pl.Series, precision: int, scale: int) -> pl.Series:
    bare = pl.col("x").str.replace_all(r"(?i)eur(?:o)?|[€$£%\s'_]|,-+$|\.-+$", "")
    dotted = pl.col("x").str.contains(
        r"^[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]*)$|^[+-]?[0-9]{1,3}(?:\.[0-9]{3}){2,}$"
    )
    comma_grouped = pl.col("x").str.contains(
        r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)$|^[+-]?[0-9]{1,3}(?:,[0-9]{3}){2,}$"
    )
    number = (
        pl.when(dotted)
        .then(pl.col("x").str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .when(comma_grouped)
        .then(pl.col("x").str.replace_all(",", "", literal=True))
        .otherwise(pl.col("x").str.replace(",", ".", literal=True))
        .str.strip_prefix("+")
        .str.replace(r"^(-?)\.", "${1}0.")
        .str.replace(r"\.$", "")
        # Trailing zeros beyond the scale are no reason to refuse.
        .str.replace(rf"(\.[0-9]{{1,{scale}}})0+$", "$1")
        .str.replace(r"^(-?)0+([0-9])", "${1}${2}")
    )
    fits = pl.col("x").str.contains(rf"^-?[0-9]{{1,{precision - scale}}}(?:\.[0-9]{{1,{scale}}})?$")
    figures = pl.when(bare.str.contains("[0-9]")).then(bare)
    frame = text.to_frame("x").select(x=figures).select(x=number).select(pl.when(fits).then("x"))
    return frame.to_series()


def to_float(column: pl.Series) -> pl.Series:
    """Convert coordinates to floats, with a decimal point or comma."""
    if column.dtype.is_numeric():
        return column.cast(pl.Float64)
    number = column.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    return number.set(~number.is_finite().fill_null(True), None)


def to_whole(column: pl.Series, kind: pl.DataType | type[pl.DataType]) -> pl.Series:
    """Convert to whole numbers; `14.0` is one, `14.5` gives null."""
    if column.dtype == pl.String:
        column = column.str.replace(r"\.0+$", "")
    if column.dtype.is_float():
        whole = column.cast(pl.Int64, strict=False)
        column = whole.set(whole.cast(pl.Float64) != column, None)
    return column.cast(kind, strict=False)
