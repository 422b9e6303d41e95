"""Write customers to CycleSoftware: POST creates, PUT replaces the whole record; nothing can be deleted.

Document: "Customers", of the CycleSoftware API. It requires no field and gives no maximum length; a customer without
any name is refused here, since nobody could find it again. An update keeps the remote's value where the row has none.

The document shows both POST and PUT answering with the whole customer. Its samples show empty texts and an empty number
as "", and a discount of 0: that any field may be emptied in this way is assumed.
"""

from __future__ import annotations

from typing import Any

from etl.systems.cyclesoftware.body import COLUMNS, TEXTS, Customer, customer_type, filled_names, is_person
from etl.systems.cyclesoftware.fields import CUSTOMER, SYSTEM
from etl.systems.cyclesoftware.write_phones import SLOTS, body_phones, merged
from etl.systems.declare import Call, Changed, Draft, Drafting, Evidence, Problem, Record, Row, Target, read_only
from etl.systems.shared.address import differs_from_parts, original_house_number, parts
from etl.systems.shared.body import validated
from etl.systems.shared.cells import text
from etl.systems.shared.child_losses import (
    PERSONS,
    BodyContent,
    gender_of,
    lost_display_name,
    lost_of_numbers,
    lost_of_persons,
)
from etl.systems.shared.countries import country_problem, lost_province
from etl.systems.shared.evidence import evidence_of, names, objects, phones, places
from etl.systems.shared.extra_back import lost_extra, restored_extra
from etl.systems.shared.losses import losses, lost_inactive
from etl.systems.shared.new_id import body_id, location_id
from etl.systems.shared.overlay import identity, overlay
from etl.systems.shared.partial_rows import only_present
from etl.systems.shared.references import is_our_own, is_same_reference, lost_reference, reference_to_send

PARTS = frozenset({"street", "house_number", "house_number_postfix"})
READ_ONLY = read_only(CUSTOMER)
WHO = ("name", "first_name", "insertion", "company_name", "email", "street", "house_number", "postcode", "city")
"""The fields that identify a customer without a reference."""

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
"""Without the address line, which is rebuilt, and another vendor's customer type, which has no meaning here."""


SERVER_MADE = READ_ONLY
CLEAR: dict[str, Any] = {
    **dict.fromkeys(sorted((TEXTS | PARTS | {"customer_reference"}) - {"discount_percentage"}), ""),
    "discount_percentage": 0,
    "phone_numbers.phone_number": "",
}
SECONDARY_COLUMNS = {
    "mobile": "phone_numbers.phone_number",
    "address_line": "street",
    **dict.fromkeys(("box", "address_extra"), "house_number_postfix"),
}


def draft(row: Row, drafting: Drafting) -> Draft | list[Problem]:
    """Build a customer from a contact. A number keeps its id only if the row returns to its own account."""
    row = only_present(row, drafting)
    given: dict[str, Any] = {wire: text(row.values.get(COLUMNS[wire])) for wire in TEXTS} | parts(row.values)
    given |= restored_extra(row, SYSTEM, given, originals=TEXTS - {"country_code_iso_3166"} | PARTS, declared=CUSTOMER)
    given |= original_house_number(row) if row.system == SYSTEM else {}
    filled = {} if drafting.partial else filled_names(row, given)
    filled |= {} if drafting.partial else customer_type(row, given | filled)
    numbers, ids_left = body_phones(row, own=row.system == SYSTEM)
    given |= {"customer_reference": reference_to_send(row, drafting), **filled, "phone_numbers": numbers or None}
    problems = [problem for problem in (country_problem(row), _nameless(row, given, drafting)) if problem]
    body = validated(Customer, given, COLUMNS)
    if isinstance(body, list):
        return list({problem.field: problem for problem in [*body, *problems]}.values())
    if problems:
        return problems
    wire = body.wire() | {name: value for name, value in given.items() if name not in CUSTOMER}
    lost = losses(
        row, "contacts", HOLDS | PERSONS | {"contacts.province_code"}, _lost(row, drafting, wire, ids_left=ids_left)
    )
    only_if_blank = [
        name for name in filled if name == "customer_type_name" or (name == "name" and "company_name" in wire)
    ]
    ours = ("customer_reference",) if is_our_own(row, drafting) else ()
    return Draft(wire, (*filled, *ours), lost, (*only_if_blank, *ours))


def _nameless(row: Row, given: Record, drafting: Drafting) -> Problem | None:
    if (
        drafting.partial
        or row.system == SYSTEM
        or any(given.get(name) for name in ("name", "company_name", "first_name"))
    ):
        return None
    return Problem("last_name", "There is no name: fill in a last name or a company name.")


def _lost(row: Row, drafting: Drafting, wire: Record, *, ids_left: bool) -> set[str]:
    """List the columns that the target has, but cannot store with this row's values."""
    values = row.values
    found = lost_reference(row, drafting) | lost_extra(row, "contacts", wire)
    found |= {"phone_numbers.phone_number_id"} if ids_left else set()
    if text(values.get("kind")) not in (None, "customer"):
        found.add("contacts.kind")
    if (gender := text(values.get("gender"))) in ("male", "female") and gender_of(wire.get("title", "")) != gender:
        found.add("contacts.gender")
    if differs_from_parts(values):
        found.add("contacts.address_line")
    for column, name in (("customer_type", "customer_type_name"), ("name", "company_name")):
        value = text(values.get(column))
        if (
            value
            and value not in (wire.get(name), wire.get("name"))
            and (column != "name" or not is_person(row, value))
        ):
            found.add(f"contacts.{column}")
    content = _content(wire)
    found |= lost_inactive(row) | lost_province(row) | lost_display_name(row, *content.names, wire.get("name"))
    return found | lost_of_persons(row, content, found) | lost_of_numbers(row, content)


def _content(wire: Record) -> BodyContent:
    person = " ".join(filter(None, (wire.get(name) for name in ("first_name", "insertion", "name"))))
    names = [person, *filter(None, [wire.get("company_name")])]
    numbers = [phone["phone_number"] for phone in wire.get("phone_numbers", ())]
    return BodyContent(names, wire.get("title"), [*filter(None, [wire.get("email")])], numbers)


def merge(remote: Record, draft: Draft) -> Record:
    """Build the whole customer for PUT. Numbers are added or changed, never removed."""
    body = overlay(remote, draft, read_only=READ_ONLY)
    body["phone_numbers"] = merged(remote.get("phone_numbers") or (), draft.body.get("phone_numbers") or ())
    return body


def same(remote: Record, body: Record) -> bool:
    """Match by reference; by all identifying fields where neither has one, or where the server truncated it.

    Another reference may start with the same characters as a truncated one.
    """
    by_reference = is_same_reference(remote.get("customer_reference"), body.get("customer_reference"))
    return who(remote) == who(body) if by_reference is None else by_reference


def who(record: Record) -> tuple[str, ...]:
    return identity(record, WHO)


def evidence(record: Record) -> Evidence:
    person = tuple(record.get(name) for name in ("first_name", "insertion", "name"))
    numbers = objects(record.get("phone_numbers"))
    return evidence_of(
        name=names(person, (record.get("company_name"),)),
        email=names((record.get("email"),)),
        phone=phones(phone.get("phone_number") for phone in numbers),
        address=places(record.get("postcode"), record.get("house_number")),
    )


def natural_key(body: Record) -> str | None:
    """Return the reference: the API merges nothing, but bodies with the same reference must be sent in order."""
    return text(body.get("customer_reference"))


def created(status: int, location: str | None, body: Any) -> str | None:
    return body_id(status, body, "customer_id") or location_id(status, location)


TARGETS = (
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
        natural_key=natural_key,
        lookup=Changed(),
        children=("phone_numbers",),
        keeps=KEEPS,
        keeps_own=KEEPS_OWN,
        echoes=frozenset({"create", "update"}),
        server_made=SERVER_MADE,
        columns=COLUMNS,
        secondary_columns=SECONDARY_COLUMNS,
        clear=CLEAR,
        is_item_of=lambda column, phone: SLOTS.get(phone.get("phone_number_id", "")) == column,
        keyed={"phone_numbers": "phone_number_id"},
        additive=frozenset({"phone_numbers"}),
        evidence=evidence,
    ),
)
