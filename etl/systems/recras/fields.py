"""The fields of Recras' contacts and their persons, and of products with their prices, materials and locations.

Documents: "Contacts (Contacten)" 0.2.0, "Customers (Klanten)" 1.1.0 and "Products (Producten)" 1.0.0.
"""

from __future__ import annotations

from etl.systems.declare import AnyJson, Boolean, Field, Integer, Items, Number, Scalars, Text, wires

SYSTEM = "recras"
LINKS = {"curies": [{"name": str, "href": str, "templated": bool}], "self": {"href": str}}

PERSON = {
    "id": Field(Text(), "person_id", writable=True),
    "voornaam": Field(Text(), "first_name", writable=True),
    "achternaam": Field(Text(), "last_name", writable=True),
    "geslacht": Field(Text(), "gender", writable=True),
    "aanhef": Field(Text(), "salutation", writable=True),
    "adres": Field(Text(), "address_line", writable=True),
    "postcode": Field(Text(), "postcode", writable=True),
    "plaats": Field(Text(), "city", writable=True),
    "telefoon1": Field(Text(), "phone_1", raw="phone_1_raw", writable=True),
    "telefoon2": Field(Text(), "phone_2", raw="phone_2_raw", writable=True),
    "email1": Field(Text(), "email_1", writable=True),
    "email2": Field(Text(), "email_2", writable=True),
    "hoofdcontact": Field(Boolean(), "main_contact", writable=True),
    "nieuwsbrief_ids": Field(Scalars(), "newsletter_ids", writable=True),
}

MAIN = {
    "aanhef": "title",
    "geslacht": "gender",
    "voornaam": "first_name",
    "achternaam": "last_name",
    "email1": "email",
    "telefoon1": "phone",
    "telefoon2": "mobile",
}
"""Field of the main contact person to the column of the contact."""

CONTACT = {
    "id": Field(Text(), "source_id"),
    "type": Field(Text(), "kind", raw="type", writable=True),
    "displaynaam": Field(Text(), "display_name", writable=True),
    "naam": Field(Text(), "name", writable=True),
    "adres": Field(Text(), "address_line", writable=True),
    "postcode": Field(Text(), "postcode", writable=True),
    "plaats": Field(Text(), "city", writable=True),
    "landcode": Field(Text(), "country_code", raw="country", writable=True),
    "provinciecode": Field(Text(), "province_code", raw="province", writable=True),
    "website": Field(Text(), "website", writable=True),
    "btw_nummer": Field(Text(), "vat_number", writable=True),
    "bedrijf_id": Field(Integer(), "company_id", writable=True),
    "status": Field(Text(), "status", writable=True),
    "veelgebruikt": Field(AnyJson(bool)),
    "betalen_vanaf": Field(Text()),
    "uitje_activiteit_herinnering": Field(AnyJson(bool)),
    "onchange_email": Field(AnyJson(bool)),
    "soort_klant": Field(Text(), "customer_type", writable=True),
    "afdeling": Field(Text(), "department", writable=True),
    "factuur_adressering": Field(Text(), "invoice_attention", writable=True),
    "_links": Field(AnyJson(LINKS)),
    "mag_type_wijzigen": Field(AnyJson(bool), writable=True),
    "contactpersonen": Field(Items(wires(PERSON)), writable=True),
    "extra_fields": Field(AnyJson(), "extra_fields", writable=True),
}

NOT_OF_KLANTEN = frozenset({"type", "displaynaam", "landcode", "btw_nummer", "status", "mag_type_wijzigen"})
"""Fields that contacten have and klanten lack."""
KLANT = {name: field for name, field in CONTACT.items() if name not in NOT_OF_KLANTEN}

PRICE = {
    "btw": Field(Number(), "vat_percentage", writable=True),
    "verkoop": Field(Number(), "sales_price", writable=True),
}
MATERIAL = {
    "materiaal_id": Field(Integer(), "material_id", writable=True),
    "aantal": Field(Number(), "quantity", writable=True),
    "per_x_aantal": Field(Integer(), "per_x_quantity", writable=True),
    "afronding": Field(Text(), "rounding", writable=True),
}
LOCATION = {
    "id": Field(Text(), "location_id", writable=True),
    "naam": Field(Text(), "name", writable=True),
    "kleur": Field(Text(), "colour", writable=True),
    "weergavenaam": Field(Text(), "display_name", writable=True),
    "adres": Field(Text(), "address_line", writable=True),
    "postcode": Field(Text(), "postcode", writable=True),
    "plaats": Field(Text(), "city", writable=True),
    "telefoonnummer": Field(Text(), "phone_number", writable=True),
    "latitude": Field(Number(), "latitude", writable=True),
    "longitude": Field(Number(), "longitude", writable=True),
    "capaciteit": Field(Integer(), "capacity", writable=True),
    "aantal_groepen": Field(Integer(), "number_of_groups", writable=True),
    "uitgebreide_omschrijving": Field(Text(), "extended_description", writable=True),
    "image_filename": Field(Text(), "image_filename", writable=True),
    "parent_id": Field(Text(), "parent_id", writable=True),
}
PRODUCT = {
    "id": Field(Text(), "source_id"),
    "leverancier_id": Field(Integer(), "supplier_id", writable=True),
    "naam": Field(Text(), "name", writable=True),
    "weergavenaam": Field(Text(), "display_name", writable=True),
    "inkoop": Field(Number(), "purchase_price", writable=True),
    "verkoop": Field(Number(), "sales_price", writable=True),
    "btw": Field(Number(), "vat_percentage", writable=True),
    "minimum_aantal": Field(Integer(), "minimum_quantity", writable=True),
    "duur": Field(Text(), "duration_iso", writable=True),
    "beschrijving_klant": Field(Text(), "customer_description", writable=True),
    "uitgebreide_omschrijving": Field(Text(), "extended_description", writable=True),
    "productgroep_id": Field(Integer(), "product_group_id", writable=True),
    "mag_api": Field(Boolean(), "api_allowed", writable=True),
    "los_op_planning": Field(Boolean(), "separate_on_planning", writable=True),
    "planstrategie": Field(Text(), "planning_strategy", writable=True),
    "personeelsinstructie": Field(Text(), "staff_instruction", writable=True),
    "locatie_verplicht": Field(Boolean(), "location_required", writable=True),
    "extra": Field(AnyJson(), "attributes", writable=True),
    "aantalbepaling": Field(Text(), "quantity_determination", writable=True),
    "aantal": Field(Number(), "quantity", writable=True),
    "per_x_personen": Field(Integer(), "per_x_persons", writable=True),
    "per_x_personen_afronding": Field(Text(), "per_x_persons_rounding", writable=True),
    "is_deleted": Field(Boolean(), "is_deleted"),
    "afbeelding_href": Field(Text(), "image_href"),
    "Standaardbijlagen": Field(AnyJson(), "default_attachments", writable=True),
    "ProductPrice": Field(Items(wires(PRICE)), writable=True),
    "Materialen": Field(Items(wires(MATERIAL)), writable=True),
    "Locaties": Field(Items(wires(LOCATION)), writable=True),
}
