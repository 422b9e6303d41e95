"""Writing to Recras: contacten and klanten (POST, PUT), producten (POST, PUT, DELETE).

Documents: "Contacts (Contacten)" 0.2.0, "Customers (Klanten)" 1.1.0, "Products (Producten)" 1.0.0. There is no place
for a reference. `POST klanten` merges by itself on name and e-mail address; a PUT with contact persons replaces the
whole list of them.

Only `PUT producten` is shown to answer with the whole record: `POST klanten` answers without persons, `POST producten`
without id and materials, the others are not shown. The documents show null, and "" in texts, where there is nothing:
that null empties a field is assumed, but for those that are required or that the server fills in by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from etl.systems.declare import Call, Draft, Evidence, Newer, Record, Scan, Target, read_only
from etl.systems.recras import products
from etl.systems.recras.body import ALSO, CLEAR, FIELD_COLUMNS, Contact, Klant
from etl.systems.recras.contacts import CONTACTEN, KEEPS, KEEPS_OWN, KLANTEN, ContactKind, drafted
from etl.systems.recras.fields import CONTACT, NOT_OF_KLANTEN
from etl.systems.recras.persons import EMAILS, PHONES, merged
from etl.systems.shared.body import Body
from etl.systems.shared.cells import flag, folded
from etl.systems.shared.evidence import evident, figures, names, objects, phones, places
from etl.systems.shared.new_id import body_id, location_id
from etl.systems.shared.overlay import identity, overlay
from etl.systems.shared.phone_numbers import same_number

READ_ONLY = frozenset({"id", "_links"})
UNSEEN = frozenset({"landcode", "btw_nummer", "status", "mag_type_wijzigen", "extra_fields"})
"""GET contacten/ID leads to klanten/ID or leveranciers/ID, and customers show none of these there."""
WHO = ("naam", "adres", "postcode", "plaats", "website", "afdeling", "factuur_adressering")
"""What two contacts are told apart by, with their main persons."""
WHO_MAIN = ("voornaam", "achternaam", "email1")
PRODUCT = ("naam", "weergavenaam", "leverancier_id", "inkoop", "minimum_aantal", "duur", "productgroep_id")
"""What two products are told apart by."""
COUNTED = frozenset({"leverancier_id", "inkoop", "minimum_aantal", "productgroep_id"})
KEYED = {"Materialen": "materiaal_id", "Locaties": "id"}
"""The lists of a product whose objects are known by an id."""


def merging(kind: ContactKind) -> Callable[[Record, Draft], Record]:
    """`merge` of the target that takes bodies of that kind."""
    fixed = READ_ONLY | (read_only(CONTACT) | NOT_OF_KLANTEN if kind.klanten else frozenset())

    def merge(remote: Record, draft: Draft) -> Record:
        """The whole contact for PUT. Its persons are added or changed, never taken away.

        A type that may not be changed stays.
        """
        body = overlay(remote, draft, read_only=fixed)
        if not kind.klanten and remote.get("type") and remote.get("mag_type_wijzigen") is not True:
            body["type"] = remote["type"]
        filled = "contactpersonen" in draft.filled
        sent = draft.body.get("contactpersonen") or ()
        people = merged(remote.get("contactpersonen") or (), sent, filled=filled, itself=draft.itself)
        return {**body, "contactpersonen": people} if people else body

    return merge


def same(remote: Record, body: Record) -> bool:
    """By name, address and main person; a remote record out of a list without persons, by name and address."""
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
    return evident(
        name=names(*own, *((person.get("voornaam"), person.get("achternaam")) for person in people)),
        email=names(*((person.get(name),) for person in people for name in EMAILS)),
        phone=phones(person.get(name) for person in people for name in PHONES),
        address=[place for one in (record, *people) for place in places(one.get("postcode"), one.get("adres"))],
    )


def natural(body: Record) -> str | None:
    """What `POST klanten` merges by: the name with the main person's e-mail address. None where one is lacking."""
    name, email = folded(body.get("naam")), folded(_main(body).get("email1"))
    return f"{name}\n{email}" if name and email else None


def merge_product(remote: Record, draft: Draft) -> Record:
    """The whole product for PUT. A list that comes along is the whole list; of a material or location that is there
    already, what the row does not say stays."""
    body = overlay(remote, draft, read_only=products.READ_ONLY)
    for name, key in KEYED.items():
        known = {one.get(key): one for one in remote.get(name) or () if isinstance(one, Mapping)}
        if isinstance(draft.body.get(name), list):
            body[name] = [{**known.get(one.get(key), {}), **one} for one in draft.body[name]]
    return body


def same_product(remote: Record, body: Record) -> bool:
    """By what tells products apart; one that was deleted is not it."""
    return not remote.get("is_deleted") and which(remote) == which(body)


def which(product: Record) -> tuple[str, ...]:
    return identity(product, PRODUCT, counted=COUNTED)


def product_evidence(product: Record) -> Evidence:
    return evident(
        name=names((product.get("naam"),), (product.get("weergavenaam"),)),
        figures=figures(product, ("leverancier_id", "inkoop"), ("minimum_aantal", "duur", "productgroep_id")),
    )


def created(status: int, location: str | None, body: Any) -> str | None:
    return body_id(status, body, "id") or location_id(status, location)


def of_people(model: type[Body]) -> dict[str, Any]:
    """What the targets of contacten and klanten have in common, as far as the fields of their bodies go."""
    known = {*model.model_fields}
    return {
        "server_made": READ_ONLY,
        "columns": {wire: column for wire, column in FIELD_COLUMNS.items() if wire.partition(".")[0] in known},
        "also": ALSO,
        "tells_of": lambda column, person: person.get("hoofdcontact") is True,
        "clear": {wire: value for wire, value in CLEAR.items() if wire.partition(".")[0] in known},
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
        draft=drafted(CONTACTEN),
        merge=merging(CONTACTEN),
        same=same,
        who=who,
        created=created,
        natural=natural,
        look=Scan(),
        children=("contact_persons", "phone_numbers"),
        unseen=UNSEEN,
        keeps=KEEPS,
        keeps_own=KEEPS_OWN,
        **of_people(Contact),
    ),
    Target(
        name="klanten",
        stream="klanten",
        table="contacts",
        create=Call("POST", "/api2/klanten"),
        update=Call("PUT", "/api2/klanten/{id}"),
        delete=None,
        draft=drafted(KLANTEN),
        merge=merging(KLANTEN),
        same=same,
        who=who,
        created=created,
        natural=natural,
        merges=True,
        look=Newer("id>"),
        children=("contact_persons", "phone_numbers"),
        **of_people(Klant),
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
        who=which,
        created=created,
        look=Scan(),
        children=("product_prices", "product_materials", "product_locations"),
        echoes=frozenset({"update"}),
        gone=lambda product: flag(product.get("is_deleted")) is True,
        server_made=frozenset({"id", "afbeelding_href"}),
        columns=products.PROBLEM_COLUMNS,
        clear=products.CLEAR,
        keyed=KEYED,
        evidence=product_evidence,
    ),
)
