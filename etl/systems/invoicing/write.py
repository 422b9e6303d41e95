"""Write contacts to the invoicing API: a form POST creates, a form POST to the element changes, DELETE removes.

Document: "Contacten". `client_reference`, `group` and `type` cannot be changed afterwards; persons (SubContact) cannot
be written. A country is free text here. Fields that creation requires and a row lacks are filled in: the invoice
address from the visiting address, the group `Algemeen`, the payment term from the account's defaults, e-mail address
and number from the main contact person, a mobile number where there is no landline.

The document shows no answer to any writing call. A form has no null: it is assumed that "" empties a field that
creation does not require, and that a required field cannot be emptied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from etl.systems.declare import Call, Draft, Drafting, Problem, Record, Row, Scan, Target, read_only
from etl.systems.invoicing.body import COLUMNS, ContactChange, NewContact
from etl.systems.invoicing.fields import CONTACT, FIXED, SYSTEM
from etl.systems.invoicing.read_contact import evidence, is_removed, record, same, who, whole
from etl.systems.shared.address import line, misread_parts
from etl.systems.shared.body import validated
from etl.systems.shared.cells import flag, same_text, text
from etl.systems.shared.child_losses import (
    PERSONS,
    BodyContent,
    has_own_ids,
    lost_display_name,
    lost_of_numbers,
    lost_of_persons,
)
from etl.systems.shared.countries import country_problem, lost_province
from etl.systems.shared.extra_back import lost_extra, restored_extra
from etl.systems.shared.losses import losses, lost_inactive
from etl.systems.shared.new_id import body_id, location_id
from etl.systems.shared.numbers_to_send import full_name, numbers, same_number
from etl.systems.shared.overlay import identity, overlay
from etl.systems.shared.partial_rows import address_line, only_present
from etl.systems.shared.references import is_our_own, lost_reference, reference_to_send

GROUP = "Algemeen"
TYPES = {"customer": "1", "supplier": "2"}
READ_ONLY = FIXED | read_only(CONTACT)
TEXTS = COLUMNS.keys() - FIXED - {"location_address", "invoice_address", "phone"}
VISITING = tuple(f"location_{part}" for part in ("address", "postal", "city", "country"))
INVOICED = tuple(f"invoice_{part}" for part in ("address", "postal", "city", "country"))
DEFAULTS = frozenset({"payment_term", "group", *INVOICED})
_PARTS = ("street", "house_number", "house_number_postfix", "box")
HOLDS = frozenset(
    {f"contacts.{column}" for column in (*COLUMNS.values(), *_PARTS, "address_extra", "mobile", "company_name")}
    | {f"contacts.invoice_{column}" for column in _PARTS}
    | {f"contacts.{column}" for column in ("first_name", "insertion", "last_name")}
    | {f"phone_numbers.{column}" for column in ("phone_number_id", "kind", "raw", "e164", "valid")}
)

KEEPS_OWN = frozenset({"contacts.kind", "contacts.contact_group"} | {h for h in HOLDS if h.startswith("contacts.inv")})
KEEPS = frozenset(f"contacts.{column}" for column in (*COLUMNS.values(), *_PARTS, "address_extra")) - KEEPS_OWN
"""Without the mobile number, which has no field of its own, and the invoice address, which other systems lack."""


SERVER_MADE = read_only(CONTACT) - {"trashed"} | {"contact_id"}
OPTIONAL = frozenset(name for name, field in NewContact.model_fields.items() if not field.is_required()) - FIXED
INSTEAD: Mapping[str, tuple[str, ...]] = {
    "phone": ("mobile",),
    "name": ("company_name", "last_name"),
    **{f"invoice_{column}": (column,) for column in ("address_line", "postcode", "city", "country_code")},
}
"""The columns from which one that is required is filled in where it is empty."""
SECONDARY_COLUMNS = {
    "mobile": "phone",
    "company_name": "name",
    **dict.fromkeys((*_PARTS, "address_extra"), "location_address"),
    **dict.fromkeys((f"invoice_{part}" for part in _PARTS), "invoice_address"),
}


def draft(row: Row, drafting: Drafting) -> Draft | list[Problem]:
    """Build a form from a contact."""
    row = only_present(row, drafting)
    given = _given(row, drafting)
    filled = {} if drafting.partial else _filled(row, drafting, given)
    given |= filled
    unknown = [problem for prefix in ("", "invoice_") if (problem := _unknown(row, given, prefix))]
    present = {name: value for name, value in given.items() if value is not None}
    body = validated(ContactChange if drafting.partial else NewContact, present, COLUMNS)
    if isinstance(body, list):
        found = [replace(problem, instead=INSTEAD.get(problem.field, ())) for problem in body]
        return list({problem.field: problem for problem in [*found, *unknown]}.values())
    if unknown:
        return unknown
    wire = body.wire() | {name: str(value) for name, value in present.items() if name not in CONTACT}
    lost = losses(row, "contacts", HOLDS | PERSONS | {"contacts.province_code"}, _lost(row, drafting, wire))
    ours = ("client_reference",) if is_our_own(row, drafting) else ()
    return Draft(wire, (*filled, *ours), lost, tuple(name for name in filled if name in DEFAULTS))


def _given(row: Row, drafting: Drafting) -> dict[str, str | None]:
    """Return the fields that the row itself has, all of them as text."""
    values = row.values
    given: dict[str, str | None] = {wire: text(values.get(COLUMNS[wire])) for wire in TEXTS}
    given |= {
        "location_address": address_line(row, drafting),
        "invoice_address": line(values, "invoice_"),
        "phone": _phone(row),
    }
    given |= {"group": text(values.get("contact_group")), "type": TYPES.get(text(values.get("kind")) or "")}
    given |= restored_extra(row, SYSTEM, given, originals=TEXTS | {"phone"}, declared=CONTACT)
    return given | {"client_reference": reference_to_send(row, drafting)}


def _phone(row: Row) -> str | None:
    """Return the landline; as it was typed if the row comes from this system and its country is sent too."""
    dialled = text(row.values.get("phone")) or text(row.values.get("mobile"))
    typed = next((number for number in numbers(row) if number.id == "phone" and number.person is None), None)
    as_typed = row.system == SYSTEM and text(row.values.get("country_code")) is not None
    if typed is not None and typed.e164 == dialled and as_typed:
        return typed.raw
    return text(row.values.get("phone"))


def _unknown(row: Row, given: Record, prefix: str) -> Problem | None:
    """Return the problem of an unknown country, unless it came from this system, where a country is free text."""
    if given.get("invoice_country" if prefix else "location_country") and row.system == SYSTEM:
        return None
    return country_problem(row, prefix)


def _filled(row: Row, drafting: Drafting, given: Record) -> dict[str, str]:
    """Return the fields that creation requires and the row lacks."""
    values = row.values
    found: dict[str, str | None] = {
        "name": text(values.get("company_name")) or text(values.get("display_name")) or full_name(values),
        "group": GROUP,
        "payment_term": text(drafting.defaults.get("payment_term_days")),
        "phone": text(values.get("mobile")) or _of_main(row, "phone_1", "phone_2", "phone_1_raw", "phone_2_raw"),
        "email": _of_main(row, "email_1", "email_2"),
    }
    if not given.get("invoice_address"):
        found |= {wire: text(given.get(visiting)) for wire, visiting in zip(INVOICED, VISITING, strict=True)}
    return {name: value for name, value in found.items() if value and not given.get(name)}


def _of_main(row: Row, *columns: str) -> str | None:
    """Return the first of these columns that the main contact person has, then that any person has."""
    people = sorted(row.children.get("contact_persons", ()), key=lambda one: flag(one.get("main_contact")) is not True)
    return next((found for one in people for column in columns if (found := text(one.get(column)))), None)


def _lost(row: Row, drafting: Drafting, wire: Record) -> set[str]:
    """List the columns that the target has, but cannot store with this row's values."""
    values = row.values
    found = lost_reference(row, drafting) | lost_extra(row, "contacts", wire)
    if (kind := text(values.get("kind"))) and kind not in TYPES:
        found.add("contacts.kind")
    found |= {f"contacts.{part}" for part in misread_parts(values, wire.get("location_address"))}
    found |= {f"contacts.{part}" for part in misread_parts(values, wire.get("invoice_address"), "invoice_")}
    mobile = text(values.get("mobile"))
    if mobile and not same_number(mobile, str(wire.get("phone", ""))):
        found.add("contacts.mobile")
    if (company := text(values.get("company_name"))) and not same_text(company, wire.get("name")):
        found.add("contacts.company_name")
    if not same_text(full_name(values), wire.get("name")):
        found |= {f"contacts.{name}" for name in ("first_name", "insertion", "last_name") if text(values.get(name))}
    content = BodyContent(
        [*filter(None, [wire.get("name")])],
        emails=[*filter(None, [wire.get("email")])],
        numbers=[wire[name] for name in ("phone", "fax") if name in wire],
    )
    found |= {"phone_numbers.phone_number_id"} if has_own_ids(row) else set()
    found |= lost_inactive(row) | lost_province(row) | lost_display_name(row, wire.get("name"))
    return found | lost_of_persons(row, content, found) | lost_of_numbers(row, content, faxes=True)


def merge(remote: Record, draft: Draft) -> Record:
    """Build the whole form for an update; nulls are left out, since a form has none.

    An invoice address that was filled in follows the visiting address, unless the two differ in the remote record.
    """
    own = record(remote)
    if identity(own, VISITING) == identity(own, INVOICED):
        draft = replace(draft, only_if_blank=tuple(name for name in draft.only_if_blank if name not in INVOICED))
    body = overlay(own, draft, read_only=READ_ONLY)
    return {
        name: str(value) for name, value in body.items() if value is not None and not isinstance(value, dict | list)
    }


def natural_key(body: Record) -> str | None:
    """Return the reference: the API merges nothing, but forms with the same reference must be sent in order."""
    return text(body.get("client_reference"))


def created(status: int, location: str | None, body: Any) -> str | None:
    return body_id(status, body, "response", "data", "Contact", "id") or location_id(status, location)


TARGETS = (
    Target(
        name="contacts",
        stream="contacts",
        table="contacts",
        create=Call("POST", "{contacts_path}", form=True, prefix="{form_prefix}"),
        update=Call("POST", "{contacts_path}/{id}", form=True, prefix="{form_prefix}"),
        delete=Call("DELETE", "{contacts_path}/{id}"),
        draft=draft,
        merge=merge,
        same=same,
        who=who,
        created=created,
        reference="client_reference",
        natural_key=natural_key,
        lookup=Scan(),
        children=("contact_persons", "phone_numbers"),
        record=record,
        whole=whole,
        keeps=KEEPS,
        keeps_own=KEEPS_OWN,
        is_removed=is_removed,
        fixed=FIXED,
        server_made=SERVER_MADE,
        columns=COLUMNS,
        secondary_columns=SECONDARY_COLUMNS,
        clear=dict.fromkeys(sorted(OPTIONAL), ""),
        keyed={"SubContact": "id"},
        evidence=evidence,
    ),
)
