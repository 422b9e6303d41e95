"""A row as far as its file says it, for a draft that is laid over a record that is there.

Reading a file fills columns that it does not have: a name to show, a gender out of a title, a country out of a
postcode. On a new record these are welcome; on one that is there they would go over what somebody wrote.
"""

from __future__ import annotations

from dataclasses import replace

from etl.systems.declare import Drafting, Row
from etl.systems.shared.address import PARTS, REBUILT, keeps_apart, line
from etl.systems.shared.cells import text

TOGETHER: tuple[frozenset[str], ...] = (
    frozenset({"phone", "mobile"}),
    frozenset({"last_name", "insertion"}),
    frozenset({"country", "country_code"}),
    frozenset({"province", "province_code"}),
    frozenset({"invoice_country", "invoice_country_code"}),
    frozenset({"address_line", "address_rule", *PARTS}),
    frozenset({"invoice_address_line", *(f"invoice_{part}" for part in PARTS)}),
)
"""Columns among which a value finds its place when it is read."""
ALWAYS = frozenset(
    {"account", "system", "stream", "source_id", "extra", "issues", "suggestions", "is_organisation", "extracted_at"}
)


def as_given(row: Row, drafting: Drafting) -> Row:
    """The row with what its own file says; whole for a new record, and where the file has all columns."""
    if not drafting.partial or drafting.present is None:
        return row
    groups = [group for group in TOGETHER if group & drafting.present]
    kept = drafting.present.union(ALWAYS, *groups)
    return replace(row, values={column: value for column, value in row.values.items() if column in kept})


def address_line(row: Row, drafting: Drafting) -> str | None:
    """The address as a line. A part of one, a street or a number by itself, is none to lay over one that is there."""
    values, present = row.values, drafting.present
    numbered = present is None or "house_number" in present or text(values.get("house_number"))
    apart = text(values.get("address_rule")) == REBUILT if present is None else "address_line" not in present
    if drafting.partial and apart and not (numbered and text(values.get("street"))):
        return None
    return line(values, rebuilt=keeps_apart(row.system))
