"""A contact of the invoicing API as it is read: out of its envelope, and whom it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from etl.systems.declare import Evidence, Record
from etl.systems.shared.cells import flag
from etl.systems.shared.evidence import evident, names, objects, phones, places
from etl.systems.shared.overlay import identity
from etl.systems.shared.references import is_same_reference

WHO = ("name", "email", "location_address", "location_postal", "location_city", "phone", "client_code")
"""What two contacts are told apart by where there is no reference."""


def record(remote: Record) -> Record:
    """The contact itself, out of the envelope and from beside its SubContacts."""
    element = _element(remote)
    return remote if element is None else element["Contact"]


def subcontacts(remote: Record) -> Sequence[Any]:
    """The SubContacts beside it."""
    beside = (_element(remote) or {}).get("SubContact")
    return beside if isinstance(beside, list) else ()


def whole(remote: Record) -> Record:
    """Its fields with the SubContacts on one level with them."""
    return {**record(remote), "SubContact": subcontacts(remote)}


def _element(remote: Record) -> Record | None:
    """The object that a contact stands in, if it stands in one."""
    for path in (("response", "data"), ("data",), ()):
        found: Any = remote
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, dict) and isinstance(found.get("Contact"), dict):
            return found
    return None


def same(remote: Record, body: Record) -> bool:
    """By reference where the body has one; else both have none, and everything that tells them apart is equal.

    So it must be where a server cut the reference: another one may begin as this one does.
    """
    remote = record(remote)
    told = is_same_reference(remote.get("client_reference"), body.get("client_reference"))
    return who(remote) == who(body) if told is None else told


def who(remote: Record) -> tuple[str, ...]:
    return identity(record(remote), WHO, phones=("phone",))


def evidence(remote: Record) -> Evidence:
    own = record(remote)
    people = objects(subcontacts(remote))
    return evident(
        name=names((own.get("name"),), *((one.get("first_name"), one.get("last_name")) for one in people)),
        email=names(*((one.get("email"),) for one in (own, *people))),
        phone=phones(one.get(name) for one in (own, *people) for name in ("phone", "mobile")),
        address=[
            place
            for prefix in ("location", "invoice")
            for place in places(own.get(f"{prefix}_postal"), own.get(f"{prefix}_address"))
        ],
    )


def gone(remote: Record) -> bool:
    return flag(record(remote).get("trashed")) is True
