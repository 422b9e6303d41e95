"""One shop as its people see it: strangers' records, and every value that a colleague wrote into one of ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.support.colleague import Colleague
from tests.support.machine import Machine

CITY = {"customers": "city", "contacten": "plaats", "klanten": "plaats", "contacts": "location_city"}
UNSAID = {"customers": "vat_number", "contacten": "website", "klanten": "website", "contacts": "website"}
"""A field that our rows say nothing of."""


@dataclass
class Watched:
    """`edits` holds, by record and field, what a colleague left there and has not changed since; a field that is empty
    stands for a child that was added. `moved` are those of ours whose city is or was a colleague's, so that a row need
    not agree. `strangers` are the records that no push made, as people left them."""

    machine: Machine
    strangers: dict[str, Any] = field(default_factory=dict)
    edits: dict[tuple[str, str], str] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    number: int = 0

    @property
    def colleague(self) -> Colleague:
        return self.machine.colleague

    @property
    def target(self) -> str:
        return self.machine.target

    def ours(self) -> dict[str, str]:
        """The records that our pushes made and that are there: by id, with the name of the row."""
        made = self.machine.log("created")
        there = self.colleague.store
        return {one["id"]: name_of(one["body"]) for one in made if int(one["id"]) in there}

    def stranger(self, name: str, email: str, reference: str = "") -> None:
        """Somebody enters a record by hand."""
        if self.target == "customers":
            key = self.colleague.create(name=name, email=email, customer_reference=reference, city="Oss")
        elif self.target == "contacts":
            key = self.colleague.create(name=name, email=email, client_reference=reference, location_city="Oss")
        else:
            persons = [{"achternaam": name, "email1": email}]
            key = self.colleague.create(naam=name, plaats="Oss", contactpersonen=persons)
        self.strangers[key] = self.colleague.sees(key)

    def edit(self, key: str, place: str) -> None:
        """A colleague writes a value of his own into a field, or adds a person or a number."""
        self.number += 1
        value = f"T{self.number}"
        if place == "child" and self.target == "customers":
            self.colleague.add_phone(key, f"06{self.number:08}")
            value = f"06{self.number:08}"
        elif place == "child":
            self.colleague.add_person(key, "Ada", value, f"{value}@example.nl")
        else:
            wire = (CITY if place == "city" else UNSAID)[self.target]
            self.colleague.edit(key, **{wire: value})
            self.moved |= {key} if place == "city" else set()
            place = wire
        if key in self.strangers:
            self.strangers[key] = self.colleague.sees(key)
        else:
            self.edits[key, place if place != "child" else f"child {value}"] = value

    def delete(self, key: str) -> None:
        self.colleague.delete(key)
        self.gone.add(key)
        self.strangers.pop(key, None)
        self.forget(key)

    def forget(self, key: str) -> None:
        """Of a record that is gone, or that our push was told to delete, nothing is left to be kept."""
        self.edits = {place: value for place, value in self.edits.items() if place[0] != key}

    def agree(self, rows: dict[int, dict[str, Any]]) -> None:
        """Where a record's city is its row's again, the two are held to each other as before."""
        names = {row["last_name"]: row for row in rows.values()}
        ours = self.ours()
        wire = CITY[self.target]
        for key, name in ours.items():
            row = names.get(name)
            if key in self.moved and row is not None and self.colleague.fields(key)[wire] == row["city"]:
                self.moved.discard(key)

    def overruled(self) -> None:
        """A push was told that our values count: from now on colleagues' cities may be overwritten."""
        wire = CITY[self.target]
        self.edits = {place: value for place, value in self.edits.items() if place[1] != wire}

    def wrongs(self) -> Iterator[str]:
        """What must never be: records of others changed or gone, values of colleagues lost, rows made twice."""
        there = self.colleague.everything()
        for key, record in self.strangers.items():
            if there.get(key) != record:
                yield f"{self.machine.user}: the stranger {key} was {record}, and is {there.get(key)}"
        made = {one["id"] for one in self.machine.log("created")}
        for one in self.machine.log("updated", "merged", "deleted"):
            if one["id"] not in made:
                yield f"{self.machine.user}: {one['method']} {one['path']} {one['outcome']} {one['id']}, not ours"
        for (key, place), value in self.edits.items():
            shown = "" if key not in there else str(there[key]) if place.startswith("child") else self._told(key, place)
            if value not in shown:
                yield f"{self.machine.user}: in {key} a colleague's {place} {value} was lost: {shown}"
        names = list(self.ours().values())
        for name in {*names}:
            if names.count(name) > 1:
                yield f"{self.machine.user}: {name} is there {names.count(name)} times"

    def _told(self, key: str, place: str) -> str:
        return str(self.colleague.fields(key)[place])


def name_of(body: dict[str, Any]) -> str:
    return str(body.get("naam") or body.get("name"))
