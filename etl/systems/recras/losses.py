"""What of a contact does not arrive in Recras as this row has it, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from etl.systems.declare import Row, read_only
from etl.systems.recras.body import COLUMNS
from etl.systems.recras.fields import CONTACT, MAIN
from etl.systems.recras.persons import EMAILS, GENDERS, PHONES, family_name, has
from etl.systems.shared.address import misread
from etl.systems.shared.cells import mapping, same_text, text
from etl.systems.shared.child_losses import BodyContent, has_own_ids, lost_display_name, lost_of_numbers
from etl.systems.shared.extra_back import lost_extra
from etl.systems.shared.local_ids import lost_ids
from etl.systems.shared.losses import lost_inactive

TYPES = {"customer": "klant", "supplier": "leverancier", "staff": "personeel", "other": "overig"}
UNDOCUMENTED = read_only(CONTACT) - {"id", "_links"}
"""Fields that are read, and that no document names among those that are written."""


def lost_columns(row: Row, wire: Mapping[str, Any], *, klanten: bool) -> set[str]:
    """The columns that the target holds, but not with what this row has in them."""
    values, people = row.values, wire.get("contactpersonen", ())
    kind = text(values.get("kind")) or ""
    found = lost_extra(row, "contacts", wire) | lost_ids(row, "contacts", "company_id")
    found |= lost_ids(row, "contact_persons", "newsletter_ids")
    found |= _ids_left(row)
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
    found |= {f"contacts.{column}" for column in (*_unsaid(values, people), *misread(values, wire.get("adres")))}
    said = BodyContent((), numbers=[person[name] for person in people for name in PHONES if name in person])
    return found | lost_of_numbers(row, said)


def _ids_left(row: Row) -> set[str]:
    """The ids of persons and numbers, which are those of another account."""
    found = {"phone_numbers.phone_number_id"} if has_own_ids(row) else set()
    if not row.local:
        tables = ("contact_persons", "phone_numbers")
        people = {table for table in tables for one in row.children.get(table, ()) if text(one.get("person_id"))}
        found |= {f"{table}.person_id" for table in people}
    return found


def _unsaid(values: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The columns of the contact as a person that its main person does not say."""
    main = next((person for person in people if person.get("hoofdcontact")), {})
    said = {name: main.get(name) for name in ("voornaam", "achternaam", "aanhef")}
    said["geslacht"] = main.get("geslacht") or "onbekend"
    row = {"voornaam": text(values.get("first_name")), "achternaam": family_name(values)}
    row |= {"aanhef": text(values.get("title")), "geslacht": GENDERS.get(text(values.get("gender")) or "")}
    yield from (MAIN[name] for name, value in row.items() if value and not same_text(value, said[name]))
    if text(values.get("initials")) and not same_text(values["initials"], main.get("voornaam")):
        yield "initials"
    for column, fields in (("email", EMAILS), ("phone", PHONES), ("mobile", PHONES)):
        own = text(values.get(column))
        if own and not has(people, fields, own):
            yield column
