"""The fields of a CycleSoftware customer and of its phone numbers.

Document: "Customers", tables "Customer (object)" and "Create customer".
"""

from __future__ import annotations

from etl.systems.declare import Field, Integer, Items, Number, Text, wires

SYSTEM = "cyclesoftware"

PHONE = {
    "phone_number_id": Field(Text(), "phone_number_id", writable=True),
    "customer_id": Field(Integer()),
    "phone_number": Field(Text(), "raw", writable=True),
    "name": Field(Text(), "name", writable=True),
}

PHONE_KINDS = {"mob": "mobile", "tel": "landline"}
"""The ids of the two numbers that every customer has, and their kinds; other ids are the account's own."""
MOBILE, TELEPHONE = PHONE_KINDS

CUSTOMER = {
    "customer_id": Field(Text(), "source_id"),
    "customer_type_name": Field(Text(), "customer_type", writable=True),
    "customer_reference": Field(Text(), "reference", writable=True),
    "postcode": Field(Text(), "postcode", writable=True),
    "house_number": Field(Text(), "house_number", writable=True),
    "house_number_postfix": Field(Text(), "house_number_postfix", writable=True),
    "company_name": Field(Text(), "company_name", writable=True),
    "attn": Field(Text(), "attention", writable=True),
    "title": Field(Text(), "title", writable=True),
    "initials": Field(Text(), "initials", writable=True),
    "insertion": Field(Text(), "insertion", writable=True),
    "first_name": Field(Text(), "first_name", writable=True),
    "name": Field(Text(), "last_name", writable=True),
    "street": Field(Text(), "street", writable=True),
    "city": Field(Text(), "city", writable=True),
    "country_code_iso_3166": Field(Text(), "country_code", raw="country", writable=True),
    "email": Field(Text(), "email", writable=True),
    "vat_number": Field(Text(), "vat_number", writable=True),
    "coc_number": Field(Text(), "coc_number", writable=True),
    "discount_percentage": Field(Number(), "discount_percentage", writable=True),
    "datetime_created": Field(Text(), "created_at"),
    "phone_numbers": Field(Items(wires(PHONE)), writable=True),
}
