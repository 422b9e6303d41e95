"""Read Moneybird: the contacts of an administration, archived ones too.

Documents: Moneybird's OpenAPI document v2-20261002 (github.com/moneybird/openapi), developer.moneybird.com
(introduction, authentication, contacts), and its changelog of 2016-10-26 for the `Link` header. No live server was
tried: UNVERIFIED says what is taken from these and from others' observations, and shows in `etl sources`.

Pages are numbered, a hundred contacts each; a page that is not full is the last unless `Link` names another. There is
no `since`: what changed is asked for at another address, by a filter of which no document says that it tells of a
change to a contact person, and a change that it misses would be missed for good. A search is not exact, and shows its
first page.

An answer's `RateLimit-Remaining` was seen to be the seconds that are left in the window, where the document says calls;
`RateLimit-RequestsRemaining` are the calls. `Retry-After` is a time since 1970 there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from etl.systems.declare import Context, Header, MovingWindow, PageNumber, PageSize, Refusal, Stream, System
from etl.systems.moneybird.fields import CONTACT, ONLY_SHOWN, PEOPLE, PERSON_ONLY_SHOWN, SYSTEM
from etl.systems.plain.columns import published_of, published_of_children
from etl.systems.shared.told_error import told_error

if TYPE_CHECKING:
    import polars as pl

UNVERIFIED = (
    "No call was made to a live server: all is from public documents.",
    "In which order contacts are listed: where it changes while pages are read, a contact may be missed until the next "
    "export.",
    "That the limit of 150 calls is per credential: the documents say per IP address, so accounts that share one are "
    "told apart by the server's count of calls only.",
    "The unit of Retry-After: a large number is taken for seconds since 1970, a small one for seconds from now.",
    "How long a text may be: 255 characters are assumed.",
    "That a customer_id of letters, as ours are, is taken, and that a second one is refused with 422.",
    "That email and attention show what send_invoices_to_email and send_invoices_to_attention hold.",
    "Whether a contact with invoices can be deleted: where it is refused, the row is rejected with the answer.",
    "How long an OAuth token lives: personal API tokens are taken, and none is refreshed.",
)
MIRRORS = {"email": "send_invoices_to_email", "attention": "send_invoices_to_attention"}
"""Fields that are only shown, and those whose value they show."""
TAKEN = re.compile(r"\btaken\b|\bis already\b", re.IGNORECASE)


def into(frame: pl.DataFrame, context: Context) -> dict[str, pl.DataFrame]:
    """Convert contacts in the wire schema to contacts, contact_persons and phone_numbers."""
    import polars as pl

    from etl.normalise.phone import normalise_phones
    from etl.systems.plain.read import into as by_fields
    from etl.systems.shared.tables import blank_to_null, stamped

    shown = {name: pl.when(pl.col(name).ne_missing(pl.col(own))).then(name) for name, own in MIRRORS.items()}
    tables = by_fields(CONTACT, {"contact_persons": PEOPLE}, frame.with_columns(**shown), context)
    company = pl.col("company_name").is_not_null()
    person = pl.any_horizontal(pl.col("first_name", "last_name").is_not_null())
    contacts = tables["contacts"].with_columns(is_organisation=pl.when(company | person).then(company))
    own = frame.select(raw="phone", phone_number_id=pl.lit("phone"), person_id=pl.lit(None, dtype=pl.String))
    own = own.with_columns(contacts["source_id"], contacts["country_code"])
    people = tables["contact_persons"].select("person_id", "source_id", raw="phone_1_raw")
    people = people.join(contacts.select("source_id", "country_code"), on="source_id", maintain_order="left")
    theirs = people.with_columns(phone_number_id=pl.lit("phone"))
    numbers = blank_to_null(pl.concat([own, theirs], how="diagonal"), "raw").filter(pl.col("raw").is_not_null())
    read = normalise_phones(numbers.select("raw", "country_code"), country=context.country)
    numbers = numbers.with_columns(read["e164"], read["valid"], kind=read["kind"].fill_null("other"))
    return {**tables, "contacts": contacts, "phone_numbers": stamped(numbers, "phone_numbers", context)}


def refusal(body: Any) -> Refusal | None:
    """Read `error`: a text, or texts by field with codes in `details`; of a spent limit the body is one text."""
    if isinstance(body, str) and body.strip().casefold() == "retry later":
        return Refusal("throttled", body.strip())
    told = told_error(body)
    if told is None:
        return None
    wrong = list(dict.fromkeys(_of_fields(body.get("error"))))
    codes = [*wrong, *_of_fields(body.get("details"))]
    exists = any(one.startswith("customer_id ") and TAKEN.search(one) for one in codes)
    return Refusal("exists" if exists else "refused", told or ". ".join(wrong))


def _of_fields(errors: Any) -> Iterator[str]:
    """Yield each field with what is wrong with it: `company_name is required`."""
    for field, reasons in errors.items() if isinstance(errors, Mapping) else ():
        for one in reasons if isinstance(reasons, list) else [reasons]:
            yield f"{field} {one.get('error', '') if isinstance(one, Mapping) else one}".strip()


NUMBERS = "phone, contact_people[].phone"
MONEYBIRD = System(
    id=SYSTEM,
    title="Moneybird",
    auth=("bearer",),
    limits=(MovingWindow(150, seconds=300, headers="RateLimit-Requests"),),
    refusal=refusal,
    targets="etl.systems.moneybird.write",
    probe=("contacts", {"per_page": "1"}),
    options={"administration_id": ""},
    unverified=UNVERIFIED,
    streams=(
        Stream(
            name="contacts",
            path="/api/v2/{administration_id}/contacts.json",
            get="/api/v2/{administration_id}/contacts/{id}.json",
            find="/api/v2/{administration_id}/contacts.json",
            find_parameters={"query": "query"},
            parameters={"include_archived": "true"},
            paging=PageNumber("page", size=PageSize("per_page", 100), more=Header("Link")),
            fields=CONTACT,
            children={"contact_persons": PEOPLE},
            key="id",
            into=into,
            tables=("contacts", "contact_persons", "phone_numbers"),
            server_made={"contacts": ONLY_SHOWN, "contact_persons": PERSON_ONLY_SHOWN},
            names={
                "contacts": {
                    **published_of(CONTACT),
                    "is_organisation": "company_name",
                    "email": "send_invoices_to_email, email",
                    "attention": "send_invoices_to_attention, attention",
                },
                "contact_persons": published_of_children(PEOPLE, "id"),
                "phone_numbers": {
                    "source_id": "id",
                    "person_id": "contact_people[].id",
                    "raw": NUMBERS,
                    "e164": NUMBERS,
                },
            },
        ),
    ),
)
