"""Find rows that look like the same person, or the same product, under different keys.

Whoever assigned two keys means two records: both are sent, and the later one is reported as a possible duplicate.
"""

from __future__ import annotations

import polars as pl

WHO = {
    "contacts": ("name", "company_name", "first_name", "insertion", "last_name"),
    "products": ("name", "supplier_id"),
}
"""At least one of these must have a value."""
WHERE = {
    "contacts": ("email", "phone", "mobile", "postcode", "house_number", "house_number_postfix", "address_line"),
    "products": ("purchase_price", "duration_iso", "minimum_quantity"),
}
"""So must one of these; rows that are equal in all of both are lookalikes."""
SLICE = 1 << 13
"""The number of rows whose texts are held in memory at once."""


def first_lookalike(frame: pl.DataFrame, table: str) -> pl.Series:
    """For each row, give the number of the first row that it looks like; null for that row and for unique ones."""
    hashes = [_hash_of(frame, names[table]) for names in (WHO, WHERE)]
    slices = list(frame.iter_slices(SLICE)) or [frame]
    rows = pl.concat(one.select(hashes[0].alias("who"), hashes[1].alias("where")) for one in slices).with_row_index(
        "row"
    )
    groups = rows.filter(pl.col("who").is_not_null() & pl.col("where").is_not_null()).with_columns(
        first=pl.col("row").first().over("who", "where")
    )
    others = groups.filter(pl.col("row") != pl.col("first")).select("row", "first")
    return rows.join(others, on="row", how="left", maintain_order="left")["first"]


def _hash_of(frame: pl.DataFrame, names: tuple[str, ...]) -> pl.Expr:
    """Hash the values of those columns, ignoring case and blanks; null where all are empty."""
    there = [
        pl.col(name).cast(pl.String).str.to_lowercase().str.replace_all(r"\s+", "").fill_null("")
        for name in names
        if name in frame.columns
    ]
    if not there:
        return pl.lit(None, pl.UInt64)
    whole = pl.concat_str(there, separator="\n")
    return pl.when(whole.str.strip_chars() != "").then(whole.hash())
