"""Somebody at work in the target itself: edits, adds and deletes records there, past the API and past its log."""

from __future__ import annotations

from typing import Any

from etl.simulator import Simulator
from etl.simulator.cyclesoftware.body import new_customer
from etl.simulator.engine.store import RecordStore
from etl.simulator.invoicing.drawn_contacts import FIELDS
from etl.simulator.moneybird.drawn_contacts import empty_contact, person_of
from etl.simulator.recras.address_book import AddressBook
from etl.simulator.recras.api import Recras

STORES = {
    "customers": "cyclesoftware.customers",
    "contacten": "recras.contacten",
    "klanten": "recras.contacten",
    "producten": "recras.producten",
    "contacts": "invoicing.contacts",
    "moneybird": "moneybird.contacts",
}


def address_book(simulator: Simulator, who: str = "") -> AddressBook:
    """Recras' contacts with their persons."""
    api = simulator.api("recras", who)
    assert isinstance(api, Recras)
    return api.book


class Colleague:
    """`target` is the stream that is pushed to; `who` the user or key whose shop it is, where there are tenants."""

    def __init__(self, simulator: Simulator, target: str, who: str = "") -> None:
        self._simulator, self._target, self._who = simulator, target, who

    @property
    def store(self) -> RecordStore:
        simulator, name = self._simulator, STORES[self._target]
        return simulator.stores_of(self._who)[name] if self._who else simulator.stores[name]

    def sees(self, key: int | str) -> dict[str, Any] | None:
        """The record as a person at the target sees it, persons and all; None where there is none."""
        if int(key) not in self.store:
            return None
        if self._target in ("contacten", "klanten"):
            return address_book(self._simulator, self._who).contact(int(key))
        return self.store.get(int(key))

    def everything(self) -> dict[str, dict[str, Any]]:
        """All records by id."""
        return {str(key): record for key in self.store.ids() if (record := self.sees(key)) is not None}

    def fields(self, key: int | str) -> dict[str, Any]:
        """The record's own fields, without what stands around them."""
        record = self.sees(key)
        assert record is not None, f"there is no record {key}"
        found: dict[str, Any] = record.get("Contact", record)
        return found

    def edit(self, key: int | str, **fields: Any) -> None:
        """Change fields. The time of the change is noted as the target notes it."""
        record = self.sees(key)
        assert record is not None, f"there is no record {key}"
        record.get("Contact", record).update(fields)
        self._put(key, record)

    def add_phone(self, key: int | str, number: str, name: str = "Zaak", phone_id: str | None = None) -> None:
        """Add a telephone number, where a record has a list of them."""
        record = self.sees(key)
        assert record is not None, f"there is no record {key}"
        known = {phone["phone_number_id"] for phone in record["phone_numbers"]}
        own_id = phone_id or next(str(one) for one in range(900_000, 990_000) if str(one) not in known)
        phone = {"phone_number_id": own_id, "customer_id": int(key), "phone_number": number, "name": name}
        self._put(key, {**record, "phone_numbers": [*record["phone_numbers"], phone]})

    def add_person(self, key: int | str, first_name: str, last_name: str, email: str | None = None) -> None:
        """Add a contact person (Recras, Moneybird), or a SubContact (invoicing)."""
        record = self.sees(key)
        assert record is not None, f"there is no record {key}"
        if "SubContact" in record:
            number = str(len(record["SubContact"]) + 1)
            person = {"id": number, "contact_id": str(key), "first_name": first_name, "last_name": last_name}
            self._put(key, {**record, "SubContact": [*record["SubContact"], {**person, "email": email}]})
            return
        if "contact_people" in record:
            known = len(record["contact_people"])
            person = person_of(record, known + 1, firstname=first_name, lastname=last_name, email=email)
            self._put(key, {**record, "contact_people": [*record["contact_people"], person]})
            return
        book = address_book(self._simulator, self._who)
        fresh = {"voornaam": first_name, "achternaam": last_name, "email1": email, "hoofdcontact": False}
        self._put(key, {**record, "contactpersonen": [*record["contactpersonen"], *book.keep_persons([fresh])]})

    def edit_person(self, key: int | str, number: int = 0, **fields: Any) -> None:
        """Change the n-th contact person of a Recras contact, the main one first."""
        record = self.sees(key)
        assert record is not None, f"there is no record {key}"
        book = address_book(self._simulator, self._who)
        persons = [dict(person) for person in record["contactpersonen"]]
        persons[number] |= fields
        self._put(key, {**record, "contactpersonen": book.keep_persons(persons)})

    def delete(self, key: int | str) -> None:
        self.store.remove(int(key))

    def create(self, **fields: Any) -> str:
        """Enter a record by hand, its fields under the target's own names; the id it got."""
        clock, store = self._simulator.clock, self.store
        key = store.reserve()
        if self._target == "customers":
            record = new_customer(fields, key, clock.local())
        elif self._target == "contacts":
            contact = dict.fromkeys(FIELDS) | {"type": "1", "trashed": False, "created": clock.local(), **fields}
            record = {"Contact": {**contact, "id": str(key), "modified": clock.local()}, "SubContact": []}
        elif self._target == "moneybird":
            record = empty_contact(key) | {"customer_id": str(key % 10**6), **fields}
        else:
            book = address_book(self._simulator, self._who)
            persons = fields.pop("contactpersonen", [{}])
            mains = [{"hoofdcontact": not number, **person} for number, person in enumerate(persons)]
            record = book.complete(key, {"type": "klant", **fields, "contactpersonen": book.keep_persons(mains)})
        return str(store.add(record, clock.now()))

    def _put(self, key: int | str, record: dict[str, Any]) -> None:
        if "Contact" in record:
            record["Contact"]["modified"] = self._simulator.clock.local()
        self.store.put(int(key), record)
