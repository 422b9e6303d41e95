"""Read records of plain fields: the `into` that follows from a table of fields.

A field that has no column, or that nobody declared, is kept in `extra`, in the objects that it came in.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from etl.systems.declare import UNKNOWN, Children, Fields, Object, Text, Wire, raw_names, wires
from etl.systems.plain.children import child_rows
from etl.systems.plain.columns import AS_THEY_ARE, with_raw_names

if TYPE_CHECKING:
    import polars as pl

    from etl.systems.declare import Context

KINDS = ("customer", "supplier", "staff", "other")


def into(
    fields: Fields, children: Mapping[str, Children], frame: pl.DataFrame, context: Context
) -> dict[str, pl.DataFrame]:
    """Convert records in the wire schema to contacts, and lists in them to rows of their tables."""
    import polars as pl

    from etl.normalise.contacts import normalise_contacts
    from etl.normalise.extra import merge, pack
    from etl.systems.shared.tables import stamped, typed

    names = raw_names(with_raw_names(fields))
    wire = wires(fields)
    flat = frame.select("extracted_at", *(value.alias(path) for path, value in _values(wire)))
    raw = flat.select(
        "extracted_at",
        *(_read(fields, path).alias(column) for column, path in names.items()),
        leftover=merge(_leftover(wire, frozenset(names.values())), *_unread(fields)),
    )
    rows = normalise_contacts(raw, country=context.country, timezone=context.timezone, own_names=names)
    passed = {column: path for column, path in names.items() if column in AS_THEY_ARE}
    rows = typed(rows.rename({"originals": "unfit"}), "contacts", passed)
    kept = [pl.col("leftover"), pl.col("unfit"), pl.col("originals")]
    if "kind" in passed:
        kind = pl.col("kind").str.to_lowercase()
        kept.append(pl.when(~kind.is_in(KINDS)).then(pack({"kind": Text()}, under=names)))
        told = pl.when(kind.is_in(KINDS)).then(kind).otherwise(pl.lit("other"))
    rows = rows.with_columns(
        kind=told if "kind" in passed else pl.lit("customer"),
        active=pl.col("active").fill_null(True) if "active" in passed else pl.lit(True),
        extra=merge(*kept),
    )
    contacts = stamped(rows, "contacts", context)
    below = {table: child_rows(table, one, frame, contacts, context) for table, one in children.items()}
    return {"contacts": contacts, **below}


def _values(wire: Mapping[str, Wire], parent: pl.Expr | None = None, before: str = "") -> Iterator[tuple[str, pl.Expr]]:
    """Yield every field of a record by its path, with what is undeclared in each object."""
    import polars as pl

    for name, kind in {**wire, UNKNOWN: Text()}.items():
        value = pl.col(name) if parent is None else parent.struct.field(name)
        if isinstance(kind, Object):
            yield from _values(kind.fields, value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _read(fields: Fields, path: str) -> pl.Expr:
    """Return the text for the column of a field."""
    import polars as pl

    read = fields[path].read
    return pl.col(path) if read is None else read(pl.col(path))


def _unread(fields: Fields) -> Iterator[pl.Expr]:
    """Yield each field of which its own function makes nothing, under its path."""
    import polars as pl

    from etl.normalise.extra import pack

    for path, field in fields.items():
        if field.column and field.read is not None:
            yield pl.when(_read(fields, path).is_null()).then(pack({path: field.wire}))


def _leftover(wire: Mapping[str, Wire], taken: Collection[str], before: str = "") -> pl.Expr:
    """Return what of an object no column takes, as a JSON object."""
    import polars as pl

    from etl.normalise.extra import merge, pack

    found = [pl.col(f"{before}{UNKNOWN}")]
    inner: dict[str, Wire] = {}
    for name, kind in wire.items():
        if isinstance(kind, Object):
            left = _leftover(kind.fields, taken, f"{before}{name}.")
            found.append(pl.concat_str(pl.lit(f"{{{json.dumps(name)}:"), left, pl.lit("}")))
        elif f"{before}{name}" not in taken:
            inner[f"{before}{name}"] = kind
    if inner:
        found.append(pack(inner, under={path: path.rpartition(".")[2] for path in inner}))
    return merge(*found)
