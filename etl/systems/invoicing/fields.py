"""The fields of a contact of the invoicing API, and of the SubContacts beside it.

Document: "Contacten", table "Velden": which fields can be read and changed. All values are text.
"""

from __future__ import annotations

from etl.systems.declare import Boolean, Field, Number, Text

SYSTEM = "invoicing"

CONTACT = {
    "id": Field(Text(), "source_id"),
    "client_reference": Field(Text(), "reference", writable=True),
    "client_code": Field(Text(), "client_code", writable=True),
    "group": Field(Text(), "contact_group", writable=True),
    "type": Field(Text(), "kind", raw="type", writable=True),
    "name": Field(Text(), "name", writable=True),
    "location_address": Field(Text(), "address_line", writable=True),
    "location_postal": Field(Text(), "postcode", writable=True),
    "location_city": Field(Text(), "city", writable=True),
    "location_country": Field(Text(), "country_code", raw="country", writable=True),
    "location_long": Field(Number(), "longitude"),
    "location_lat": Field(Number(), "latitude"),
    "invoice_address": Field(Text(), "invoice_address_line", writable=True),
    "invoice_postal": Field(Text(), "invoice_postcode", writable=True),
    "invoice_city": Field(Text(), "invoice_city", writable=True),
    "invoice_country": Field(Text(), "invoice_country_code", raw="invoice_country", writable=True),
    "invoice_long": Field(Number(), "invoice_longitude"),
    "invoice_lat": Field(Number(), "invoice_latitude"),
    "phone": Field(Text(), "phone", writable=True),
    "fax": Field(Text(), "fax", writable=True),
    "website": Field(Text(), "website", writable=True),
    "btw": Field(Text(), "vat_number", writable=True),
    "kvk": Field(Text(), "coc_number", writable=True),
    "email": Field(Text(), "email", writable=True),
    "bank_name": Field(Text(), "bank_name", writable=True),
    "bank_nr": Field(Text(), "bank_number", writable=True),
    "created": Field(Text(), "created_at"),
    "modified": Field(Text(), "modified_at"),
    "trashed": Field(Boolean(), "active", raw="trashed"),
    "payment_term": Field(Text(), "payment_term_days", writable=True),
}

FIXED = frozenset({"client_reference", "group", "type"})
"""Fields that cannot be changed after creation."""

SUB_CONTACT = {
    "id": Field(Text(), "person_id"),
    "contact_id": Field(Text()),
    "first_name": Field(Text(), "first_name"),
    "last_name": Field(Text(), "last_name"),
    "gender": Field(Text(), "gender"),
    "salutation": Field(Text(), "salutation"),
    "email": Field(Text(), "email_1"),
    "phone": Field(Text(), "phone_1", raw="phone_1_raw"),
    "mobile": Field(Text(), "phone_2", raw="phone_2_raw"),
    "address": Field(Text(), "address_line"),
    "postal": Field(Text(), "postcode"),
    "city": Field(Text(), "city"),
    "function": Field(Text()),
    "created": Field(Text()),
    "modified": Field(Text()),
}
"""No document shows one: the names of the contact's own fields are assumed, and the whole object is kept in `extra`."""
SUB_CONTACT_SERVER_MADE = frozenset({"id", "contact_id", "created", "modified"})
"""The fields of a SubContact that only the server writes."""
