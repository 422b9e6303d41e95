"""Read a Dutch invoicing API: the contacts (debtors and creditors) of an administration.

Document: "Contacten". It does not name the vendor, host, path, authentication, the parameter for depth, or the fields
of a SubContact; those are options with plausible defaults. Nearly all values arrive as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etl.systems.declare import (
    UNKNOWN,
    Context,
    Envelope,
    Items,
    MovingWindow,
    Object,
    Refusal,
    Stream,
    System,
    published,
    raw_names,
    wires,
)
from etl.systems.invoicing.fields import CONTACT, SUB_CONTACT, SUB_CONTACT_SERVER_MADE, SYSTEM
from etl.systems.shared.read_persons import published_persons
from etl.systems.shared.told_error import told_error

if TYPE_CHECKING:
    import polars as pl

NAMES = raw_names(CONTACT)
PERSON_NAMES = {**raw_names(SUB_CONTACT), "email_2": "_email_2"}

NUMBERS = "Contact.phone, Contact.fax, SubContact[].phone, SubContact[].mobile"

KINDS = {"1": "customer", "2": "supplier"}


def into(frame: pl.DataFrame, context: Context) -> dict[str, pl.DataFrame]:
    """Convert contacts with their SubContacts in the wire schema to contacts, contact_persons and phone_numbers."""
    import polars as pl

    from etl.normalise.contacts import normalise_contacts
    from etl.normalise.extra import merge, pack
    from etl.normalise.phone import normalise_phones
    from etl.systems.shared.read_persons import contact_persons, person_phones
    from etl.systems.shared.tables import already_read_phones, blank_to_null, nested, stamped

    frame = frame.with_row_index("row")
    own = frame.select("row", "extracted_at", pl.col("Contact").struct.unnest(), beside=pl.col(UNKNOWN)).drop("row")
    raw = own.select(
        "extracted_at", "beside", UNKNOWN, *(pl.col(name).alias(column) for column, name in NAMES.items())
    ).with_row_index("row")
    rows = normalise_contacts(raw, country=context.country, timezone=context.timezone, own_names=NAMES, keep_read=True)
    kind = pl.col("type").str.strip_chars()
    # an unknown field beside the contact may have the same name as one within it
    wrapped = pl.concat_str(pl.lit('{"beside Contact":'), "beside", pl.lit("}"))
    rows = blank_to_null(rows, "reference", "client_code", "contact_group").with_columns(
        source_id=pl.col("source_id").str.strip_chars(),
        kind=kind.replace_strict(KINDS, default="other", return_dtype=pl.String).fill_null("other"),
        active=~pl.col("trashed").str.to_lowercase().is_in(["true", "1"]).fill_null(False),
        extra=merge(
            pl.when(~kind.is_in([*KINDS, ""])).then(pack({"type": CONTACT["type"].wire})),
            pl.col(UNKNOWN),
            pl.when(pl.col(UNKNOWN).is_null()).then("beside").otherwise(wrapped),
            pl.col("originals"),
        ),
    )
    keyed = frame.select("row", pl.col("Contact").struct.field("id"), "SubContact")
    subs = nested(keyed, "SubContact", keep="id", under="source_id").with_columns(
        _email_2=pl.lit(None, dtype=pl.String)
    )
    subs = subs.join(rows.select("row", "country_code"), on="row", how="left", maintain_order="left")
    whole = subs.select(merge(pack(wires(SUB_CONTACT)), pl.col(UNKNOWN)).alias("whole")).to_series()
    people = contact_persons(subs, PERSON_NAMES, country=context.country).with_columns(extra=whole)
    numbers = []
    for field, default in (("phone", "other"), ("fax", "fax")):
        numbered = raw.select("source_id", "row", raw=field).filter(pl.col("raw").str.strip_chars() != "")
        numbered = numbered.join(rows.select("row", "country_code"), on="row", how="left", maintain_order="left")
        places = pl.int_range(numbered.height, dtype=pl.UInt32, eager=True)
        read = normalise_phones(
            numbered.select("raw", "country_code"),
            country=context.country,
            already_read=already_read_phones(rows, numbered["row"], {field: places}),
        )
        numbers.append(
            numbered.select(pl.col("source_id").str.strip_chars(), "raw", phone_number_id=pl.lit(field)).with_columns(
                read["e164"],
                read["valid"],
                (read["kind"].fill_null(default) if field == "phone" else pl.lit("fax").alias("kind")),
            )
        )
    phones = pl.concat([*numbers, person_phones(people, {"phone_1": "phone", "phone_2": "mobile"})], how="diagonal")
    return {
        "contacts": stamped(rows, "contacts", context),
        "contact_persons": stamped(people, "contact_persons", context),
        "phone_numbers": stamped(phones, "phone_numbers", context),
    }


def refusal(body: Any) -> Refusal | None:
    """Read `response.code` and `response.message`; an error comes in the envelope of an answer."""
    response = body.get("response") if isinstance(body, dict) else None
    told = told_error(response)
    told = told_error(body) if told is None else told
    if not isinstance(response, dict):
        return None if told is None else Refusal("refused", told)
    code, message = response.get("code"), str(response.get("message") or "")
    try:
        status = int(code) if code is not None else 200
    except (TypeError, ValueError):
        status = 0
    if 200 <= status < 300:
        return None if told is None else Refusal("refused", told)
    kinds = {401: "credentials", 403: "credentials", 429: "throttled", 500: "unavailable", 503: "unavailable"}
    return Refusal(kinds.get(status, "refused"), message)  # type: ignore[arg-type]  # the values are the literals


INVOICING = System(
    id=SYSTEM,
    title="Invoicing",
    auth=("bearer", "basic"),
    limits=(MovingWindow(60, seconds=60),),
    refusal=refusal,
    targets="etl.systems.invoicing.write",
    probe=("contacts", {}),
    options={"contacts_path": "/contacts", "depth": 1, "depth_param": "depth", "form_prefix": ""},
    streams=(
        Stream(
            name="contacts",
            path="{contacts_path}",
            get="{contacts_path}/{id}",
            parameters={"{depth_param}": "{depth}"},
            envelope=Envelope("response.data.Contacts", count="response.data.count", required=("response",)),
            element=Envelope("response.data"),
            nothing=(404, "Contacts not found."),
            wire={"Contact": Object(wires(CONTACT)), "SubContact": Items(wires(SUB_CONTACT))},
            key="Contact.id",
            into=into,
            tables=("contacts", "contact_persons", "phone_numbers"),
            server_made={"contact_persons": SUB_CONTACT_SERVER_MADE},
            names={
                "contacts": {
                    **published(CONTACT, "Contact."),
                    "mobile": "Contact.phone",
                },
                "contact_persons": {
                    "source_id": "Contact.id",
                    **published_persons(SUB_CONTACT, "SubContact[]."),
                },
                "phone_numbers": {
                    "source_id": "Contact.id",
                    "person_id": "SubContact[].id",
                    "raw": NUMBERS,
                    "e164": NUMBERS,
                },
            },
        ),
    ),
)
