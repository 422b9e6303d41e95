"""Store Recras' contacts and their persons: one id space for contacts, one for persons.

A person is a record of its own and is linked to contacts, sometimes to several: written contacts store the links, and
the persons are added when a contact is read.
"""

from __future__ import annotations

from typing import Any

from etl.simulator.engine.answer import RefusedRequest
from etl.simulator.engine.respelling import Respelling
from etl.simulator.engine.store import RecordStore
from etl.simulator.recras.drawn_contacts import FIRST_ID, FIRST_PERSON_ID, PERSONS_A_ROW, draw_relation, links, type_of

Wire = dict[str, Any]

_EMPTY_PERSON: Wire = dict.fromkeys(
    ("voornaam", "achternaam", "geslacht", "aanhef", "adres", "postcode", "plaats", "telefoon1", "telefoon2", "email1")
) | {"geslacht": "onbekend", "email2": None, "nieuwsbrief_ids": []}
_SUPPLIER_FIELDS: Wire = {
    "status": "actief",
    "veelgebruikt": False,
    "betalen_vanaf": None,
    "uitje_activiteit_herinnering": False,
    "onchange_email": False,
}
_CUSTOMER_FIELDS: Wire = {"soort_klant": None, "afdeling": None, "factuur_adressering": None}
_ORDER = (
    "id", "type", "displaynaam", "naam", "adres", "postcode", "plaats", "landcode", "provinciecode", "website",
    "btw_nummer", "bedrijf_id", *_SUPPLIER_FIELDS, *_CUSTOMER_FIELDS, "_links", "mag_type_wijzigen",
    "contactpersonen", "extra_fields",
)  # fmt: skip


class AddressBook:
    def __init__(self, *, rows: int, seed: int, respell: Respelling) -> None:
        self.contacts = RecordStore(
            first_id=FIRST_ID, rows=rows, draw=lambda row: draw_relation(row, seed).wire, respell=respell
        )
        self._respell_person = respell.part("contactpersonen")
        self._seed = seed
        self._persons: dict[int, Wire] = {}  # written persons: new ones, and drawn ones that were changed
        self._next_person = FIRST_PERSON_ID + rows * PERSONS_A_ROW
        self._by_name: dict[str, list[int]] | None = None
        self.contacts.watch(self._note)

    def type_of(self, key: int) -> str:
        written = self.contacts.is_written(key)
        kind: str = self._stored(key)["type"] if written else type_of(key - FIRST_ID, self._seed)
        return kind

    def _stored(self, key: int) -> Wire:
        wire = self.contacts.get(key)
        if wire is None:
            raise RefusedRequest(404, "Contact niet gevonden.")
        return wire

    def contact(self, key: int) -> Wire:
        """Return the contact as GET contacten sends it, with its current persons."""
        wire = self._stored(key)
        wire["contactpersonen"] = [
            {**(self._person(link["id"]) or link), "hoofdcontact": link["hoofdcontact"]}
            for link in wire["contactpersonen"]
        ]
        return wire

    def _person(self, key: int) -> Wire | None:
        """Return a written person by id, without the link's own `hoofdcontact`; None if the drawn contact holds it."""
        return self._persons.get(key)

    def _existing_person(self, key: int) -> Wire | None:
        if key in self._persons:
            return self._persons[key]
        row = (key - FIRST_PERSON_ID) // PERSONS_A_ROW
        if not 0 <= row < self.contacts.rows:
            return None
        drawn = draw_relation(row, self._seed).wire["contactpersonen"]
        return next((person for person in drawn if person["id"] == key), None)

    def check_links(self, persons: list[Wire]) -> None:
        """Check before a write that persons linked by id exist and are linked once. Raises RefusedRequest otherwise."""
        linked = [person["id"] for person in persons if "id" in person]
        if len({*linked}) != len(linked):
            raise RefusedRequest(406, "Fout in de invoer: the same contact person is linked twice.")
        for key in linked:
            if self._existing_person(key) is None:
                raise RefusedRequest(406, f"Fout in de invoer: there is no contact person {key}.")

    def keep_persons(self, persons: list[Wire]) -> list[Wire]:
        """Store new persons and link existing ones, the main one first. Fields beside an `id` change that person."""
        links_kept = []
        for person in sorted(persons, key=lambda person: not person["hoofdcontact"]):
            given = {name: value for name, value in person.items() if name not in {"id", "hoofdcontact"}}
            key = person.get("id")
            if key is None:
                key, self._next_person = self._next_person, self._next_person + 1
                before = _EMPTY_PERSON
            else:
                before = self._existing_person(key) or _EMPTY_PERSON
            if given.get("geslacht", "") is None or given.get("geslacht") == "":
                given["geslacht"] = "onbekend"
            kept = {n: v for n, v in before.items() if n != "id"}
            self._persons[key] = self._respell_person({"id": key, **kept, **given})
            links_kept.append({**self._persons[key], "hoofdcontact": person["hoofdcontact"]})
        return links_kept

    def complete(self, key: int, wire: Wire) -> Wire:
        """Return a contact with all the fields of its type, in the document's order."""
        kind = wire["type"]
        extra = {"leverancier": _SUPPLIER_FIELDS, "klant": _CUSTOMER_FIELDS}.get(kind, {})
        foreign = (_SUPPLIER_FIELDS.keys() | _CUSTOMER_FIELDS.keys()) - extra.keys()
        full = {"mag_type_wijzigen": False, "landcode": None, "provinciecode": None, **extra, **wire}
        full |= {"id": key, "_links": links(kind, key), "bedrijf_id": wire.get("bedrijf_id") or 1}
        full["displaynaam"] = wire.get("displaynaam") or wire.get("naam")
        for name in ("naam", "adres", "postcode", "plaats", "website", "btw_nummer"):
            full.setdefault(name, None)
        if kind == "leverancier":
            full["status"] = full["status"] or "actief"
        if not full.get("extra_fields"):
            foreign |= {"extra_fields"}
        return {name: full[name] for name in _ORDER if name in full and name not in foreign}

    def twin(self, name: str | None, email: str | None) -> int | None:
        """Find the first klant with that name and main person's e-mail address; None if either is missing."""
        wanted = _twin_key(name, email)
        if wanted is None:
            return None
        if self._by_name is None:
            self._by_name = {}
            for key, wire in self.contacts.drawn():
                self._note(key, wire)
            for key in self.contacts.ids():
                if self.contacts.is_written(key):
                    self._note(key, self._stored(key))
        for key in sorted(self._by_name.get(wanted, [])):
            if key in self.contacts and self._twin_key_of(self.contact(key)) == wanted:
                return key
        return None

    def _note(self, key: int, wire: Wire) -> None:
        found = self._twin_key_of(wire) if self._by_name is not None else None
        if found and self._by_name is not None:
            self._by_name.setdefault(found, []).append(key)

    def _twin_key_of(self, wire: Wire) -> str | None:
        if wire["type"] != "klant":
            return None
        main = next((person for person in wire["contactpersonen"] if person["hoofdcontact"]), None)
        return _twin_key(wire["naam"], main.get("email1")) if main else None


def _twin_key(name: str | None, email: str | None) -> str | None:
    if not (name or "").strip() or not (email or "").strip():
        return None
    return f"{(name or '').strip().casefold()}\n{(email or '').strip().casefold()}"
