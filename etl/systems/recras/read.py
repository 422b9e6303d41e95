"""Recras: the contacts, customers and products of a leisure park.

Documents: "Contacts (Contacten)" 0.2.0, "Customers (Klanten)" 1.1.0 and "Products (Producten)" 1.0.0 of the Recras
API. One host per customer, https://NAME.recras.nl; Bearer key, or Basic for old ones. No limits are published: ours
is a courtesy. `klanten` and `contacten` are the same people in one id space.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etl.systems.declare import (
    UNKNOWN,
    AnyJson,
    Boolean,
    Context,
    IdAfter,
    Integer,
    Items,
    MovingWindow,
    Number,
    Refusal,
    Scalars,
    Stream,
    System,
    Text,
    Wire,
    under,
)

if TYPE_CHECKING:
    import polars as pl

LINKS = {"curies": [{"name": str, "href": str, "templated": bool}], "self": {"href": str}}

PERSON: dict[str, Wire] = {
    "id": Text(),
    "voornaam": Text(),
    "achternaam": Text(),
    "geslacht": Text(),
    "aanhef": Text(),
    "adres": Text(),
    "postcode": Text(),
    "plaats": Text(),
    "telefoon1": Text(),
    "telefoon2": Text(),
    "email1": Text(),
    "email2": Text(),
    "hoofdcontact": Boolean(),
    "nieuwsbrief_ids": Scalars(),
}

CONTACT: dict[str, Wire] = {
    "id": Text(),
    "type": Text(),
    "displaynaam": Text(),
    "naam": Text(),
    "adres": Text(),
    "postcode": Text(),
    "plaats": Text(),
    "landcode": Text(),
    "provinciecode": Text(),
    "website": Text(),
    "btw_nummer": Text(),
    "bedrijf_id": Integer(),
    "status": Text(),
    "veelgebruikt": AnyJson(bool),
    "betalen_vanaf": Text(),
    "uitje_activiteit_herinnering": AnyJson(bool),
    "onchange_email": AnyJson(bool),
    "soort_klant": Text(),
    "afdeling": Text(),
    "factuur_adressering": Text(),
    "_links": AnyJson(LINKS),
    "mag_type_wijzigen": AnyJson(bool),
    "contactpersonen": Items(PERSON),
    "extra_fields": AnyJson(),
}

KINDS = {"klant": "customer", "leverancier": "supplier", "personeel": "staff"}

CONTACT_NAMES = {
    "source_id": "id",
    "type": "type",
    "display_name": "displaynaam",
    "name": "naam",
    "address_line": "adres",
    "postcode": "postcode",
    "city": "plaats",
    "country": "landcode",
    "province": "provinciecode",
    "website": "website",
    "vat_number": "btw_nummer",
    "company_id": "bedrijf_id",
    "status": "status",
    "customer_type": "soort_klant",
    "department": "afdeling",
    "invoice_attention": "factuur_adressering",
    "extra_fields": "extra_fields",
}

MAIN_NAMES = {
    "title": "aanhef",
    "gender": "geslacht",
    "first_name": "voornaam",
    "last_name": "achternaam",
    "email": "email1",
    "phone": "telefoon1",
    "mobile": "telefoon2",
}

PERSON_NAMES = {
    "person_id": "id",
    "main_contact": "hoofdcontact",
    "first_name": "voornaam",
    "last_name": "achternaam",
    "gender": "geslacht",
    "salutation": "aanhef",
    "email_1": "email1",
    "email_2": "email2",
    "phone_1_raw": "telefoon1",
    "phone_2_raw": "telefoon2",
    "address_line": "adres",
    "postcode": "postcode",
    "city": "plaats",
    "newsletter_ids": "nieuwsbrief_ids",
}


def contacts(frame: pl.DataFrame, context: Context) -> dict[str, pl.DataFrame]:
    """Contacten or klanten in the wire schema -> contacts, contact_persons and phone_numbers."""
    import polars as pl

    from etl.extra import merge, pack
    from etl.normalise.contacts import normalise_contacts
    from etl.systems.shared.persons import contact_persons, person_phones
    from etl.systems.shared.tables import blank_to_null, nested, read_before, stamped

    frame = frame.with_row_index("row")
    persons = nested(frame, "contactpersonen", keep="id", under="source_id").with_row_index("place")
    main = (
        persons.sort("row", pl.col("hoofdcontact").is_in(["true", "1"]).not_(), "position")
        .unique("row", keep="first", maintain_order=True)
        .select("row", "place", *(pl.col(name).alias(column) for column, name in MAIN_NAMES.items()))
    )
    without_column = {
        name: wire for name, wire in CONTACT.items() if name not in {*CONTACT_NAMES.values(), "contactpersonen"}
    }
    raw = frame.select(
        "row",
        "extracted_at",
        UNKNOWN,
        *(pl.col(name).alias(column) for column, name in CONTACT_NAMES.items()),
        unplaced=pack(without_column),
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
            pl.col("unplaced"),
            pl.when(~known).then(pack({"type": CONTACT["type"]})),
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
        known=[read_before(rows, persons["row"], {column: main["place"]}) for column in ("phone", "mobile")],
    )
    return {
        "contacts": stamped(rows, "contacts", context),
        "contact_persons": stamped(people, "contact_persons", context),
        "phone_numbers": stamped(
            person_phones(people, {"phone_1": "telefoon1", "phone_2": "telefoon2"}), "phone_numbers", context
        ),
    }


PRICE: dict[str, Wire] = {"btw": Number(), "verkoop": Number()}
MATERIAL: dict[str, Wire] = {
    "materiaal_id": Integer(),
    "aantal": Number(),
    "per_x_aantal": Integer(),
    "afronding": Text(),
}
LOCATION: dict[str, Wire] = {
    "id": Text(),
    "naam": Text(),
    "kleur": Text(),
    "weergavenaam": Text(),
    "adres": Text(),
    "postcode": Text(),
    "plaats": Text(),
    "telefoonnummer": Text(),
    "latitude": Number(),
    "longitude": Number(),
    "capaciteit": Integer(),
    "aantal_groepen": Integer(),
    "uitgebreide_omschrijving": Text(),
    "image_filename": Text(),
    "parent_id": Text(),
}
PRODUCT: dict[str, Wire] = {
    "id": Text(),
    "leverancier_id": Integer(),
    "naam": Text(),
    "weergavenaam": Text(),
    "inkoop": Number(),
    "verkoop": Number(),
    "btw": Number(),
    "minimum_aantal": Integer(),
    "duur": Text(),
    "beschrijving_klant": Text(),
    "uitgebreide_omschrijving": Text(),
    "productgroep_id": Integer(),
    "mag_api": Boolean(),
    "los_op_planning": Boolean(),
    "planstrategie": Text(),
    "personeelsinstructie": Text(),
    "locatie_verplicht": Boolean(),
    "extra": AnyJson(),
    "aantalbepaling": Text(),
    "aantal": Number(),
    "per_x_personen": Integer(),
    "per_x_personen_afronding": Text(),
    "is_deleted": Boolean(),
    "afbeelding_href": Text(),
    "Standaardbijlagen": AnyJson(),
    "ProductPrice": Items(PRICE),
    "Materialen": Items(MATERIAL),
    "Locaties": Items(LOCATION),
}

PRODUCT_NAMES = {
    "source_id": "id",
    "supplier_id": "leverancier_id",
    "name": "naam",
    "display_name": "weergavenaam",
    "purchase_price": "inkoop",
    "sales_price": "verkoop",
    "vat_percentage": "btw",
    "minimum_quantity": "minimum_aantal",
    "duration_iso": "duur",
    "customer_description": "beschrijving_klant",
    "extended_description": "uitgebreide_omschrijving",
    "product_group_id": "productgroep_id",
    "api_allowed": "mag_api",
    "separate_on_planning": "los_op_planning",
    "planning_strategy": "planstrategie",
    "staff_instruction": "personeelsinstructie",
    "location_required": "locatie_verplicht",
    "attributes": "extra",
    "quantity_determination": "aantalbepaling",
    "quantity": "aantal",
    "per_x_persons": "per_x_personen",
    "per_x_persons_rounding": "per_x_personen_afronding",
    "is_deleted": "is_deleted",
    "image_href": "afbeelding_href",
    "default_attachments": "Standaardbijlagen",
}
PRICE_NAMES = {"vat_percentage": "btw", "sales_price": "verkoop"}
MATERIAL_NAMES = {
    "material_id": "materiaal_id",
    "quantity": "aantal",
    "per_x_quantity": "per_x_aantal",
    "rounding": "afronding",
}
LOCATION_NAMES = {
    "location_id": "id",
    "name": "naam",
    "colour": "kleur",
    "display_name": "weergavenaam",
    "address_line": "adres",
    "postcode": "postcode",
    "city": "plaats",
    "phone_number": "telefoonnummer",
    "latitude": "latitude",
    "longitude": "longitude",
    "capacity": "capaciteit",
    "number_of_groups": "aantal_groepen",
    "extended_description": "uitgebreide_omschrijving",
    "image_filename": "image_filename",
    "parent_id": "parent_id",
}


def products(frame: pl.DataFrame, context: Context) -> dict[str, pl.DataFrame]:
    """Producten in the wire schema -> products, product_prices, product_materials and product_locations."""
    from etl.systems.shared.products import product_tables

    return product_tables(
        frame,
        context,
        product=PRODUCT_NAMES,
        prices=("ProductPrice", PRICE_NAMES),
        materials=("Materialen", MATERIAL_NAMES),
        locations=("Locaties", LOCATION_NAMES),
    )


def refusal(body: Any) -> Refusal | None:
    """The documents show no error body; an object with `error` where a list was asked for is taken for one."""
    if isinstance(body, dict) and body.get("error"):
        return Refusal("refused", str(body.get("message") or body.get("error_message") or body["error"]))
    return None


CONTACT_TABLES = ("contacts", "contact_persons", "phone_numbers")
NUMBERS = "contactpersonen[].telefoon1, contactpersonen[].telefoon2"
CONTACT_TABLE_NAMES = {
    "contacts": {
        **under(CONTACT_NAMES, country="country_code", province="province_code", type="kind"),
        **under(MAIN_NAMES, "contactpersonen[]."),
        "insertion": "contactpersonen[].achternaam",
        "active": "status",
    },
    "contact_persons": {
        "source_id": "id",
        **under(PERSON_NAMES, "contactpersonen[]."),
        "insertion": "contactpersonen[].achternaam",
        "phone_1": "contactpersonen[].telefoon1",
        "phone_2": "contactpersonen[].telefoon2",
    },
    "phone_numbers": {"source_id": "id", "person_id": "contactpersonen[].id", "raw": NUMBERS, "e164": NUMBERS},
}
"""Column of a table, as published, to what it is made of."""

RECRAS = System(
    id="recras",
    title="Recras",
    auth=("bearer", "basic"),
    limits=(MovingWindow(60, seconds=60),),
    refusal=refusal,
    probe=("klanten", {"id>": "2147483647"}),
    streams=(
        Stream(
            name="contacten",
            path="/api2/contacten",
            get="/api2/contacten/{id}",
            redirects=r"/api2/(?:klanten|leveranciers)/[^/]+",
            wire=CONTACT,
            key="id",
            into=contacts,
            tables=CONTACT_TABLES,
            names=CONTACT_TABLE_NAMES,
        ),
        Stream(
            name="klanten",
            path="/api2/klanten",
            get="/api2/klanten/{id}",
            paging=IdAfter("id>"),
            wire=CONTACT,
            key="id",
            into=contacts,
            tables=CONTACT_TABLES,
            names=CONTACT_TABLE_NAMES,
            by_default=False,
        ),
        Stream(
            name="producten",
            path="/api2/producten",
            get="/api2/producten/{id}",
            wire=PRODUCT,
            key="id",
            into=products,
            tables=("products", "product_prices", "product_materials", "product_locations"),
            names={
                "products": {**PRODUCT_NAMES, "duration_minutes": "duur"},
                "product_prices": {"source_id": "id", **under(PRICE_NAMES, "ProductPrice[].")},
                "product_materials": {"source_id": "id", **under(MATERIAL_NAMES, "Materialen[].")},
                "product_locations": {"source_id": "id", **under(LOCATION_NAMES, "Locaties[].")},
            },
        ),
    ),
)
