"""Rows that any target of a table can take, with values in those of its columns that a body is made of."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from etl.systems.declare import Target

Row = dict[str, str]
ROWS = 6
CONTACT = {
    "name": "Firma {n}",
    "display_name": "Firma {n}",
    "company_name": "Firma {n}",
    "first_name": "Anna",
    "last_name": "Jansen {n}",
    "email": "n{n}@example.nl",
    "phone": "+3120123456{n}",
    "mobile": "+3161234567{n}",
    "address_line": "Dorpsstraat 1{n}",
    "postcode": "1234 AB",
    "city": "Utrecht",
    "country_code": "NL",
    "invoice_address_line": "Markt 2{n}",
    "invoice_postcode": "4321 BA",
    "invoice_city": "Breda",
    "invoice_country_code": "NL",
    "kind": "customer",
    "payment_term_days": "14",
}
PRODUCT = {
    "name": "Kano {n}",
    "display_name": "Kano {n}",
    "supplier_id": "1",
    "purchase_price": "7.5",
    "minimum_quantity": "1{n}",
}
CHANGES = {"contacts": ("city", "postcode", "email", "phone", "last_name", "name"), "products": ("purchase_price",)}
OTHER = {
    "city": "Gent",
    "postcode": "5611 AA",
    "email": "other{n}@example.nl",
    "phone": "+3120765432{n}",
    "last_name": "Pieters {n}",
    "name": "Bedrijf {n}",
    "purchase_price": "8.25",
}
"""The columns of which some are changed, the first that a target can change, and to what."""
ALWAYS = ("display_name", "email", "address_line")
"""Columns that are filled in whatever a target is made of: each has a way to store one of them."""


def rows_for(target: Target) -> list[Row]:
    """Return the rows of a trial: each of another person, or product."""
    samples = CONTACT if target.table == "contacts" else PRODUCT
    carried = {*carried_by(target), *(ALWAYS if target.table == "contacts" else ())}
    kept = {column: text for column, text in samples.items() if column in carried}
    return [
        {"source_id": str(n), **{column: text.replace("{n}", str(n)) for column, text in kept.items()}}
        for n in range(1, ROWS + 1)
    ]


def carried_by(target: Target) -> set[str]:
    """Return the columns of its table that a target makes a body of."""
    every = {*target.columns.values(), *target.secondary_columns}
    prefix = f"{target.table}."
    return {column.removeprefix(prefix) for column in every if "." not in column.removeprefix(prefix)}


def changed_columns(target: Target) -> list[str]:
    """Return the columns of the rows that a trial can change."""
    free = target.columns.keys() - target.fixed - {target.reference}
    return [column for column in CHANGES[target.table] if set(target.fields(column)) & free]


def changed(row: Row, column: str) -> Row:
    return {**row, column: OTHER[column].replace("{n}", row["source_id"])}


def edited(record: Mapping[str, Any], path: str, value: str) -> dict[str, Any]:
    """Return a record with another value in a field, wherever in it an object has that."""
    name, _, rest = path.partition(".")
    found = dict(record)
    if name in found:
        found[name] = edited(found[name], rest, value) if rest and isinstance(found[name], Mapping) else value
        return found
    return {one: edited(inner, path, value) if isinstance(inner, Mapping) else inner for one, inner in found.items()}


def written(folder: Path, rows: Iterable[Row]) -> Path:
    """Write rows as a table of a user's own."""
    rows, path = list(rows), folder / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, list(rows[0]))
        lines.writeheader()
        lines.writerows(rows)
    return path
