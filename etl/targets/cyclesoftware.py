"""Writing customers to CycleSoftware: POST creates, PUT replaces the whole; nothing can be deleted.

Document: "Customers", of the CycleSoftware API. It requires no field and gives no length; a customer without any name
is refused here, for nobody would find him again. An update leaves the remote's value where the row has none.
"""

from __future__ import annotations

from typing import Any

from etl.systems.cyclesoftware import CUSTOMER
from etl.targets.address import parts
from etl.targets.body import checked
from etl.targets.carried import carried, left_behind
from etl.targets.cells import text
from etl.targets.countries import country_problem
from etl.targets.created import body_id, location_id
from etl.targets.cyclesoftware_body import COLUMNS, SYSTEM, TEXTS, Customer, customer_type, is_person, names
from etl.targets.declare import Call, Changed, Draft, Drafting, Problem, Record, Row, Target
from etl.targets.dropped import dropped
from etl.targets.overlay import identity, overlay
from etl.targets.phones import merged, phones
from etl.targets.references import derived, lost

PARTS = frozenset({"street", "house_number", "house_number_postfix"})
READ_ONLY = frozenset({"customer_id", "datetime_created"})
WHO = ("name", "first_name", "insertion", "company_name", "email", "street", "house_number", "postcode", "city")
"""What two customers are told apart by where there is no reference."""

HOLDS = frozenset(
    {f"contacts.{column}" for column in COLUMNS.values()}
    | {f"contacts.{column}" for column in ("kind", "name", "gender", "mobile", "address_line", "box", "address_extra")}
    | {f"phone_numbers.{column}" for column in ("phone_number_id", "kind", "raw", "e164", "valid", "name")}
)

_OWN = {"customer_type", "kind", "gender", "company_name", "attention", "initials", "discount_percentage"}
KEEPS_OWN = frozenset(
    {f"contacts.{column}" for column in _OWN}
    | {f"phone_numbers.{column}" for column in ("kind", "name", "e164", "valid")}
)
KEEPS = frozenset(
    {f"contacts.{column}" for column in (*COLUMNS.values(), "box", "address_extra", "mobile") if column not in _OWN}
    | {f"phone_numbers.{column}" for column in ("e164", "valid")}
)
"""The address line is put together anew, and another vendor's type of customer means nothing here."""


def draft(row: Row, drafting: Drafting) -> Draft | list[Problem]:
    """A customer out of a contact. A number of the account's own keeps its id only on its way back."""
    given: dict[str, Any] = {wire: text(row.values.get(COLUMNS[wire])) for wire in TEXTS} | parts(row.values)
    given |= carried(row, SYSTEM, given, originals=TEXTS - {"country_code_iso_3166"} | PARTS, known=CUSTOMER)
    filled = names(row, given)
    filled |= customer_type(row, given | filled)
    numbers, ids_left = phones(row, own=row.system == SYSTEM)
    given |= {"customer_reference": drafting.reference, **filled, "phone_numbers": numbers or None}
    problems = [problem for problem in (country_problem(row), _nameless(row, given, drafting)) if problem]
    body = checked(Customer, given, COLUMNS)
    if isinstance(body, list):
        return list({problem.field: problem for problem in [*body, *problems]}.values())
    if problems:
        return problems
    wire = body.wire() | {name: value for name, value in given.items() if name not in CUSTOMER}
    gone = dropped(row, "contacts", HOLDS, _lost(row, drafting, wire, ids_left=ids_left))
    gives_way = [name for name in filled if name == "customer_type_name" or (name == "name" and "company_name" in wire)]
    gives_way += ["customer_reference"] if derived(row, drafting) else []
    return Draft(wire, tuple(filled), gone, tuple(gives_way))


def _nameless(row: Row, given: Record, drafting: Drafting) -> Problem | None:
    if (
        drafting.partial
        or row.system == SYSTEM
        or any(given.get(name) for name in ("name", "company_name", "first_name"))
    ):
        return None
    return Problem("last_name", "There is no name: fill in a last name or a company name.")


def _lost(row: Row, drafting: Drafting, wire: Record, *, ids_left: bool) -> set[str]:
    """The columns that the target holds, but not with what this row has in them."""
    values = row.values
    found = lost(row, drafting) | left_behind(row, "contacts", wire)
    found |= {"phone_numbers.phone_number_id"} if ids_left else set()
    if text(values.get("kind")) not in (None, "customer"):
        found.add("contacts.kind")
    if text(values.get("gender")) in ("male", "female") and not wire.get("title"):
        found.add("contacts.gender")
    for column, name in (("customer_type", "customer_type_name"), ("name", "company_name")):
        told = text(values.get(column))
        if told and told not in (wire.get(name), wire.get("name")) and (column != "name" or not is_person(row, told)):
            found.add(f"contacts.{column}")
    return found


def merge(remote: Record, draft: Draft) -> Record:
    """The whole customer for PUT. Numbers are added or changed, never taken away."""
    body = overlay(remote, draft, read_only=READ_ONLY)
    body["phone_numbers"] = merged(remote.get("phone_numbers") or (), draft.body.get("phone_numbers") or ())
    return body


def same(remote: Record, body: Record) -> bool:
    """By reference where the body has one; else both have none, and everything that tells them apart is equal."""
    reference, other = (text(one.get("customer_reference")) for one in (body, remote))
    if reference or other:
        return reference == other
    return who(remote) == who(body)


def who(record: Record) -> tuple[str, ...]:
    return identity(record, WHO)


def natural(body: Record) -> str | None:
    """Nothing is merged by the API itself; two bodies with one reference must not overtake each other."""
    return text(body.get("customer_reference"))


def created(status: int, location: str | None, body: Any) -> str | None:
    return body_id(status, body, "customer_id") or location_id(status, location)


CYCLESOFTWARE = (
    Target(
        name="customers",
        stream="customers",
        table="contacts",
        create=Call("POST", "/api/v1/customers.json"),
        update=Call("PUT", "/api/v1/customers/{id}.json"),
        delete=None,
        draft=draft,
        merge=merge,
        same=same,
        who=who,
        created=created,
        reference="customer_reference",
        natural=natural,
        look=Changed(),
        children=("phone_numbers",),
        holds=HOLDS,
        keeps=KEEPS,
        keeps_own=KEEPS_OWN,
    ),
)
