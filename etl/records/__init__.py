"""Define the output tables, with their polars and Arrow schemas.

The models are the single source: `schemas/` is generated from them, and every written frame passes through `conform`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from etl.records.contacts import Address, Contact, ContactPerson, PhoneNumber, SourceRow
from etl.records.products import Product, ProductLocation, ProductMaterial, ProductPrice
from etl.records.types import ArrowKind, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
    import pyarrow as pa
    from pydantic.fields import FieldInfo

TABLES: dict[str, type[Record]] = {
    "contacts": Contact,
    "contact_persons": ContactPerson,
    "phone_numbers": PhoneNumber,
    "products": Product,
    "product_prices": ProductPrice,
    "product_materials": ProductMaterial,
    "product_locations": ProductLocation,
}

__all__ = ["TABLES", "arrow_schema", "conform", "fields", "kinds", "polars_schema"]


def fields(table: str) -> dict[str, FieldInfo]:
    """Return the table's columns in order: keys, then its own, with the address before the column `address_before`."""
    model = TABLES[table]
    every = model.model_fields
    before = getattr(model, "address_before", None)
    names = list(SourceRow.model_fields)
    for name in (name for name in every if name not in SourceRow.model_fields and name not in Address.model_fields):
        if name == before:
            names += Address.model_fields
        names.append(name)
    return {name: every[name] for name in names}


@cache
def kinds(table: str) -> Mapping[str, str]:
    """Map each column to the name of its Arrow type."""
    return {
        name: next(kind.arrow for kind in field.metadata if isinstance(kind, ArrowKind))
        for name, field in fields(table).items()
    }


def polars_schema(table: str) -> dict[str, pl.DataType]:
    import polars as pl

    types: dict[str, pl.DataType] = {
        "string": pl.String(),
        "bool": pl.Boolean(),
        "int16": pl.Int16(),
        "int32": pl.Int32(),
        "int64": pl.Int64(),
        "float64": pl.Float64(),
        "decimal(5,2)": pl.Decimal(5, 2),
        "decimal(18,4)": pl.Decimal(18, 4),
        "timestamp(us, UTC)": pl.Datetime("us", "UTC"),
        "list<string>": pl.List(pl.String),
    }
    return {name: types[kind] for name, kind in kinds(table).items()}


def arrow_schema(
    table: str, *, names: Mapping[str, str] | None = None, about: Mapping[str, str] | None = None
) -> pa.Schema:
    """Return the Arrow schema with descriptions in its metadata.

    `names` maps a column to its name in the API that it came from; `about` is added to the table's own metadata.
    """
    import pyarrow as pa

    types: dict[str, Any] = {
        "string": pa.string(),
        "bool": pa.bool_(),
        "int16": pa.int16(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "decimal(5,2)": pa.decimal128(5, 2),
        "decimal(18,4)": pa.decimal128(18, 4),
        "timestamp(us, UTC)": pa.timestamp("us", "UTC"),
        "list<string>": pa.list_(pa.string()),
    }
    described = fields(table)
    columns = []
    for name, kind in kinds(table).items():
        metadata = {"description": described[name].description or ""}
        if names and name in names:
            metadata["source"] = names[name]
        optional = type(None) in get_args(described[name].annotation)
        columns.append(pa.field(name, types[kind], nullable=optional, metadata=metadata))
    summary = (TABLES[table].__doc__ or "").strip()
    return pa.schema(columns, metadata={"table": table, "description": summary, **(about or {})})


def conform(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Give the frame exactly the table's columns, in their order and types; missing ones are null.

    A value that does not fit its type is a bug in the normaliser, so casts are strict. Lists are never null.
    """
    import polars as pl

    received = frame.schema
    columns = []
    for name, dtype in polars_schema(table).items():
        if name not in received:
            column = pl.lit([] if isinstance(dtype, pl.List) else None, dtype=dtype).alias(name)
        elif received[name] == dtype:
            column = pl.col(name)
        else:
            column = pl.col(name).cast(dtype, strict=True)
        if isinstance(dtype, pl.List) and name in received and frame[name].null_count():
            column = column.fill_null(pl.lit([], dtype=dtype))
        columns.append(column)
    return frame.select(columns)
