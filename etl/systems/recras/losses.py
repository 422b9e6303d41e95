"""List the columns of a contact that Recras cannot store as this row has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from etl.systems.declare import Row, read_only
from etl.systems.recras.body import COLUMNS
from etl.systems.recras.fields import CONTACT, MAIN
from etl.systems.recras.write_persons import EMAILS, GENDERS, PHONES, family_name, has_value
from etl.systems.shared.address import misread_parts
from etl.systems.shared.cells import mapping, same_text, text
from etl.systems.shared.child_losses import BodyContent, has_own_ids, lost_display_name, lost_of_numbers
from etl.systems.shared.extra_back import lost_extra
from etl.systems.shared.local_ids import lost_ids
from etl.systems.shared.losses import lost_inactive

TYPES = {"customer": "klant", "supplier": "leverancier", "staff": "personeel", "other": "overig"}
UNDOCUMENTED = read_only(CONTACT) - {"id", "_links"}
"""Fields that are read but that no document lists as writable."""


def lost_columns(row: Row, wire: Mapping[str, Any], *, klanten: bool) -> set[str]:
    """List the columns that the target has, but cannot store with this row's values."""
    values, people = row.values, wire.get("contactpersonen", ())
    kind = text(values.get("kind")) or ""
    found = lost_extra(row, "contacts", wire) | lost_ids(row, "contacts", "company_id")
    found |= lost_ids(row, "contact_persons", "newsletter_ids")
    found |= _dropped_ids(row)
    if any(mapping(values.get("extra")).get(name) for name in UNDOCUMENTED):
        found.add("contacts.extra")
    if wire.get("status") != "passief":
        found |= lost_inactive(row)
    for name in ("soort_klant", "afdeling", "factuur_adressering", "status"):
        if name not in wire and text(values.get(COLUMNS[name])):
            found.add(f"contacts.{COLUMNS[name]}")
    company = text(values.get("company_name"))
    if company and not same_text(company, wire.get("naam")):
        found.add("contacts.company_name")
    if klanten:
        found |= lost_display_name(row, wire.get("naam"))
    if klanten and TYPES.get(kind, kind) not in ("", "klant"):
        found.add("contacts.kind")
    found |= {
        f"contacts.{column}"
        for column in (*_missing_from_main(values, people), *misread_parts(values, wire.get("adres")))
    }
    content = BodyContent((), numbers=[person[name] for person in people for name in PHONES if name in person])
    return found | lost_of_numbers(row, content)


def _dropped_ids(row: Row) -> set[str]:
    """List the ids of persons and numbers that belong to another account."""
    found = {"phone_numbers.phone_number_id"} if has_own_ids(row) else set()
    if not row.local:
        tables = ("contact_persons", "phone_numbers")
        people = {table for table in tables for one in row.children.get(table, ()) if text(one.get("person_id"))}
        found |= {f"{table}.person_id" for table in people}
    return found


def _missing_from_main(values: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the columns of the contact as a person whose value its main person lacks."""
    main = next((person for person in people if person.get("hoofdcontact")), {})
    sent = {name: main.get(name) for name in ("voornaam", "achternaam", "aanhef")}
    sent["geslacht"] = main.get("geslacht") or "onbekend"
    row = {"voornaam": text(values.get("first_name")), "achternaam": family_name(values)}
    row |= {"aanhef": text(values.get("title")), "geslacht": GENDERS.get(text(values.get("gender")) or "")}
    yield from (MAIN[name] for name, value in row.items() if value and not same_text(value, sent[name]))
    if text(values.get("initials")) and not same_text(values["initials"], main.get("voornaam")):
        yield "initials"
    for column, fields in (("email", EMAILS), ("phone", PHONES), ("mobile", PHONES)):
        own = text(values.get(column))
        if own and not has_value(people, fields, own):
            yield column
