"""Read the customers of a WooCommerce shop: everybody with an account there. Who ordered as a guest has none.

Document: WooCommerce's REST API v3, "Customers", "Authentication" and "Pagination"; where it is silent, the source of
the plugin's controllers. Nobody tried it with a live shop: `UNVERIFIED` says what that leaves open.

The address for billing is the contact's; that for shipping has no columns, and is kept in `extra`. The name and the
e-mail address are the account's, and those of the billing address where the account has none. No time can be asked
from: the API ignores `modified_after` for customers without a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from etl.systems.declare import Context, Header, MovingWindow, PageNumber, PageSize, Refusal, Stream, System, wires
from etl.systems.plain.columns import published_of
from etl.systems.shared.told_error import told_error
from etl.systems.woocommerce.fields import CUSTOMER, NAMES, SERVER_MADE, SYSTEM

if TYPE_CHECKING:
    import polars as pl

PATH = "/wp-json/wc/v3/customers"
STAFF = ("administrator", "editor", "author", "contributor", "shop_manager")
NUMBERS = ("billing.phone", "shipping.phone")
PUBLISHED: Mapping[str, Mapping[str, str]] = {
    "contacts": {
        **published_of(CUSTOMER),
        **{name: f"{name}, billing.{name}" for name in NAMES},
        "insertion": "last_name, billing.last_name",
        "kind": "role",
        "address_extra": "billing.address_2",
    },
    "phone_numbers": {"source_id": "id", "raw": ", ".join(NUMBERS), "e164": ", ".join(NUMBERS)},
}
UNVERIFIED = (
    "the whole of it: taken from the document and the plugin's source, and tried with a simulator of them",
    "the errors of WordPress itself, and which refusals are a 401 and which a 403",
    "limits: the plugin has none, the 240 calls a minute are ours, and hosts have their own",
    "a new customer gets the shop's e-mail for new accounts, or not, by the shop's settings",
)


def into(frame: pl.DataFrame, context: Context) -> dict[str, pl.DataFrame]:
    """Convert customers in the wire schema to contacts and phone_numbers."""
    import polars as pl

    from etl.systems.plain.read import into as by_table

    contacts = by_table(CUSTOMER, {}, _told_once(frame), context)["contacts"]
    role = pl.col("customer_type").str.to_lowercase()
    customer = role.is_null() | (role == "subscriber") | role.str.contains("customer", literal=True)
    kind = pl.when(customer).then(pl.lit("customer")).when(role.is_in(STAFF)).then(pl.lit("staff"))
    contacts = contacts.with_columns(kind=kind.otherwise(pl.lit("other")))
    return {"contacts": contacts, "phone_numbers": _numbers(frame, contacts, context)}


def _told_once(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out of each billing address what the account says, too, and make one line of its two."""
    import polars as pl

    billing, shipping = (_fields(frame, name) for name in ("billing", "shipping"))
    has_name = _has_text(pl.col("first_name")) | _has_text(pl.col("last_name"))
    named = {"email": _has_text(pl.col("email")), "first_name": has_name, "last_name": has_name}
    account = {name: pl.when(named[name]).then(pl.col(name)).otherwise(billing[name]) for name in NAMES}
    first, second = billing["address_1"], billing["address_2"]
    both = pl.concat_str(first.str.strip_chars(), pl.lit(", "), second.str.strip_chars())
    line = pl.when(~_has_text(second)).then(first).when(_has_text(first)).then(both).otherwise(second)
    other = {name: billing[name].str.strip_chars() != pl.col(name).str.strip_chars() for name in NAMES}
    other["email"] = billing["email"].str.to_lowercase() != pl.col("email").str.to_lowercase()
    billing |= {name: pl.when(named[name] & other[name]).then(billing[name]) for name in NAMES}
    billing["address_1"] = line  # the second one stays in `extra`, too: where it began is lost in the line
    shipping["phone"] = pl.lit(None, pl.String)  # it has a row of phone_numbers
    return frame.with_columns(
        **account,
        billing=pl.struct([value.alias(name) for name, value in billing.items()]),
        shipping=pl.struct([value.alias(name) for name, value in shipping.items()]),
        meta_data=pl.when(pl.col("meta_data") != "[]").then(pl.col("meta_data")),
    )


def _fields(frame: pl.DataFrame, name: str) -> dict[str, pl.Expr]:
    """Return the fields of an object, with what nobody declared."""
    import polars as pl

    return {field: pl.col(name).struct.field(field) for field in frame[name].struct.fields}


def _has_text(value: pl.Expr) -> pl.Expr:
    return (value.str.strip_chars() != "").fill_null(False)


def _numbers(frame: pl.DataFrame, contacts: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the numbers of both addresses, each read in its own country."""
    import polars as pl

    from etl.normalise.phone import normalise_phones
    from etl.systems.shared.tables import stamped

    country = pl.col("shipping").struct.field("country").str.strip_chars().str.to_uppercase()
    own = frame.with_columns(contacts["source_id"], contacts["country_code"])
    own = own.with_columns(_abroad=pl.when(country.str.contains(r"^[A-Z]{2}$")).then(country))
    parts = []
    for path in NUMBERS:
        place, _, name = path.partition(".")
        there = pl.coalesce("_abroad", "country_code") if place == "shipping" else pl.col("country_code")
        raw = pl.col(place).struct.field(name)
        parts.append(own.select("source_id", country_code=there, raw=raw, phone_number_id=pl.lit(path)))
    numbers = pl.concat(parts).filter(_has_text(pl.col("raw")))
    read = normalise_phones(numbers.select("raw", "country_code"), country=context.country)
    numbers = numbers.with_columns(read["e164"], read["valid"], kind=read["kind"].fill_null("other"))
    return stamped(numbers, "phone_numbers", context)


TAG = re.compile(r"<[^>]*>")
OF_ONE_RECORD = frozenset({"woocommerce_rest_cannot_edit", "woocommerce_rest_cannot_delete"})
"""Codes of a 403 to a write: this user's role is none that the API changes or deletes, with these credentials."""

MEANT = {"woocommerce_rest_customer_invalid_email": "Another user of the shop has this e-mail address"}
"""What is meant by a message that tells less."""


def refusal(body: Any) -> Refusal | None:
    """Read `code`, `message` and `data.status`. The message is in the shop's language, so that the code goes along."""
    if not isinstance(body, dict) or not isinstance(body.get("code"), str) or "message" not in body:
        told = told_error(body)  # of whoever stands before the shop
        return None if told is None else Refusal("refused", told)
    code, data = body["code"], body.get("data")
    status = data.get("status") if isinstance(data, dict) else None
    message = TAG.sub("", str(body["message"] or "")).strip().rstrip(".")
    said = f"{MEANT.get(code, message)} [{code}]".strip()
    if status == 403 and code in OF_ONE_RECORD:
        return Refusal("record", said)
    if status in (401, 403):
        return Refusal("credentials", said)
    if status == 429:
        return Refusal("throttled", said)
    return Refusal("unavailable" if status in (500, 502, 503, 504) else "refused", said)


WOOCOMMERCE = System(
    id=SYSTEM,
    title="WooCommerce",
    auth=("basic",),
    limits=(MovingWindow(240, seconds=60),),
    refusal=refusal,
    targets="etl.systems.woocommerce.write",
    probe=("customers", {"per_page": "1"}),
    unverified=UNVERIFIED,
    streams=(
        Stream(
            name="customers",
            path=PATH,
            get=f"{PATH}/{{id}}",
            find=f"{PATH}?role=all",
            find_parameters={"email": "email"},
            parameters={"role": "all", "orderby": "id", "order": "asc"},
            paging=PageNumber(
                "page", size=PageSize("per_page", 100), pages=Header("X-WP-TotalPages"), rows=Header("X-WP-Total")
            ),
            fields=CUSTOMER,
            wire=wires(CUSTOMER),
            key="id",
            into=into,
            tables=("contacts", "phone_numbers"),
            names=PUBLISHED,
            server_made={"contacts": SERVER_MADE},
        ),
    ),
)
