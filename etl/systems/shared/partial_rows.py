"""Reduce a row to the columns of its own file, for a draft that is merged into an existing record.

Reading a file derives columns that it does not have: a display name, a gender from a title, a country from a postcode.
A new record can use these; in an existing one they would overwrite what somebody entered.
"""

from __future__ import annotations

from dataclasses import replace

from etl.systems.declare import Drafting, Row
from etl.systems.shared.address import PARTS, REBUILT, has_split_address, line
from etl.systems.shared.cells import text

GROUPS: tuple[frozenset[str], ...] = (
    frozenset({"phone", "mobile"}),
    frozenset({"last_name", "insertion"}),
    frozenset({"country", "country_code"}),
    frozenset({"province", "province_code"}),
    frozenset({"invoice_country", "invoice_country_code"}),
    frozenset({"address_line", "address_rule", *PARTS}),
    frozenset({"invoice_address_line", *(f"invoice_{part}" for part in PARTS)}),
)
"""Columns among which reading may move a value."""
ALWAYS = frozenset(
    {"account", "system", "stream", "source_id", "extra", "issues", "suggestions", "is_organisation", "extracted_at"}
)


def only_present(row: Row, drafting: Drafting) -> Row:
    """Return the row with the columns of its file; all of them for a new record, and if the file has all columns."""
    if not drafting.partial or drafting.present is None:
        return row
    groups = [group for group in GROUPS if group & drafting.present]
    kept = drafting.present.union(ALWAYS, *groups)
    return replace(row, values={column: value for column, value in row.values.items() if column in kept})


def address_line(row: Row, drafting: Drafting) -> str | None:
    """Return the address as a line; None in an update with only a part of one, such as a street without a number."""
    values, present = row.values, drafting.present
    numbered = present is None or "house_number" in present or text(values.get("house_number"))
    apart = text(values.get("address_rule")) == REBUILT if present is None else "address_line" not in present
    if drafting.partial and apart and not (numbered and text(values.get("street"))):
        return None
    return line(values, rebuilt=has_split_address(row.system))
