"""The columns of a user's own table of contacts that are read, and those that are made."""

from __future__ import annotations

from collections.abc import Mapping

KNOWN = (
    "name", "display_name", "company_name", "department", "attention", "title", "gender", "initials", "first_name",
    "insertion", "last_name", "email", "website", "fax", "phone", "mobile", "address_line", "street",
    "house_number", "house_number_postfix", "box", "postcode", "city", "country", "country_code", "province",
    "province_code", "latitude", "longitude", "invoice_attention", "invoice_address_line", "invoice_postcode",
    "invoice_city", "invoice_country", "invoice_country_code", "invoice_latitude", "invoice_longitude",
    "vat_number", "coc_number", "bank_name", "bank_number", "payment_term_days", "discount_percentage",
    "created_at", "modified_at",
)  # fmt: skip
"""The columns that are read, named as in the contacts table; `country` and `province` as people write them."""

KEYS = ("account", "system", "stream", "source_id")
"""The columns by which an export tells its rows apart."""
DERIVED = ("address_extra", "address_alternative", "address_rule", "issues", "suggestions")
OURS = (*DERIVED, "originals", "extra")
"""The columns that are made anew; `originals` and `extra` hold what was there before."""

PARTS = ("street", "house_number", "house_number_postfix")
MADE: Mapping[str, tuple[str, ...]] = {
    "address_line": (*PARTS, "box", "address_extra"),
    "invoice_address_line": tuple(f"invoice_{name}" for name in (*PARTS, "box")),
    "country": ("country_code",),
    "province": ("province_code",),
    "invoice_country": ("invoice_country_code",),
    "last_name": ("insertion",),
}
"""The columns that are made of another one."""
