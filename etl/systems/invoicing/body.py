"""The forms that the invoicing API takes.

Document: "Contacten", table "Velden": what can be seen, changed, and is required at creation. All values are text; it
gives no length.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from etl.systems.shared.body import Body, Given, Line

Days = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}$")]


class ContactChange(Body):
    """The fields that can be changed, and those that are fixed at creation."""

    client_reference: Line | None = None
    client_code: Line | None = None
    group: Line | None = None
    type: Literal["1", "2"] | None = None
    name: Line | None = None
    location_address: Line | None = None
    location_postal: Line | None = None
    location_city: Line | None = None
    location_country: Line | None = None
    invoice_address: Line | None = None
    invoice_postal: Line | None = None
    invoice_city: Line | None = None
    invoice_country: Line | None = None
    phone: Line | None = None
    fax: Line | None = None
    website: Line | None = None
    btw: Line | None = None
    kvk: Line | None = None
    email: Line | None = None
    bank_name: Line | None = None
    bank_nr: Line | None = None
    payment_term: Days | None = None


class NewContact(ContactChange):
    """The form that creates a contact."""

    client_reference: Given
    group: Given
    name: Given
    location_address: Given
    location_city: Given
    invoice_address: Given
    invoice_postal: Given
    invoice_city: Given
    phone: Given
    email: Given
    payment_term: Days


COLUMNS = {
    "client_reference": "reference",
    "client_code": "client_code",
    "group": "contact_group",
    "type": "kind",
    "name": "name",
    "location_address": "address_line",
    "location_postal": "postcode",
    "location_city": "city",
    "location_country": "country_code",
    "invoice_address": "invoice_address_line",
    "invoice_postal": "invoice_postcode",
    "invoice_city": "invoice_city",
    "invoice_country": "invoice_country_code",
    "phone": "phone",
    "fax": "fax",
    "website": "website",
    "btw": "vat_number",
    "kvk": "coc_number",
    "email": "email",
    "bank_name": "bank_name",
    "bank_nr": "bank_number",
    "payment_term": "payment_term_days",
}
"""Field of the contact to the column that it is made of."""
