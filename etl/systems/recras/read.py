"""Read Recras: the contacts, customers and products of a leisure park.

Documents: "Contacts (Contacten)" 0.2.0, "Customers (Klanten)" 1.1.0 and "Products (Producten)" 1.0.0 of the Recras
API. One host per customer, https://NAME.recras.nl; Bearer key, or Basic for old keys. No limits are published: ours
is a courtesy. `klanten` and `contacten` are the same people in one id space.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etl.systems.declare import (
    UNKNOWN,
    Context,
    IdAfter,
    MovingWindow,
    Refusal,
    Stream,
    System,
    Text,
    published,
    raw_names,
    wires,
)
from etl.systems.recras.fields import CONTACT, LOCATION, MAIN, MATERIAL, PERSON, PRICE, PRODUCT, SYSTEM
from etl.systems.shared.read_persons import published_persons
from etl.systems.shared.told_error import told_error

if TYPE_CHECKING:
    import polars as pl

KINDS = {"klant": "customer", "leverancier": "supplier", "personeel": "staff"}

CONTACT_NAMES = raw_names(CONTACT)
MAIN_NAMES = {column: name for name, column in MAIN.items()}
PERSON_NAMES = raw_names(PERSON)


def contacts(frame: pl.DataFrame, context: Context) -> dict[str, pl.DataFrame]:
    """Convert contacten or klanten in the wire schema to contacts, contact_persons and phone_numbers."""
    import polars as pl

    from etl.normalise.contacts import normalise_contacts
    from etl.normalise.extra import merge, pack
    from etl.systems.shared.read_persons import contact_persons, person_phones
    from etl.systems.shared.tables import already_read_phones, blank_to_null, nested, stamped

    frame = frame.with_row_index("row")
    persons = nested(frame, "contactpersonen", keep="id", under="source_id").with_row_index("place")
    main = (
        persons.sort("row", pl.col("hoofdcontact").is_in(["true", "1"]).not_(), "position")
        .unique("row", keep="first", maintain_order=True)
        .select("row", "place", *(pl.col(name).alias(column) for column, name in MAIN_NAMES.items()))
    )
    without_column = {
        name: wire for name, wire in wires(CONTACT).items() if name not in {*CONTACT_NAMES.values(), "contactpersonen"}
    }
    raw = frame.select(
        "row",
        "extracted_at",
        UNKNOWN,
        *(pl.col(name).alias(column) for column, name in CONTACT_NAMES.items()),
        no_column=pack(without_column),
    ).join(main.drop("place"), on="row", how="left", maintain_order="left")
    rows = normalise_contacts(
        raw,
        country=context.country,
        timezone=context.timezone,
        own_names={**CONTACT_NAMES, **{c: f"contactpersonen.{n}" for c, n in MAIN_NAMES.items()}},
        keep_read=True,
    )
    kind = pl.col("type").str.strip_chars().str.to_lowercase()
    known = kind.is_in(["overig", *KINDS]) | kind.is_null()
    company = pl.col("company_id").str.strip_chars().cast(pl.Int64, strict=False)
    rows = rows.with_columns(
        source_id=pl.col("source_id").str.strip_chars(),
        kind=kind.replace_strict(KINDS, default="other", return_dtype=pl.String).fill_null("other"),
        active=(pl.col("status").str.to_lowercase() != "passief").fill_null(True),
        extra=merge(
            pl.col("no_column"),
            pl.when(~known).then(pack({"type": CONTACT["type"].wire})),
            pl.when(company.is_null()).then(pack({"company_id": Text()}, under=CONTACT_NAMES)),
            pl.col(UNKNOWN),
            pl.col("originals"),
        ),
    ).with_columns(company_id=company)
    rows = blank_to_null(rows, "customer_type", "status")
    people = contact_persons(
        persons.join(rows.select("row", "country_code"), on="row", how="left", maintain_order="left"),
        PERSON_NAMES,
        country=context.country,
        already_read=[
            already_read_phones(rows, persons["row"], {column: main["place"]}) for column in ("phone", "mobile")
        ],
    )
    return {
        "contacts": stamped(rows, "contacts", context),
        "contact_persons": stamped(people, "contact_persons", context),
        "phone_numbers": stamped(
            person_phones(people, {"phone_1": "telefoon1", "phone_2": "telefoon2"}), "phone_numbers", context
        ),
    }


def products(frame: pl.DataFrame, context: Context) -> dict[str, pl.DataFrame]:
    """Convert producten in the wire schema to products, product_prices, product_materials and product_locations."""
    from etl.systems.shared.read_products import product_tables

    return product_tables(
        frame,
        context,
        product=raw_names(PRODUCT),
        prices=("ProductPrice", raw_names(PRICE)),
        materials=("Materialen", raw_names(MATERIAL)),
        locations=("Locaties", raw_names(LOCATION)),
    )


def refusal(body: Any) -> Refusal | None:
    """Read an object with `error` as a refusal; the documents show no error body."""
    message = told_error(body)
    return None if message is None else Refusal("refused", message)


CONTACT_TABLES = ("contacts", "contact_persons", "phone_numbers")
NUMBERS = "contactpersonen[].telefoon1, contactpersonen[].telefoon2"
CONTACT_TABLE_NAMES = {
    "contacts": {
        **published(CONTACT),
        **{column: f"contactpersonen[].{name}" for name, column in MAIN.items()},
        "insertion": "contactpersonen[].achternaam",
        "active": "status",
    },
    "contact_persons": {
        "source_id": "id",
        **published_persons(PERSON, "contactpersonen[]."),
    },
    "phone_numbers": {"source_id": "id", "person_id": "contactpersonen[].id", "raw": NUMBERS, "e164": NUMBERS},
}
"""Column of a table, as published, to the fields that it is made from."""

SERVER_MADE = {"contacts": frozenset({"_links"})}

RECRAS = System(
    id=SYSTEM,
    title="Recras",
    auth=("bearer", "basic"),
    limits=(MovingWindow(60, seconds=60),),
    refusal=refusal,
    targets="etl.systems.recras.write",
    probe=("klanten", {"id>": "2147483647"}),
    streams=(
        Stream(
            name="contacten",
            path="/api2/contacten",
            get="/api2/contacten/{id}",
            redirects=r"/api2/(?:klanten|leveranciers)/[^/]+",
            wire=wires(CONTACT),
            key="id",
            into=contacts,
            tables=CONTACT_TABLES,
            names=CONTACT_TABLE_NAMES,
            server_made=SERVER_MADE,
        ),
        Stream(
            name="klanten",
            path="/api2/klanten",
            get="/api2/klanten/{id}",
            paging=IdAfter("id>"),
            wire=wires(CONTACT),
            key="id",
            into=contacts,
            tables=CONTACT_TABLES,
            names=CONTACT_TABLE_NAMES,
            server_made=SERVER_MADE,
            by_default=False,
        ),
        Stream(
            name="producten",
            path="/api2/producten",
            get="/api2/producten/{id}",
            wire=wires(PRODUCT),
            key="id",
            into=products,
            tables=("products", "product_prices", "product_materials", "product_locations"),
            names={
                "products": {**published(PRODUCT), "duration_minutes": "duur"},
                "product_prices": {"source_id": "id", **published(PRICE, "ProductPrice[].")},
                "product_materials": {"source_id": "id", **published(MATERIAL, "Materialen[].")},
                "product_locations": {"source_id": "id", **published(LOCATION, "Locaties[].")},
            },
        ),
    ),
)
