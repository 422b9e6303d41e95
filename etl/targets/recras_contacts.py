"""A contact as Recras takes it, by contacten or by klanten, and what of it there is no place for.

The documents require nothing but a main contact person; a contact without any name is refused here, for nobody would
find it again. `status` is for suppliers, and three fields are shown with customers only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from etl.systems.recras import CONTACT
from etl.targets.address import keeps_apart, line, misread
from etl.targets.body import checked
from etl.targets.carried import carried, left_behind
from etl.targets.cells import flag, parsed, same_text, text
from etl.targets.countries import country_problem
from etl.targets.declare import Draft, Drafting, Problem, Row
from etl.targets.dropped import dropped
from etl.targets.numbers import full_name, numbers
from etl.targets.own import left, local_id
from etl.targets.persons import EMAILS, GENDERS, PHONES, family_name, has, persons
from etl.targets.recras_body import COLUMNS, PERSON_COLUMNS, PROBLEM_COLUMNS, ROW_COLUMNS, Contact, Klant

SYSTEM = "recras"
TYPES = {"customer": "klant", "supplier": "leverancier", "staff": "personeel", "other": "overig"}
OF_CUSTOMERS = ("soort_klant", "afdeling", "factuur_adressering")
TEXTS = frozenset({"postcode", "plaats", "provinciecode", "website", "landcode", "btw_nummer", "afdeling"})
TEXTS |= {"factuur_adressering"}
KNOWN = {"id", "_links", *COLUMNS, "contactpersonen"}

_ADDRESS = ("address_line", "street", "house_number", "house_number_postfix", "box", "address_extra")
_CONTACT = {*COLUMNS.values(), *ROW_COLUMNS.values(), *_ADDRESS, "insertion", "initials", "company_name", "extra"}
_PERSON = {*PERSON_COLUMNS.values(), *_ADDRESS, "insertion", "phone_1_raw", "phone_2_raw"}
_NUMBER = {"person_id", "phone_number_id", "kind", "raw", "e164", "valid"}
_NOT_OF_KLANTEN = {"landcode", "btw_nummer", "status", "displaynaam"}

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
KLANTEN_HOLDS = HOLDS - {f"contacts.{COLUMNS[wire]}" for wire in _NOT_OF_KLANTEN}


@dataclass(frozen=True)
class Kind:
    """One of the two ways to write a contact."""

    model: type[Klant]
    holds: frozenset[str]

    @property
    def klanten(self) -> bool:
        return self.model is Klant


CONTACTEN, KLANTEN = Kind(Contact, HOLDS), Kind(Klant, KLANTEN_HOLDS)


def drafted(kind: Kind) -> Callable[[Row, Drafting], Draft | list[Problem]]:
    """`draft` of the target that takes bodies of that kind."""

    def draft(row: Row, drafting: Drafting) -> Draft | list[Problem]:
        people, people_filled = persons(row, own=row.system == SYSTEM)
        given, filled = _given(row, kind)
        problems = [] if drafting.partial or row.system == SYSTEM or given["naam"] else [NAMELESS]
        if not kind.klanten and (unknown := country_problem(row)):
            problems.append(unknown)
        body = checked(kind.model, {**given, "contactpersonen": people}, PROBLEM_COLUMNS)
        if isinstance(body, list):
            return list({problem.field: problem for problem in [*body, *problems]}.values())
        if problems:
            return problems
        ruled_out = CONTACT if kind.klanten else COLUMNS
        undocumented = given.keys() - kind.model.model_fields.keys() - ruled_out.keys()
        wire = body.wire() | {name: given[name] for name in given if name in undocumented}
        gone = dropped(row, "contacts", kind.holds, _lost(row, wire, kind))
        return Draft(wire, (*filled, *people_filled), gone, tuple(name for name in filled if name == "type"))

    return draft


NAMELESS = Problem("name", "There is no name: fill in a name or a company name.")


def _given(row: Row, kind: Kind) -> tuple[dict[str, Any], list[str]]:
    """The fields of the contact itself, and which of them are filled in."""
    values = row.values
    given: dict[str, Any] = {wire: text(values.get(COLUMNS[wire])) for wire in TEXTS}
    given |= {"naam": text(values.get("name")), "displaynaam": text(values.get("display_name")), "adres": None}
    given["adres"] = line(values, rebuilt=keeps_apart(row.system))
    given |= {"bedrijf_id": local_id(row, "company_id"), "extra_fields": _extra_fields(values)}
    given |= {"type": _type(values), "soort_klant": None, "status": None}
    if row.system in ("", SYSTEM):
        given |= {"soort_klant": text(values.get("customer_type")), "status": text(values.get("status"))}
    given |= carried(row, SYSTEM, given, originals=TEXTS - {"landcode", "provinciecode"}, known=KNOWN)
    filled = _filled(row, given)
    given |= filled
    if given["type"] != "klant":
        given |= dict.fromkeys(OF_CUSTOMERS)
    if given["type"] != "leverancier":
        given["status"] = None
    if kind.klanten:
        given |= dict.fromkeys(Contact.model_fields.keys() - Klant.model_fields.keys())
    return given, [wire for wire in filled if given[wire] is not None]


def _extra_fields(values: Mapping[str, Any]) -> Any:
    """The list that the column holds as JSON; text that is no JSON as it is, for the body to refuse."""
    found = parsed(values.get("extra_fields"))
    return text(values.get("extra_fields")) if found is None else found or None


def _type(values: Mapping[str, Any]) -> str | None:
    kind = text(values.get("kind"))
    return TYPES.get(kind, kind) if kind else None


def _filled(row: Row, given: Mapping[str, Any]) -> dict[str, str | None]:
    """A name out of the other names, the type of whoever has none, and the status of suppliers that are not active."""
    values = row.values
    filled: dict[str, str | None] = {}
    if given["naam"] is None and row.system != SYSTEM:
        filled["naam"] = text(values.get("company_name")) or text(values.get("display_name")) or full_name(values)
    if given["type"] is None:
        filled["type"] = "klant"
    if given["type"] == "leverancier" and given["status"] is None and flag(values.get("active")) is False:
        filled["status"] = "passief"
    return filled


def _lost(row: Row, wire: Mapping[str, Any], kind: Kind) -> set[str]:
    """The columns that the target holds, but not with what this row has in them."""
    values, people = row.values, wire["contactpersonen"]
    found = left_behind(row, "contacts", wire) | left(row, "contacts", "company_id")
    found |= left(row, "contact_persons", "newsletter_ids")
    found |= {"contact_persons.person_id"} if _persons_unlinked(row) else set()
    for name in ("soort_klant", "afdeling", "factuur_adressering", "status"):
        if name not in wire and text(values.get(COLUMNS[name])):
            found.add(f"contacts.{COLUMNS[name]}")
    company, shown = text(values.get("company_name")), text(values.get("display_name"))
    if company and not same_text(company, wire.get("naam")):
        found.add("contacts.company_name")
    if kind.klanten and shown and not same_text(shown, wire.get("naam")):
        found.add("contacts.display_name")
    if kind.klanten and _type(values) not in (None, "klant"):
        found.add("contacts.kind")
    found |= {f"contacts.{column}" for column in (*_unsaid(values, people), *misread(values, wire.get("adres")))}
    sent = [number for number in numbers(row) if not has(people, PHONES, number.e164 or number.raw)]
    return found | ({"phone_numbers.raw", "phone_numbers.e164"} if sent else set())


def _persons_unlinked(row: Row) -> bool:
    return not row.local and any(text(one.get("person_id")) for one in row.children.get("contact_persons", ()))


def _unsaid(values: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The columns of the contact as a person that its main person does not say."""
    main = next(person for person in people if person["hoofdcontact"])
    said = {name: main.get(name) for name in ("voornaam", "achternaam", "aanhef")}
    said["geslacht"] = main.get("geslacht") or "onbekend"
    row = {"voornaam": text(values.get("first_name")), "achternaam": family_name(values)}
    row |= {"aanhef": text(values.get("title")), "geslacht": GENDERS.get(text(values.get("gender")) or "")}
    yield from (ROW_COLUMNS[name] for name, value in row.items() if value and not same_text(value, said[name]))
    if text(values.get("initials")) and not same_text(values["initials"], main.get("voornaam")):
        yield "initials"
    for column, fields in (("email", EMAILS), ("phone", PHONES), ("mobile", PHONES)):
        own = text(values.get(column))
        if own and not has(people, fields, own):
            yield column
