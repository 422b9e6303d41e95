"""Read products with their prices, materials and locations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from etl.systems.declare import UNKNOWN

if TYPE_CHECKING:
    import polars as pl

    from etl.systems.declare import Context

Nested = tuple[str, Mapping[str, str]]


def product_tables(
    frame: pl.DataFrame,
    context: Context,
    *,
    product: Mapping[str, str],
    prices: Nested,
    materials: Nested,
    locations: Nested,
) -> dict[str, pl.DataFrame]:
    """Convert products in the wire schema to the four product tables; every mapping is from column to wire field."""
    import polars as pl

    from etl.normalise.contacts import normalise_address_block
    from etl.normalise.extra import merge
    from etl.normalise.times import duration_minutes
    from etl.systems.shared.tables import nested, stamped, typed

    frame = frame.with_row_index("row")
    rows = frame.select(
        "row", "extracted_at", UNKNOWN, *(pl.col(wire).alias(column) for column, wire in product.items())
    )
    rows = typed(rows, "products", product)
    tables, leftovers = {}, []
    for table, (column, names) in {
        "product_prices": prices,
        "product_materials": materials,
        "product_locations": locations,
    }.items():
        inner = nested(frame, column, keep=product["source_id"], under="source_id").select(
            "row", "source_id", "position", UNKNOWN, *(pl.col(wire).alias(name) for name, wire in names.items())
        )
        inner = typed(inner, table, names).with_columns(
            pl.col("source_id").str.strip_chars(), extra=merge(pl.col(UNKNOWN), pl.col("originals"))
        )
        if table == "product_locations":
            own = inner.select("address_line", "postcode", "city")
            split = normalise_address_block(own, country=context.country, own_names=names)
            inner = inner.drop(own.columns).with_columns(
                *split.drop("originals", "suggestions").iter_columns(), extra=merge(pl.col("extra"), split["originals"])
            )
        else:
            leftovers.append(_leftover(inner, column))
        tables[table] = inner
    rows = rows.join(_gathered(leftovers), on="row", how="left", maintain_order="left")
    tables["products"] = rows.with_columns(
        pl.col("source_id").str.strip_chars(),
        duration_minutes=duration_minutes(pl.col("duration_iso")),
        extra=merge(pl.col(UNKNOWN), pl.col("originals"), pl.col("leftover")),
    )
    return {name: stamped(tables[name], name, context) for name in ("products", *tables) if name in tables}


def _leftover(inner: pl.DataFrame, column: str) -> pl.DataFrame:
    """Collect fields of prices and materials without a column for the product's `extra`; these tables have none."""
    import polars as pl

    return inner.filter(pl.col("extra").is_not_null()).select(
        "row", leftover=pl.format('"{}[{}]":{}', pl.lit(column), "position", "extra")
    )


def _gathered(leftovers: list[pl.DataFrame]) -> pl.DataFrame:
    """Join the leftovers of each product into one JSON object."""
    import polars as pl

    together = pl.concat(leftovers).group_by("row", maintain_order=True)
    return together.agg(leftover=pl.concat_str(pl.lit("{"), pl.col("leftover").str.join(","), pl.lit("}")))
