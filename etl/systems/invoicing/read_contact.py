"""Unwrap a contact of the invoicing API as it is read, and identify it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from etl.systems.declare import Evidence, Record
from etl.systems.shared.cells import flag
from etl.systems.shared.evidence import evidence_of, names, objects, phones, places
from etl.systems.shared.overlay import identity
from etl.systems.shared.references import is_same_reference

WHO = ("name", "email", "location_address", "location_postal", "location_city", "phone", "client_code")
"""The fields that identify a contact without a reference."""


def record(remote: Record) -> Record:
    """Return the contact itself, without its envelope and its SubContacts."""
    element = _element(remote)
    return remote if element is None else element["Contact"]


def subcontacts(remote: Record) -> Sequence[Any]:
    """Return the SubContacts beside it."""
    beside = (_element(remote) or {}).get("SubContact")
    return beside if isinstance(beside, list) else ()


def whole(remote: Record) -> Record:
    """Return its fields, with the SubContacts as one more field."""
    return {**record(remote), "SubContact": subcontacts(remote)}


def _element(remote: Record) -> Record | None:
    """Return the object that holds the contact, if there is one."""
    for path in (("response", "data"), ("data",), ()):
        found: Any = remote
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, dict) and isinstance(found.get("Contact"), dict):
            return found
    return None


def same(remote: Record, body: Record) -> bool:
    """Match by reference; by all identifying fields where neither has one, or where the server truncated it.

    Another reference may start with the same characters as a truncated one.
    """
    remote = record(remote)
    by_reference = is_same_reference(remote.get("client_reference"), body.get("client_reference"))
    return who(remote) == who(body) if by_reference is None else by_reference


def who(remote: Record) -> tuple[str, ...]:
    return identity(record(remote), WHO, phones=("phone",))


def evidence(remote: Record) -> Evidence:
    own = record(remote)
    people = objects(subcontacts(remote))
    return evidence_of(
        name=names((own.get("name"),), *((one.get("first_name"), one.get("last_name")) for one in people)),
        email=names(*((one.get("email"),) for one in (own, *people))),
        phone=phones(one.get(name) for one in (own, *people) for name in ("phone", "mobile")),
        address=[
            place
            for prefix in ("location", "invoice")
            for place in places(own.get(f"{prefix}_postal"), own.get(f"{prefix}_address"))
        ],
    )


def is_removed(remote: Record) -> bool:
    return flag(record(remote).get("trashed")) is True
