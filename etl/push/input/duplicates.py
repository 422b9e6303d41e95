"""Rows that look like the same person, or the same product, under different keys.

Two keys are two records to whoever gave them: both go, and the later one is told as perhaps the same as the first.
"""

from __future__ import annotations

import polars as pl

WHO = {
    "contacts": ("name", "company_name", "first_name", "insertion", "last_name"),
    "products": ("name", "supplier_id"),
}
"""Some of these must be there."""
WHERE = {
    "contacts": ("email", "phone", "mobile", "postcode", "house_number", "house_number_postfix", "address_line"),
    "products": ("purchase_price", "duration_iso", "minimum_quantity"),
}
"""And some of these; where all of both are equal, rows are alike."""
TOGETHER = 1 << 13
"""Of so many rows at once the texts are held."""


def first_alike(frame: pl.DataFrame, table: str) -> pl.Series:
    """For each row the number of the first one that is like it, null for that one and for those like no other."""
    told = [_told(frame, names[table]) for names in (WHO, WHERE)]
    slices = list(frame.iter_slices(TOGETHER)) or [frame]
    known = pl.concat(one.select(told[0].alias("who"), told[1].alias("where")) for one in slices).with_row_index("row")
    groups = known.filter(pl.col("who").is_not_null() & pl.col("where").is_not_null()).with_columns(
        first=pl.col("row").first().over("who", "where")
    )
    others = groups.filter(pl.col("row") != pl.col("first")).select("row", "first")
    return known.join(others, on="row", how="left", maintain_order="left")["first"]


def _told(frame: pl.DataFrame, names: tuple[str, ...]) -> pl.Expr:
    """What those columns say, whatever their case and blanks, as a hash; null where nothing is in them."""
    there = [
        pl.col(name).cast(pl.String).str.to_lowercase().str.replace_all(r"\s+", "").fill_null("")
        for name in names
        if name in frame.columns
    ]
    if not there:
        return pl.lit(None, pl.UInt64)
    whole = pl.concat_str(there, separator="\n")
    return pl.when(whole.str.strip_chars() != "").then(whole.hash())
