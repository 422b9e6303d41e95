"""List the values of a row's persons and phone numbers that a body lacks, for targets without such tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from etl.systems.declare import Row
from etl.systems.shared.address import PARTS
from etl.systems.shared.cells import BLANK, folded, same_text, text
from etl.systems.shared.numbers_to_send import full_name, numbers, same_number

NAMES = ("title", "initials", "first_name", "insertion", "last_name", "name", "company_name")
_PERSON_NAMES = ("first_name", "insertion", "last_name")
_ADDRESS = ("address_line", *PARTS, "postcode", "city")
_EMAILS = ("email_1", "email_2")
_PHONES = ("phone_1", "phone_2", "phone_1_raw", "phone_2_raw")
_VALUES = (*_PERSON_NAMES, "gender", "salutation", *_EMAILS, *_PHONES, *_ADDRESS)
PERSONS = frozenset(f"contact_persons.{name}" for name in (*_VALUES, "main_contact"))
"""The columns of persons that can be stored with their contact: it is that person, or both have the same value."""


@dataclass(frozen=True)
class BodyContent:
    """The values of a body to compare with: full names, the title, e-mail addresses and phone numbers."""

    names: Sequence[str]
    title: str | None = None
    emails: Sequence[str] = ()
    numbers: Sequence[str] = ()

    def has_number(self, number: str) -> bool:
        return any(same_number(one, number) for one in self.numbers)


def lost_of_persons(row: Row, content: BodyContent, lost: Collection[str]) -> set[str]:
    """List the columns of contact_persons whose value the body lacks, as `table.column`.

    `lost` are the columns of the contact itself that are lost.
    """
    found: set[str] = set()
    people = row.children.get("contact_persons", ())
    for person in people:
        there = {*_stored(row, person, content, lost)}
        missing = [name for name in _VALUES if name not in there]
        found |= {name for name in missing if person.get(name) not in BLANK and text(person[name]) != "unknown"}
    if len(people) > 1:
        found.add("main_contact")
    return {f"contact_persons.{name}" for name in found}


def _stored(row: Row, person: Mapping[str, Any], content: BodyContent, lost: Collection[str]) -> Collection[str]:
    there = [name for name in _EMAILS if any(same_text(person.get(name), one) for one in content.emails)]
    there += [name for name in _PHONES if (typed := text(person.get(name))) and content.has_number(typed)]
    own = [name for name in _ADDRESS if f"contacts.{name}" not in lost]
    there += [name for name in own if same_text(person.get(name), row.values.get(name))]
    if any(same_text(full_name(person), one) for one in content.names):
        there += _PERSON_NAMES
        there += ["gender"] if content.title and gender_of(content.title) == text(person.get("gender")) else []
        there += ["salutation"] if same_text(person.get("salutation"), content.title) else []
    return there


def lost_of_numbers(row: Row, content: BodyContent, *, faxes: bool = False) -> set[str]:
    """List the columns of phone_numbers whose value the body lacks; `faxes` if the target has a field for them."""
    found: set[str] = set()
    for number in numbers(row):
        if not content.has_number(number.e164 or number.raw):
            values = {"raw": number.raw, "e164": number.e164, "kind": number.kind, "name": number.own_name}
            found |= {name for name, value in values.items() if value}
        elif number.kind == "fax" and not faxes:
            found.add("kind")
    return {f"phone_numbers.{name}" for name in found}


def has_own_ids(row: Row) -> bool:
    """Check whether any phone number has an id of the account; other ids are only names of fields."""
    return any(number.id and number.id.isdigit() for number in numbers(row))


def lost_display_name(row: Row, *names: Any) -> set[str]:
    """Return `contacts.display_name` if it holds words that no name of the row has, and equals none of those sent."""
    shown = text(row.values.get("display_name"))
    if shown is None or any(same_text(shown, one) for one in names):
        return set()
    words = " ".join(folded(row.values.get(name)) for name in NAMES).split()
    return set() if {*folded(shown).split()} <= {*words} else {"contacts.display_name"}


@lru_cache(maxsize=1 << 12)
def gender_of(title: str) -> str | None:
    """Return the gender that a form of address will be read back as."""
    import polars as pl

    from etl.normalise.names import genders

    return text(genders(pl.Series([title]))[0])
