"""Simulate Recras' contacten, klanten and leveranciers: three views of the same contacts in one id space.

The documents do not say what an update does to fields that its body lacks, or what a merge keeps. Here an update
changes the given fields, and a given list of contact persons replaces the whole list; a merge takes the given
fields that are not empty and adds persons whose e-mail address is new to the customer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from etl.simulator.engine.answer import Answer, RefusedRequest, answer_json, joined
from etl.simulator.engine.api import WriteRecorder, path_id
from etl.simulator.engine.call import IncomingCall
from etl.simulator.recras.address_book import AddressBook
from etl.simulator.recras.body import CONTACT_FIELDS, KLANT_FIELDS, fields, persons

Wire = dict[str, Any]

KLANT_KEYS = (
    "id", "type", "displaynaam", "naam", "adres", "postcode", "plaats", "provinciecode", "website", "bedrijf_id",
    "soort_klant", "afdeling", "factuur_adressering",
)  # fmt: skip
NOT_FOUND = "Er is geen contact met dit id."


class RecrasContacts:
    def __init__(self, book: AddressBook, recorder: WriteRecorder, *, id_inclusive: bool, redirects: bool) -> None:
        self._book, self._recorder = book, recorder
        self._id_inclusive, self._redirects = id_inclusive, redirects

    def answer(self, call: IncomingCall, collection: str, rest: str) -> Answer:
        """Answer a call; `rest` is the path after the collection: an id, or nothing."""
        match call.method, collection, rest:
            case "GET", "contacten", "":
                return self._list_contacts(call)
            case "GET", "klanten", "":
                return self._list_customers(call)
            case "POST", "contacten", "":
                return self._create_contact(call)
            case "POST", "klanten", "":
                return self._create_customer(call)
        if not rest or call.method not in {"GET", "PUT"}:
            raise RefusedRequest(405, "Methode niet toegestaan.")
        key = self._key(collection, rest)
        if call.method == "GET":
            return self._get(collection, key)
        if collection == "leveranciers":
            raise RefusedRequest(405, "Methode niet toegestaan.")
        return self._update(call, collection, key)

    def _key(self, collection: str, rest: str) -> int:
        """Return the id. Raises RefusedRequest (404) if the collection has no contact with that id."""
        key = path_id(rest, NOT_FOUND)
        wanted = {"klanten": "klant", "leveranciers": "leverancier"}.get(collection)
        if key not in self._book.contacts or (wanted and self._book.type_of(key) != wanted):
            raise RefusedRequest(404, NOT_FOUND)
        return key

    def _ids(self, call: IncomingCall) -> Sequence[int]:
        store = self._book.contacts
        return store.settled_ids(call.arrived - call.lag_s) if call.lag_s else store.ids()

    def _list_contacts(self, call: IncomingCall) -> Answer:
        ids = self._ids(call)
        rows = (orjson.dumps(self._book.contact(key)) for key in ids if key in self._book.contacts)
        key = ("contacten", self._book.contacts.version)
        return Answer(parts=joined(rows, b"[", b"]"), key=None if call.lag_s else key)

    def _list_customers(self, call: IncomingCall) -> Answer:
        lowest = 0
        if call.query.get("id>"):
            text = call.query["id>"]
            if not (text.isascii() and text.isdigit()) or len(text) > 18:
                raise RefusedRequest(406, "Fout in de invoer: id> must be an integer.")
            lowest = int(text) if self._id_inclusive else int(text) + 1
        ids = self._ids(call)
        key = ("klanten", lowest, self._book.contacts.version)
        return Answer(parts=joined(self._customers(ids, lowest), b"[", b"]"), key=None if call.lag_s else key)

    def _customers(self, ids: Sequence[int], lowest: int) -> Iterator[bytes]:
        for key in ids:
            if key >= lowest and key in self._book.contacts and self._book.type_of(key) == "klant":
                yield orjson.dumps(_as_customer(self._book.contact(key)))

    def _get(self, collection: str, key: int) -> Answer:
        contact = self._book.contact(key)
        target = {"klant": "klanten", "leverancier": "leveranciers"}.get(contact["type"])
        if collection == "contacten" and target and self._redirects:
            return Answer(302, headers={"Location": f"/api2/{target}/{key}"}, content_type="text/html")
        if collection == "klanten":
            return answer_json(_as_customer(contact, with_persons=True))
        return answer_json(contact)

    def _create_contact(self, call: IncomingCall) -> Answer:
        body = call.json_object()
        given = {"type": "overig", **fields(body, CONTACT_FIELDS)}
        key = self._add(call, given, persons(body, required=True) or [], body)
        return answer_json(self._book.contact(key), 201, {"Location": f"/api2/contacten/{key}"})

    def _create_customer(self, call: IncomingCall) -> Answer:
        body = call.json_object()
        given = {**fields(body, KLANT_FIELDS), "type": "klant"}
        people = persons(body, required=True) or []
        self._book.check_links(people)
        main = next(person for person in people if person["hoofdcontact"])
        twin = self._book.twin(given.get("naam"), main.get("email1"))
        if twin is not None:
            self._merge(twin, given, people)
            self._recorder.record(call, "merged", twin, body)
            return answer_json(_as_customer(self._book.contact(twin)), 200)
        key = self._add(call, given, people, body)
        return answer_json(_as_customer(self._book.contact(key)), 201, {"Location": f"/api2/klanten/{key}"})

    def _add(self, call: IncomingCall, given: Wire, people: list[Wire], body: Wire) -> int:
        self._book.check_links(people)
        given["contactpersonen"] = self._book.keep_persons(people)
        wire = self._book.complete(self._book.contacts.reserve(), given)
        key = self._book.contacts.add(wire, self._recorder.clock.now())
        self._recorder.record(call, "created", key, body)
        return key

    def _merge(self, key: int, given: Wire, people: list[Wire]) -> None:
        contact = self._book.contact(key)
        contact |= {name: value for name, value in given.items() if value not in (None, "", [])}
        emails = {(person.get("email1") or "").strip().casefold() for person in contact["contactpersonen"]}
        ids = {person["id"] for person in contact["contactpersonen"]}
        fresh = [
            {**person, "hoofdcontact": False}
            for person in people
            if person.get("id") not in ids and (person.get("email1") or "").strip().casefold() not in emails
        ]
        contact["contactpersonen"] += self._book.keep_persons(fresh)
        self._book.contacts.put(key, self._book.complete(key, contact))

    def _update(self, call: IncomingCall, collection: str, key: int) -> Answer:
        body = call.json_object()
        if body.get("id") not in (None, key):
            raise RefusedRequest(406, "Fout in de invoer: id may not be changed.")
        given = fields(body, CONTACT_FIELDS if collection == "contacten" else KLANT_FIELDS)
        people = persons(body, required=False)
        contact = self._book.contact(key)
        if given.get("type", contact["type"]) != contact["type"] and not contact["mag_type_wijzigen"]:
            raise RefusedRequest(406, "Fout in de invoer: the type of this contact may not be changed.")
        if people is not None:
            self._book.check_links(people)
            contact["contactpersonen"] = self._book.keep_persons(people)
        wire = self._book.complete(key, contact | given)
        self._book.contacts.put(key, wire)
        self._recorder.record(call, "updated", key, body)
        return self._shown(collection, key)

    def shown(self, collection: str, rest: str) -> Answer:
        return self._shown(collection, self._key(collection, rest))

    def _shown(self, collection: str, key: int) -> Answer:
        contact = self._book.contact(key)
        return answer_json(contact if collection == "contacten" else _as_customer(contact, with_persons=True))


def _as_customer(contact: Wire, *, with_persons: bool = False) -> Wire:
    """Return the klanten view: without country, VAT number and links. A single one has persons, main one first."""
    customer = {name: contact[name] for name in KLANT_KEYS}
    if with_persons:
        people = sorted(contact["contactpersonen"], key=lambda person: not person["hoofdcontact"])
        customer["contactpersonen"] = [
            {name: value for name, value in person.items() if name != "nieuwsbrief_ids"} for person in people
        ]
        if "extra_fields" in contact:
            customer["extra_fields"] = contact["extra_fields"]
    return customer
