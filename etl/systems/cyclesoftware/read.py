"""Read CycleSoftware: the customers of a bicycle shop.

Document: "Customers" of the CycleSoftware API (find, create and update customers). Hosts api.cyclesoftware.nl, .be
and .fr by country of the account; HTTP Basic; its limits are 360 calls in a sliding minute and 15,000 a day.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from etl.systems.cyclesoftware.fields import CUSTOMER, MOBILE, PHONE, PHONE_KINDS, SYSTEM, TELEPHONE
from etl.systems.declare import (
    UNKNOWN,
    Context,
    Daily,
    Envelope,
    MovingWindow,
    NextOffset,
    Refusal,
    Stream,
    System,
    published,
    raw_names,
    read_only,
    wires,
)
from etl.systems.shared.told_error import told_error

if TYPE_CHECKING:
    import polars as pl

NAMES = raw_names(CUSTOMER)

PUBLISHED_NAMES = {
    "contacts": {
        **published(CUSTOMER),
        "address_line": "street, house_number, house_number_postfix",
        "is_organisation": "company_name, customer_type_name",
        "gender": "title",
        "phone": "phone_numbers[].phone_number",
        "mobile": "phone_numbers[].phone_number",
    },
    "phone_numbers": {
        "source_id": "customer_id",
        **published(PHONE, "phone_numbers[]."),
        "e164": "phone_numbers[].phone_number",
    },
}
"""Column of a table, as published, to the fields that it is made from."""


def into(frame: pl.DataFrame, context: Context) -> dict[str, pl.DataFrame]:
    """Convert customers in the wire schema to contacts and phone_numbers."""
    import polars as pl

    from etl.normalise.contacts import normalise_contacts
    from etl.normalise.extra import merged, packed
    from etl.normalise.phone import normalise_phones
    from etl.systems.shared.tables import already_read_phones, blank_to_null, nested, stamped

    frame = frame.with_row_index("row")
    phones = nested(frame, "phone_numbers", keep="customer_id", under="parent_id")
    phones = blank_to_null(phones, "phone_number", "name")
    own = {column: _first(phones, phone_id) for column, phone_id in (("phone", TELEPHONE), ("mobile", MOBILE))}
    raw = frame.select("row", "extracted_at", UNKNOWN, *(pl.col(name).alias(column) for column, name in NAMES.items()))
    raw = raw.with_columns(_of_rows(phones, places, len(raw)).alias(column) for column, places in own.items())
    contacts = normalise_contacts(
        raw,
        country=context.country,
        timezone=context.timezone,
        own_names={**NAMES, "phone": f"phone_numbers.{TELEPHONE}", "mobile": f"phone_numbers.{MOBILE}"},
        keep_read=True,
    )
    contacts = blank_to_null(contacts, "reference", "customer_type")
    organisation = pl.col("company_name").is_not_null() | (pl.col("customer_type") == "Zakelijk")
    contacts = contacts.with_columns(
        source_id=pl.col("source_id").str.strip_chars(),
        kind=pl.lit("customer"),
        is_organisation=pl.when(organisation).then(True).when(pl.col("customer_type") == "Klant").then(False),
        active=pl.lit(True),
        extra=merged(contacts[UNKNOWN], contacts["originals"]),
    )
    read = normalise_phones(
        phones.select(raw="phone_number", country_code=contacts["country_code"].gather(phones["row"])),
        country=context.country,
        already_read=already_read_phones(contacts, phones["row"], own),
    )
    kind = pl.lit("other")
    for phone_id, meant in PHONE_KINDS.items():
        kind = pl.when(pl.col("phone_number_id") == phone_id).then(pl.lit(meant)).otherwise(kind)
    foreign = packed(phones, {"customer_id": PHONE["customer_id"].wire}, pl.col("customer_id") != pl.col("parent_id"))
    phones = phones.select(
        "phone_number_id",
        "name",
        source_id=contacts["source_id"].gather(phones["row"]),
        kind=pl.when(read["kind"].is_null()).then(kind).otherwise(read["kind"]),
        raw="phone_number",
        e164=read["e164"],
        valid=read["valid"],
        extra=merged(phones[UNKNOWN], foreign),
    )
    return {
        "contacts": stamped(contacts, "contacts", context),
        "phone_numbers": stamped(phones, "phone_numbers", context),
    }


def _first(phones: pl.DataFrame, phone_id: str) -> pl.Series:
    """Return the position of each customer's first number with this id; `phones` is in the order of the customers."""
    import polars as pl

    there = (pl.col("phone_number_id") == phone_id) & pl.col("phone_number").is_not_null()
    places = phones.select(there).to_series().arg_true()
    row = phones["row"].gather(places)
    return places.filter(row.ne_missing(row.shift(1)))


def _of_rows(phones: pl.DataFrame, places: pl.Series, height: int) -> pl.Series:
    """Return the numbers at these positions as a column of the customers."""
    import polars as pl

    nothing = pl.repeat(None, height, dtype=pl.String, eager=True)
    return nothing.scatter(phones["row"].gather(places), phones["phone_number"].gather(places))


def refusal(body: Any) -> Refusal | None:
    """Read `error` and `error_message`, which may come with status 200."""
    message = told_error(body)
    if message is None:
        return None
    if re.search(r"rate.?limit|too many (?:requests|calls)", message, re.IGNORECASE):
        return Refusal("throttled", message)
    if re.search(r"unauthori[sz]ed|authenticat|credential|password", message, re.IGNORECASE):
        return Refusal("credentials", message)
    return Refusal("refused", message)


CYCLESOFTWARE = System(
    id=SYSTEM,
    title="CycleSoftware",
    auth=("basic",),
    limits=(
        MovingWindow(360, seconds=60, headers="X-RateLimit-Minutely-"),
        Daily(15_000, headers="X-RateLimit-Daily-"),
    ),
    refusal=refusal,
    targets="etl.systems.cyclesoftware.write",
    probe=("customers", {"modified_since": "2099-01-01 00:00:00"}),
    streams=(
        Stream(
            name="customers",
            path="/api/v1/customers/list.json",
            get="/api/v1/customers/{id}.json",
            find="/api/v1/customers/find.json",
            find_parameters={
                "email": "email",
                "phone_number": "phone_number",
                "postal_code": "postal_code",
                "house_number": "housenumber",
                "house_number_postfix": "housenumber_postfix",
                "query": "query",
                "country_code": "country_code",
                "customer_type_id": "customer_type_id",
            },
            envelope=Envelope("customers", count="pagination.count", required=("pagination",)),
            paging=NextOffset("offset", "pagination.next_offset"),
            since="modified_since",
            wire=wires(CUSTOMER),
            key="customer_id",
            into=into,
            tables=("contacts", "phone_numbers"),
            names=PUBLISHED_NAMES,
            server_made={"phone_numbers": read_only(PHONE)},
        ),
    ),
)
