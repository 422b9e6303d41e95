"""The fields of a Moneybird contact, and of the contact people in it.

Document: Moneybird's OpenAPI document v2-20261002, `contact_response` and the request bodies of POST and PATCH. Fields
that are not named here are kept in `extra` as they come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from etl.systems.declare import Boolean, Children, Field, Text

if TYPE_CHECKING:
    import polars as pl

SYSTEM = "moneybird"
SAID = ["true", "false"]


def _active(archived: pl.Expr) -> pl.Expr:
    """The text for `active`: a contact that is archived is not."""
    return archived.str.strip_chars().str.to_lowercase().replace_strict(SAID, SAID[::-1], default=None)


CONTACT = {
    "id": Field(Text(), "source_id"),
    "customer_id": Field(Text(), "reference", writable=True),
    "company_name": Field(Text(), "company_name", writable=True),
    "firstname": Field(Text(), "first_name", writable=True),
    "lastname": Field(Text(), "last_name", writable=True),
    "address1": Field(Text(), "address_line", writable=True),
    "zipcode": Field(Text(), "postcode", writable=True),
    "city": Field(Text(), "city", writable=True),
    "country": Field(Text(), "country_code", writable=True),
    "phone": Field(Text(), "phone", writable=True),
    "send_invoices_to_attention": Field(Text(), "attention", writable=True),
    "send_invoices_to_email": Field(Text(), "email", writable=True),
    "attention": Field(Text()),
    "email": Field(Text()),
    "tax_number": Field(Text(), "vat_number", writable=True),
    "chamber_of_commerce": Field(Text(), "coc_number", writable=True),
    "bank_account": Field(Text(), "bank_number", writable=True),
    "archived": Field(Boolean(), "active", read=_active),
    "created_at": Field(Text(), "created_at"),
    "updated_at": Field(Text(), "modified_at"),
}
"""Those of `attention` and `email` show what the ones to write have, `send_invoices_to_…`."""

PERSON = {
    "id": Field(Text(), "person_id"),
    "firstname": Field(Text(), "first_name"),
    "lastname": Field(Text(), "last_name"),
    "email": Field(Text(), "email_1"),
    "phone": Field(Text(), "phone_1"),
}
PEOPLE = Children("contact_people", PERSON)

ONLY_SHOWN = frozenset(
    {
        "administration_id", "is_trusted", "max_transfer_amount", "credit_card_number", "credit_card_reference",
        "credit_card_type", "tax_number_validated_at", "tax_number_valid", "moneybird_payments_mandate",
        "sales_invoices_url", "events", "version",
    }
)  # fmt: skip
"""Fields that are not named above and that only the server writes."""
PERSON_ONLY_SHOWN = frozenset({"administration_id", "contact_id", "created_at", "updated_at", "version"})
