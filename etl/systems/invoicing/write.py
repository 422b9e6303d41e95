"""Writing contacts to the invoicing API: a form POST creates, a form POST to the element changes, DELETE removes.

Document: "Contacten". `client_reference`, `group` and `type` cannot be changed afterwards; persons (SubContact) cannot
be written. A country is free text here. What creation requires and a row lacks is filled in: the invoice address from
the visiting address, the group `Algemeen`, the payment term from the account's defaults, e-mail address and number
from the main contact person, a mobile number where there is no landline.

It shows no answer to any writing call. A form has no null: that "" empties a field which creation does not require is
assumed, and that a field which it requires cannot be emptied.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from etl.systems.declare import Call, Draft, Drafting, Problem, Record, Row, Scan, Target, read_only
from etl.systems.invoicing.body import COLUMNS, ContactChange, NewContact
from etl.systems.invoicing.contact import evidence, gone, record, same, who, whole
from etl.systems.invoicing.fields import CONTACT, FIXED, SYSTEM
from etl.systems.shared.address import line, misread
from etl.systems.shared.body import checked
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
from etl.systems.shared.overlay import identity, overlay
from etl.systems.shared.partial_rows import address_line, as_given
from etl.systems.shared.phone_numbers import full_name, numbers, same_number
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
"""A mobile number has no field of its own, and other systems have no invoice address."""


SERVER_MADE = read_only(CONTACT) - {"trashed"} | {"contact_id"}
OPTIONAL = frozenset(name for name, field in NewContact.model_fields.items() if not field.is_required()) - FIXED
ALSO = {
    "mobile": "phone",
    "company_name": "name",
    **dict.fromkeys((*_PARTS, "address_extra"), "location_address"),
    **dict.fromkeys((f"invoice_{part}" for part in _PARTS), "invoice_address"),
}


def draft(row: Row, drafting: Drafting) -> Draft | list[Problem]:
    """A form out of a contact."""
    row = as_given(row, drafting)
    given = _given(row, drafting)
    filled = {} if drafting.partial else _filled(row, drafting, given)
    given |= filled
    unknown = [problem for prefix in ("", "invoice_") if (problem := _unknown(row, given, prefix))]
    present = {name: value for name, value in given.items() if value is not None}
    body = checked(ContactChange if drafting.partial else NewContact, present, COLUMNS)
    if isinstance(body, list):
        return list({problem.field: problem for problem in [*body, *unknown]}.values())
    if unknown:
        return unknown
    wire = body.wire() | {name: str(value) for name, value in present.items() if name not in CONTACT}
    gone = losses(row, "contacts", HOLDS | PERSONS | {"contacts.province_code"}, _lost(row, drafting, wire))
    ours = ("client_reference",) if is_our_own(row, drafting) else ()
    return Draft(wire, (*filled, *ours), gone, tuple(name for name in filled if name in DEFAULTS))


def _given(row: Row, drafting: Drafting) -> dict[str, str | None]:
    """What the row says: every value is text."""
    values = row.values
    given: dict[str, str | None] = {wire: text(values.get(COLUMNS[wire])) for wire in TEXTS}
    given |= {
        "location_address": address_line(row, drafting),
        "invoice_address": line(values, "invoice_"),
        "phone": _phone(row),
    }
    given |= {"group": text(values.get("contact_group")), "type": TYPES.get(text(values.get("kind")) or "")}
    given |= restored_extra(row, SYSTEM, given, originals=TEXTS | {"phone"}, known=CONTACT)
    return given | {"client_reference": reference_to_send(row, drafting)}


def _phone(row: Row) -> str | None:
    """The landline; as it was typed where the row comes from such a system and its country goes along."""
    dialled = text(row.values.get("phone")) or text(row.values.get("mobile"))
    typed = next((number for number in numbers(row) if number.id == "phone" and number.person is None), None)
    as_typed = row.system == SYSTEM and text(row.values.get("country_code")) is not None
    if typed is not None and typed.e164 == dialled and as_typed:
        return typed.raw
    return text(row.values.get("phone"))


def _unknown(row: Row, given: Record, prefix: str) -> Problem | None:
    """A country no one knows goes back as it was where it came from, for it is free text here."""
    if given.get("invoice_country" if prefix else "location_country") and row.system == SYSTEM:
        return None
    return country_problem(row, prefix)


def _filled(row: Row, drafting: Drafting, given: Record) -> dict[str, str]:
    """What creation requires and the row does not say."""
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
    """The first of these that the main contact person has, then of any person."""
    people = sorted(row.children.get("contact_persons", ()), key=lambda one: flag(one.get("main_contact")) is not True)
    return next((found for one in people for column in columns if (found := text(one.get(column)))), None)


def _lost(row: Row, drafting: Drafting, wire: Record) -> set[str]:
    """The columns that the target holds, but not with what this row has in them."""
    values = row.values
    found = lost_reference(row, drafting) | lost_extra(row, "contacts", wire)
    if (kind := text(values.get("kind"))) and kind not in TYPES:
        found.add("contacts.kind")
    found |= {f"contacts.{part}" for part in misread(values, wire.get("location_address"))}
    found |= {f"contacts.{part}" for part in misread(values, wire.get("invoice_address"), "invoice_")}
    mobile = text(values.get("mobile"))
    if mobile and not same_number(mobile, str(wire.get("phone", ""))):
        found.add("contacts.mobile")
    if (company := text(values.get("company_name"))) and not same_text(company, wire.get("name")):
        found.add("contacts.company_name")
    if not same_text(full_name(values), wire.get("name")):
        found |= {f"contacts.{name}" for name in ("first_name", "insertion", "last_name") if text(values.get(name))}
    said = BodyContent(
        [*filter(None, [wire.get("name")])],
        emails=[*filter(None, [wire.get("email")])],
        numbers=[wire[name] for name in ("phone", "fax") if name in wire],
    )
    found |= {"phone_numbers.phone_number_id"} if has_own_ids(row) else set()
    found |= lost_inactive(row) | lost_province(row) | lost_display_name(row, wire.get("name"))
    return found | lost_of_persons(row, said, found) | lost_of_numbers(row, said, faxes=True)


def merge(remote: Record, draft: Draft) -> Record:
    """The whole form for an update; what is null cannot be said in a form and is left out.

    An invoice address that was filled in follows the visiting address, unless the two differ where they are.
    """
    own = record(remote)
    if identity(own, VISITING) == identity(own, INVOICED):
        draft = replace(draft, gives_way=tuple(name for name in draft.gives_way if name not in INVOICED))
    body = overlay(own, draft, read_only=READ_ONLY)
    return {
        name: str(value) for name, value in body.items() if value is not None and not isinstance(value, dict | list)
    }


def natural(body: Record) -> str | None:
    """Nothing is merged by the API itself; two forms with one reference must not overtake each other."""
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
        natural=natural,
        look=Scan(),
        children=("contact_persons", "phone_numbers"),
        record=record,
        whole=whole,
        keeps=KEEPS,
        keeps_own=KEEPS_OWN,
        gone=gone,
        fixed=FIXED,
        server_made=SERVER_MADE,
        columns=COLUMNS,
        also=ALSO,
        clear=dict.fromkeys(sorted(OPTIONAL), ""),
        keyed={"SubContact": "id"},
        evidence=evidence,
    ),
)
