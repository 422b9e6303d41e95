"""The columns of `contacts` that a field can fill, and how each is called before it is normalised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from etl import records
from etl.systems.declare import Children, Field, Fields, published

RAW: Mapping[str, str] = {
    "country_code": "country",
    "province_code": "province",
    "invoice_country_code": "invoice_country",
}
"""Column to its name before it is normalised, where that differs."""

OURS = frozenset(
    {
        "account", "system", "stream", "address_rule", "address_alternative", "address_extra", "deleted_at", "extra",
        "issues", "suggestions", "extracted_at", "invoice_street", "invoice_house_number",
        "invoice_house_number_postfix", "invoice_box",
    }
)  # fmt: skip
"""Columns that are made here, of what other fields hold."""

AS_THEY_ARE = frozenset(
    {
        "source_id", "kind", "is_organisation", "reference", "client_code", "contact_group", "customer_type", "status",
        "company_id", "active", "extra_fields",
    }
)  # fmt: skip
"""Columns that take a value of their type, and are not normalised."""

SHARED = {"mobile": "phone", "phone": "mobile", "insertion": "last_name", "gender": "title"}
"""Columns that another one's field may also fill, and that one."""


CHILDREN: Mapping[str, tuple[str, ...]] = {
    "contact_persons": (
        "person_id", "main_contact", "first_name", "last_name", "gender", "salutation", "email_1", "email_2", "phone_1",
        "phone_2", "address_line", "postcode", "city", "newsletter_ids",
    ),
    "phone_numbers": ("phone_number_id", "raw", "name"),
}  # fmt: skip
"""The tables of which a list in a record can make rows, and the columns of each that a field can fill."""


def fillable(table: str) -> frozenset[str]:
    """Return the columns of a table that a field can fill."""
    return frozenset(CHILDREN[table]) if table in CHILDREN else frozenset(records.fields(table)) - OURS


def with_raw_names(fields: Fields) -> dict[str, Field]:
    """Return the fields with the names of their columns before they are normalised."""
    return {
        name: replace(field, raw=field.raw or RAW.get(field.column or "", field.column))
        for name, field in fields.items()
    }


def published_of(fields: Fields) -> dict[str, str]:
    """Return `published` for contacts, with the columns that share a field with another."""
    names = published(fields)
    if "street" in names and "address_line" not in names:
        parts = ("street", "house_number", "house_number_postfix")
        names["address_line"] = ", ".join(names[part] for part in parts if part in names)
    return {**{column: names[other] for column, other in SHARED.items() if other in names}, **names}


def published_of_children(children: Children, key: str) -> dict[str, str]:
    """Return `published` for the rows of a list, with the columns that share a field with another."""
    names = published(children.fields, f"{children.name}[].")
    shared = {"phone_1": "phone_1_raw", "phone_2": "phone_2_raw", "last_name": "insertion", "raw": "e164"}
    return {"source_id": key, **names, **{other: names[one] for one, other in shared.items() if one in names}}
