"""Make rows of a list in each record: its persons, its phone numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etl.systems.declare import UNKNOWN, Children, raw_names, wires
from etl.systems.plain.columns import CHILDREN

if TYPE_CHECKING:
    import polars as pl

    from etl.systems.declare import Context

NOTHING = "_nothing"
"""The column of what no field is for."""
AS_RECEIVED = {"phone_1": "phone_1_raw", "phone_2": "phone_2_raw"}
OPTIONAL = frozenset({"main_contact", "newsletter_ids"})
"""Columns that are left out where no field is for them."""


def child_rows(
    table: str, children: Children, frame: pl.DataFrame, contacts: pl.DataFrame, context: Context
) -> pl.DataFrame:
    """Return the rows that the lists of the records make; `contacts` are their rows, in the order of the frame."""
    import polars as pl

    from etl.normalise.extra import merge, pack
    from etl.systems.shared.tables import nested, stamped

    own = frame.select(children.name, source_id=contacts["source_id"]).with_row_index("row")
    rows = nested(own, children.name, keep="source_id", under="source_id")
    names = raw_names(children.fields)
    without_column = {name: wire for name, wire in wires(children.fields).items() if name not in names.values()}
    left = merge(pl.col(UNKNOWN), *([pack(without_column)] if without_column else []))
    rows = rows.with_columns(
        left.alias(UNKNOWN),
        pl.lit(None, dtype=pl.String).alias(NOTHING),
        country_code=contacts["country_code"].gather(rows["row"]),
    )
    made = _persons(rows, names, context) if table == "contact_persons" else _numbers(rows, names, context)
    return stamped(made, table, context)


def _persons(rows: pl.DataFrame, names: dict[str, str], context: Context) -> pl.DataFrame:
    from etl.systems.shared.read_persons import contact_persons

    every = {column: names.get(column, NOTHING) for column in CHILDREN["contact_persons"]}
    told = {AS_RECEIVED.get(column, column): name for column, name in every.items() if column not in OPTIONAL}
    told |= {column: names[column] for column in OPTIONAL & names.keys()}
    return contact_persons(rows, told, country=context.country)


def _numbers(rows: pl.DataFrame, names: dict[str, str], context: Context) -> pl.DataFrame:
    import polars as pl

    from etl.normalise.phone import normalise_phones
    from etl.systems.shared.tables import blank_to_null

    told = {column: names.get(column, NOTHING) for column in CHILDREN["phone_numbers"]}
    own = (pl.col(name).alias(column) for column, name in told.items())
    numbers = blank_to_null(rows.select("source_id", "country_code", *own, extra=UNKNOWN), *told)
    read = normalise_phones(numbers.select("raw", "country_code"), country=context.country)
    return numbers.with_columns(read["e164"], read["valid"], kind=read["kind"].fill_null("other"))
