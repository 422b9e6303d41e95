"""The fields of a Moneybird contact, and of the contact people in it.

Document: Moneybird's OpenAPI document v2-20261002, `contact_response` and the request bodies of POST and PATCH.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from etl.systems.declare import AnyJson, Boolean, Children, Field, Integer, Number, Text

if TYPE_CHECKING:
    import polars as pl

SYSTEM = "moneybird"
SAID = ["true", "false"]


def _active(archived: pl.Expr) -> pl.Expr:
    """The text for `active`: a contact that is archived is not."""
    return archived.str.strip_chars().str.to_lowercase().replace_strict(SAID, SAID[::-1], default=None)


TEXTS = (
    "administration_id", "address2", "delivery_method", "attention", "email", "send_estimates_to_attention",
    "send_estimates_to_email", "sepa_iban", "sepa_iban_account_name", "sepa_bic", "sepa_mandate_id",
    "sepa_mandate_date", "sepa_sequence_type", "credit_card_number", "credit_card_reference", "credit_card_type",
    "tax_number_validated_at", "invoice_workflow_id", "estimate_workflow_id", "si_identifier", "si_identifier_type",
    "sales_invoices_url",
)  # fmt: skip
FLAGS = ("is_trusted", "email_ubl", "direct_debit", "sepa_active", "tax_number_valid", "moneybird_payments_mandate")
LISTS = {
    "notes": (
        "id", "entity_id", "entity_type", "user_id", "assignee_id", "todo", "note", "completed_at", "completed_by_id",
        "todo_type", "created_at", "updated_at",
    ),
    "custom_fields": ("id", "name", "value"),
    "events": ("user_id", "action", "link_entity_id", "link_entity_type", "created_at", "updated_at"),
}  # fmt: skip
KEPT = {
    **dict.fromkeys(TEXTS, Field(Text())),
    **dict.fromkeys(FLAGS, Field(Boolean())),
    **{name: Field(AnyJson([dict.fromkeys(inner, str)])) for name, inner in LISTS.items()},
    "max_transfer_amount": Field(Number()),
    "version": Field(Integer()),
}
"""Fields without a column. `attention` and `email` show what `send_invoices_to_attention` and `…_email` hold."""

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
    "tax_number": Field(Text(), "vat_number", writable=True),
    "chamber_of_commerce": Field(Text(), "coc_number", writable=True),
    "bank_account": Field(Text(), "bank_number", writable=True),
    "archived": Field(Boolean(), "active", read=_active),
    "created_at": Field(Text(), "created_at"),
    "updated_at": Field(Text(), "modified_at"),
    **KEPT,
}

PERSON = {
    "id": Field(Text(), "person_id"),
    "firstname": Field(Text(), "first_name"),
    "lastname": Field(Text(), "last_name"),
    "email": Field(Text(), "email_1"),
    "phone": Field(Text(), "phone_1"),
    **dict.fromkeys(("contact_id", "administration_id", "department", "created_at", "updated_at"), Field(Text())),
    "version": Field(Integer()),
}
PEOPLE = Children("contact_people", PERSON)

ONLY_SHOWN = frozenset(
    {
        "administration_id", "is_trusted", "max_transfer_amount", "credit_card_number", "credit_card_reference",
        "credit_card_type", "tax_number_validated_at", "tax_number_valid", "moneybird_payments_mandate",
        "sales_invoices_url", "events", "version",
    }
)  # fmt: skip
"""Those of them that only the server writes."""
PERSON_ONLY_SHOWN = frozenset({"administration_id", "contact_id", "created_at", "updated_at", "version"})
