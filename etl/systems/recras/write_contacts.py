"""Draft a contact for Recras, for contacten or for klanten, and list the columns that it cannot store.

The documents require only a main contact person; a contact without any name is refused here, since nobody could find
it again. `status` is for suppliers, and three fields are for customers only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from etl.systems.declare import Draft, Drafting, Problem, Row
from etl.systems.recras.body import (
    COLUMNS,
    PERSON_COLUMNS,
    PROBLEM_COLUMNS,
    Contact,
    ContactChange,
    Klant,
    KlantChange,
)
from etl.systems.recras.fields import CONTACT, MAIN, NOT_OF_KLANTEN, SYSTEM
from etl.systems.recras.losses import TYPES, lost_columns
from etl.systems.recras.write_persons import Person, own_persons, persons
from etl.systems.shared.body import Body, validated
from etl.systems.shared.cells import flag, parsed, text
from etl.systems.shared.countries import country_problem
from etl.systems.shared.extra_back import restored_extra
from etl.systems.shared.local_ids import local_id
from etl.systems.shared.losses import losses
from etl.systems.shared.numbers_to_send import full_name
from etl.systems.shared.partial_rows import address_line, only_present

OF_CUSTOMERS = ("soort_klant", "afdeling", "factuur_adressering")
TEXTS = frozenset({"postcode", "plaats", "provinciecode", "website", "landcode", "btw_nummer", "afdeling"})
TEXTS |= {"factuur_adressering"}
DECLARED = {"id", "_links", *COLUMNS, "contactpersonen"}

_ADDRESS = ("address_line", "street", "house_number", "house_number_postfix", "box", "address_extra")
_CONTACT = {*COLUMNS.values(), *MAIN.values(), *_ADDRESS, "insertion", "initials", "company_name", "extra"}
_PERSON = {*PERSON_COLUMNS.values(), *_ADDRESS, "insertion", "phone_1_raw", "phone_2_raw"}
_NUMBER = {"person_id", "phone_number_id", "kind", "raw", "e164", "valid"}

HOLDS = frozenset(
    {f"contacts.{column}" for column in _CONTACT}
    | {f"contact_persons.{column}" for column in _PERSON}
    | {f"phone_numbers.{column}" for column in _NUMBER}
)
_OWN = {"customer_type", "status", "department", "invoice_attention", "extra_fields", "active"}
_MAIN = {"title", "gender", "first_name", "insertion", "last_name", "email", "phone", "mobile"}
_PLACE = {"name", "display_name", "postcode", "city", "country_code", "province_code", "website", "vat_number", "kind"}
_OF_PERSONS = {"first_name", "insertion", "last_name", "gender", "salutation", "email_1", "email_2", "postcode", "city"}
KEEPS = frozenset(
    {f"contacts.{column}" for column in (*_MAIN, *_PLACE, *_ADDRESS)}
    | {f"contact_persons.{column}" for column in (*_OF_PERSONS, *_ADDRESS, "phone_1", "phone_2")}
)
KEEPS_OWN = frozenset(
    {f"contacts.{column}" for column in _OWN}
    | {"contact_persons.main_contact"}
    | {f"phone_numbers.{column}" for column in ("phone_number_id", "kind", "e164", "valid")}
)
# the type of a klant is implied
KLANTEN_HOLDS = HOLDS - {f"contacts.{COLUMNS[wire]}" for wire in NOT_OF_KLANTEN & COLUMNS.keys() - {"type"}}


@dataclass(frozen=True)
class ContactKind:
    """One of the two targets for contacts: the models of its bodies, and the columns it can store."""

    model: type[Body]
    change: type[Body]
    holds: frozenset[str]

    @property
    def klanten(self) -> bool:
        return self.model is Klant


CONTACTEN = ContactKind(Contact, ContactChange, HOLDS)
KLANTEN = ContactKind(Klant, KlantChange, KLANTEN_HOLDS)


def draft_for(kind: ContactKind) -> Callable[[Row, Drafting], Draft | list[Problem]]:
    """Return the `draft` of the target for that kind of contact."""

    def draft(row: Row, drafting: Drafting) -> Draft | list[Problem]:
        row = only_present(row, drafting)
        people, people_filled, main_is_contact = _people(row, drafting)
        given, filled = _given(row, kind, drafting)
        problems = [] if drafting.partial or row.system == SYSTEM or given["naam"] else [NAMELESS]
        if not kind.klanten and (unknown := country_problem(row)):
            problems.append(unknown)
        model = kind.change if drafting.partial else kind.model
        body = validated(model, {**given, "contactpersonen": people}, PROBLEM_COLUMNS)
        if isinstance(body, list):
            return list({problem.field: problem for problem in [*body, *problems]}.values())
        if problems:
            return problems
        ruled_out = CONTACT if kind.klanten else COLUMNS
        undocumented = given.keys() - kind.model.model_fields.keys() - ruled_out.keys()
        wire = body.wire() | {name: given[name] for name in given if name in undocumented}
        lost = losses(row, "contacts", kind.holds, lost_columns(row, wire, klanten=kind.klanten))
        only_if_blank = tuple(name for name in filled if name == "type")
        return Draft(wire, (*filled, *people_filled), lost, only_if_blank, main_is_contact)

    return draft


def _people(row: Row, drafting: Drafting) -> tuple[list[Person] | None, tuple[str, ...], bool]:
    if drafting.partial:
        people, main_is_contact = own_persons(row, own=row.system == SYSTEM)
        return people or None, (), main_is_contact
    return *persons(row, own=row.system == SYSTEM), False


NAMELESS = Problem("name", "There is no name: fill in a name or a company name.")


def _given(row: Row, kind: ContactKind, drafting: Drafting) -> tuple[dict[str, Any], list[str]]:
    """Return the fields of the contact itself, and which of them were filled in."""
    values = row.values
    given: dict[str, Any] = {wire: text(values.get(COLUMNS[wire])) for wire in TEXTS}
    given |= {"naam": text(values.get("name")), "displaynaam": text(values.get("display_name")), "adres": None}
    given["adres"] = address_line(row, drafting)
    given |= {"bedrijf_id": local_id(row, "company_id"), "extra_fields": _extra_fields(values)}
    given |= {"type": _type(values), "soort_klant": None, "status": None}
    if row.system in ("", SYSTEM):
        given |= {"soort_klant": text(values.get("customer_type")), "status": text(values.get("status"))}
    given |= restored_extra(row, SYSTEM, given, originals=TEXTS - {"landcode", "provinciecode"}, declared=DECLARED)
    filled = {} if drafting.partial else _filled(row, given)
    given |= filled
    if given["type"] not in ("klant", None):
        given |= dict.fromkeys(OF_CUSTOMERS)
    if given["type"] not in ("leverancier", None):
        given["status"] = None
    if kind.klanten:
        given |= dict.fromkeys(NOT_OF_KLANTEN)
    return given, [wire for wire in filled if given[wire] is not None]


def _extra_fields(values: Mapping[str, Any]) -> Any:
    """Parse the list that the column holds as JSON; other text is returned as it is, for the body to refuse."""
    found = parsed(values.get("extra_fields"))
    return text(values.get("extra_fields")) if found is None else found or None


def _type(values: Mapping[str, Any]) -> str | None:
    kind = text(values.get("kind"))
    return TYPES.get(kind, kind) if kind else None


def _filled(row: Row, given: Mapping[str, Any]) -> dict[str, str | None]:
    """Fill in a name from the other names, a missing type, and the status of inactive suppliers."""
    values = row.values
    filled: dict[str, str | None] = {}
    if given["naam"] is None and row.system != SYSTEM:
        filled["naam"] = text(values.get("company_name")) or text(values.get("display_name")) or full_name(values)
    if given["type"] is None:
        filled["type"] = "klant"
    if given["type"] == "leverancier" and given["status"] is None and flag(values.get("active")) is False:
        filled["status"] = "passief"
    return filled
