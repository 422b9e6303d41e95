"""The fields of a customer of WooCommerce.

Document: "Customers", of the REST API v3, and the schema in WooCommerce's source, which also has `shipping.phone`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from etl.systems.declare import AnyJson, Boolean, Field, Integer, Text

if TYPE_CHECKING:
    import polars as pl

SYSTEM = "woocommerce"
NAIVE = r"^[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d$"
LINK = [{"href": str}]


def in_utc(time: pl.Expr) -> pl.Expr:
    """Say of a time that it is in UTC: the API writes it without a zone."""
    import polars as pl

    return pl.when(time.str.contains(NAIVE)).then(time + "Z").otherwise(time)


NAMES = ("email", "first_name", "last_name")
"""Fields that the billing address has of its own, too."""
LINES = ("billing.address_1", "billing.address_2")

CUSTOMER = {
    "id": Field(Integer(), "source_id"),
    "date_created": Field(Text()),
    "date_created_gmt": Field(Text(), "created_at", read=in_utc),
    "date_modified": Field(Text()),
    "date_modified_gmt": Field(Text(), "modified_at", read=in_utc),
    "email": Field(Text(), "email", writable=True),
    "first_name": Field(Text(), "first_name", writable=True),
    "last_name": Field(Text(), "last_name", writable=True),
    "role": Field(Text(), "customer_type"),
    "username": Field(Text()),
    "billing.first_name": Field(Text()),
    "billing.last_name": Field(Text()),
    "billing.company": Field(Text(), "company_name", writable=True),
    "billing.address_1": Field(Text(), "address_line", writable=True),
    "billing.address_2": Field(Text()),
    "billing.city": Field(Text(), "city", writable=True),
    "billing.state": Field(Text(), "province_code"),
    "billing.postcode": Field(Text(), "postcode", writable=True),
    "billing.country": Field(Text(), "country_code", writable=True),
    "billing.email": Field(Text()),
    "billing.phone": Field(Text(), "phone", writable=True),
    "shipping.first_name": Field(Text()),
    "shipping.last_name": Field(Text()),
    "shipping.company": Field(Text()),
    "shipping.address_1": Field(Text()),
    "shipping.address_2": Field(Text()),
    "shipping.city": Field(Text()),
    "shipping.state": Field(Text()),
    "shipping.postcode": Field(Text()),
    "shipping.country": Field(Text()),
    "shipping.phone": Field(Text()),
    "is_paying_customer": Field(Boolean()),
    "avatar_url": Field(Text()),
    "meta_data": Field(AnyJson([{"id": int}])),  # an empty list; in others are values of any type
    "_links": Field(AnyJson({"self": LINK, "collection": LINK})),
}

SERVER_MADE = frozenset({"date_created", "date_modified", "is_paying_customer", "avatar_url", "_links"})
"""The fields kept in `extra` that only the server writes."""
