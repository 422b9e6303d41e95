"""Write to Recras: contacten and klanten (POST, PUT), producten (POST, PUT, DELETE).

Documents: "Contacts (Contacten)" 0.2.0, "Customers (Klanten)" 1.1.0, "Products (Producten)" 1.0.0. There is no field
for a reference. `POST klanten` merges by name and e-mail address; a PUT with contact persons replaces the whole list
of them.

Only `PUT producten` is shown to answer with the whole record: `POST klanten` answers without persons, `POST producten`
without id and materials, the others are not shown. The documents show empty fields as null, and empty texts also as "":
that null empties a field is assumed, except for fields that are required or that the server fills in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from etl.systems.declare import Call, Draft, Evidence, Newer, Record, Scan, Target, read_only
from etl.systems.recras import write_products as products
from etl.systems.recras.body import CLEAR, FIELD_COLUMNS, SECONDARY_COLUMNS, Contact, Klant
from etl.systems.recras.fields import CONTACT, NOT_OF_KLANTEN
from etl.systems.recras.write_contacts import CONTACTEN, KEEPS, KEEPS_OWN, KLANTEN, ContactKind, draft_for
from etl.systems.recras.write_persons import EMAILS, PHONES, merged
from etl.systems.shared.body import Body
from etl.systems.shared.cells import flag, folded
from etl.systems.shared.evidence import evidence_of, figures, names, objects, phones, places
from etl.systems.shared.new_id import body_id, location_id
from etl.systems.shared.numbers_to_send import same_number
from etl.systems.shared.overlay import identity, overlay

READ_ONLY = frozenset({"id", "_links"})
UNSEEN = frozenset({"landcode", "btw_nummer", "status", "mag_type_wijzigen", "extra_fields"})
"""GET contacten/ID redirects to klanten/ID or leveranciers/ID, and klanten show none of these."""
WHO = ("naam", "adres", "postcode", "plaats", "website", "afdeling", "factuur_adressering")
"""The fields that, with the main person, identify a contact."""
WHO_MAIN = ("voornaam", "achternaam", "email1")
PRODUCT = ("naam", "weergavenaam", "leverancier_id", "inkoop", "minimum_aantal", "duur", "productgroep_id")
"""The fields that identify a product."""
COUNTED = frozenset({"leverancier_id", "inkoop", "minimum_aantal", "productgroep_id"})
KEYED = {"Materialen": "materiaal_id", "Locaties": "id"}
"""The lists of a product whose objects have an id."""


def merge_for(kind: ContactKind) -> Callable[[Record, Draft], Record]:
    """Return the `merge` of the target for that kind of contact."""
    fixed = READ_ONLY | (read_only(CONTACT) | NOT_OF_KLANTEN if kind.klanten else frozenset())

    def merge(remote: Record, draft: Draft) -> Record:
        """Build the whole contact for PUT. Its persons are added or changed, never removed.

        A type that may not be changed is kept.
        """
        body = overlay(remote, draft, read_only=fixed)
        if not kind.klanten and remote.get("type") and remote.get("mag_type_wijzigen") is not True:
            body["type"] = remote["type"]
        filled = "contactpersonen" in draft.filled
        sent = draft.body.get("contactpersonen") or ()
        people = merged(remote.get("contactpersonen") or (), sent, filled=filled, main_is_contact=draft.main_is_contact)
        return {**body, "contactpersonen": people} if people else body

    return merge


def same(remote: Record, body: Record) -> bool:
    """Match by name, address and main person; without the person if the remote record lists no persons."""
    if who(remote) != who(body):
        return False
    if remote.get("type") and body.get("type") and remote["type"] != body["type"]:
        return False
    if "contactpersonen" not in remote:
        return True
    one, other = _main(remote), _main(body)
    return identity(one, WHO_MAIN) == identity(other, WHO_MAIN) and all(
        same_number(str(one.get(name) or ""), str(other.get(name) or "")) for name in PHONES
    )


def who(record: Record) -> tuple[str, ...]:
    return identity(record, WHO)


def _main(record: Record) -> Record:
    people = record.get("contactpersonen") or ()
    return next((person for person in people if person.get("hoofdcontact")), people[0] if people else {})


def evidence(record: Record) -> Evidence:
    people = objects(record.get("contactpersonen"))
    own = [(record.get(name),) for name in ("naam", "displaynaam")]
    return evidence_of(
        name=names(*own, *((person.get("voornaam"), person.get("achternaam")) for person in people)),
        email=names(*((person.get(name),) for person in people for name in EMAILS)),
        phone=phones(person.get(name) for person in people for name in PHONES),
        address=[place for one in (record, *people) for place in places(one.get("postcode"), one.get("adres"))],
    )


def natural_key(body: Record) -> str | None:
    """Return the key by which `POST klanten` merges: name and the e-mail of the main person, or None."""
    name, email = folded(body.get("naam")), folded(_main(body).get("email1"))
    return f"{name}\n{email}" if name and email else None


def merge_product(remote: Record, draft: Draft) -> Record:
    """Build the whole product for PUT. A list that is sent replaces the whole list, but its existing materials and
    locations keep the fields that the row lacks."""
    body = overlay(remote, draft, read_only=products.READ_ONLY)
    for name, key in KEYED.items():
        existing = {one.get(key): one for one in remote.get(name) or () if isinstance(one, Mapping)}
        if isinstance(draft.body.get(name), list):
            body[name] = [{**existing.get(one.get(key), {}), **one} for one in draft.body[name]]
    return body


def same_product(remote: Record, body: Record) -> bool:
    """Match by the identifying fields; a deleted product never matches."""
    return not remote.get("is_deleted") and product_key(remote) == product_key(body)


def product_key(product: Record) -> tuple[str, ...]:
    return identity(product, PRODUCT, counted=COUNTED)


def product_evidence(product: Record) -> Evidence:
    return evidence_of(
        name=names((product.get("naam"),), (product.get("weergavenaam"),)),
        figures=figures(product, ("leverancier_id", "inkoop"), ("minimum_aantal", "duur", "productgroep_id")),
    )


def created(status: int, location: str | None, body: Any) -> str | None:
    return body_id(status, body, "id") or location_id(status, location)


def contact_settings(model: type[Body]) -> dict[str, Any]:
    """Return the settings that the targets of contacten and klanten share, limited to the fields of their bodies."""
    names = {*model.model_fields}
    return {
        "server_made": READ_ONLY,
        "columns": {wire: column for wire, column in FIELD_COLUMNS.items() if wire.partition(".")[0] in names},
        "secondary_columns": SECONDARY_COLUMNS,
        "is_item_of": lambda column, person: person.get("hoofdcontact") is True,
        "clear": {wire: value for wire, value in CLEAR.items() if wire.partition(".")[0] in names},
        "keyed": {"contactpersonen": "id"},
        "additive": frozenset({"contactpersonen"}),
        "evidence": evidence,
    }


TARGETS = (
    Target(
        name="contacten",
        stream="contacten",
        table="contacts",
        create=Call("POST", "/api2/contacten"),
        update=Call("PUT", "/api2/contacten/{id}"),
        delete=None,
        draft=draft_for(CONTACTEN),
        merge=merge_for(CONTACTEN),
        same=same,
        who=who,
        created=created,
        natural_key=natural_key,
        lookup=Scan(),
        children=("contact_persons", "phone_numbers"),
        unseen=UNSEEN,
        keeps=KEEPS,
        keeps_own=KEEPS_OWN,
        **contact_settings(Contact),
    ),
    Target(
        name="klanten",
        stream="klanten",
        table="contacts",
        create=Call("POST", "/api2/klanten"),
        update=Call("PUT", "/api2/klanten/{id}"),
        delete=None,
        draft=draft_for(KLANTEN),
        merge=merge_for(KLANTEN),
        same=same,
        who=who,
        created=created,
        natural_key=natural_key,
        merges=True,
        lookup=Newer("id>"),
        children=("contact_persons", "phone_numbers"),
        **contact_settings(Klant),
        advice={"contacts.country_code": "there is no country; for customers abroad the vendor recommends contacten."},
    ),
    Target(
        name="producten",
        stream="producten",
        table="products",
        create=Call("POST", "/api2/producten"),
        update=Call("PUT", "/api2/producten/{id}"),
        delete=Call("DELETE", "/api2/producten/{id}"),
        draft=products.draft,
        merge=merge_product,
        same=same_product,
        who=product_key,
        created=created,
        lookup=Scan(),
        children=("product_prices", "product_materials", "product_locations"),
        echoes=frozenset({"update"}),
        is_removed=lambda product: flag(product.get("is_deleted")) is True,
        server_made=frozenset({"id", "afbeelding_href"}),
        columns=products.PROBLEM_COLUMNS,
        clear=products.CLEAR,
        keyed=KEYED,
        evidence=product_evidence,
    ),
)
