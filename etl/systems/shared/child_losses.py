"""List what persons and numbers of a row say and a body does not, for targets that keep no table of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from etl.systems.declare import Row
from etl.systems.shared.address import PARTS
from etl.systems.shared.cells import BLANK, folded, same_text, text
from etl.systems.shared.phone_numbers import full_name, numbers, same_number

NAMES = ("title", "initials", "first_name", "insertion", "last_name", "name", "company_name")
_CALLED = ("first_name", "insertion", "last_name")
_ADDRESS = ("address_line", *PARTS, "postcode", "city")
_EMAILS = ("email_1", "email_2")
_PHONES = ("phone_1", "phone_2", "phone_1_raw", "phone_2_raw")
_VALUES = (*_CALLED, "gender", "salutation", *_EMAILS, *_PHONES, *_ADDRESS)
PERSONS = frozenset(f"contact_persons.{name}" for name in (*_VALUES, "main_contact"))
"""The columns of persons that may arrive with their contact: with the one that it is, or because both have the same."""


@dataclass(frozen=True)
class BodyContent:
    """What a body says: whole names, the title, e-mail addresses, and numbers."""

    names: Sequence[str]
    title: str | None = None
    emails: Sequence[str] = ()
    numbers: Sequence[str] = ()

    def dials(self, number: str) -> bool:
        return any(same_number(one, number) for one in self.numbers)


def lost_of_persons(row: Row, said: BodyContent, lost: Collection[str]) -> set[str]:
    """The columns of contact_persons with a value that does not arrive, as `table.column`; `lost` are those of the
    contact that do not."""
    found: set[str] = set()
    people = row.children.get("contact_persons", ())
    for person in people:
        there = {*_arrived(row, person, said, lost)}
        missing = [name for name in _VALUES if name not in there]
        found |= {name for name in missing if person.get(name) not in BLANK and text(person[name]) != "unknown"}
    if len(people) > 1:
        found.add("main_contact")
    return {f"contact_persons.{name}" for name in found}


def _arrived(row: Row, person: Mapping[str, Any], said: BodyContent, lost: Collection[str]) -> Collection[str]:
    there = [name for name in _EMAILS if any(same_text(person.get(name), one) for one in said.emails)]
    there += [name for name in _PHONES if (typed := text(person.get(name))) and said.dials(typed)]
    own = [name for name in _ADDRESS if f"contacts.{name}" not in lost]
    there += [name for name in own if same_text(person.get(name), row.values.get(name))]
    if any(same_text(full_name(person), one) for one in said.names):
        there += _CALLED
        there += ["gender"] if said.title and gender_of(said.title) == text(person.get("gender")) else []
        there += ["salutation"] if same_text(person.get("salutation"), said.title) else []
    return there


def lost_of_numbers(row: Row, said: BodyContent, *, faxes: bool = False) -> set[str]:
    """The columns of phone_numbers with a value that does not arrive; `faxes` are told apart by some targets only."""
    found: set[str] = set()
    for number in numbers(row):
        if not said.dials(number.e164 or number.raw):
            given = {"raw": number.raw, "e164": number.e164, "kind": number.kind, "name": number.own_name}
            found |= {name for name, value in given.items() if value}
        elif number.kind == "fax" and not faxes:
            found.add("kind")
    return {f"phone_numbers.{name}" for name in found}


def has_own_ids(row: Row) -> bool:
    """Whether numbers have ids of the account's own: others are but names of fields."""
    return any(number.id and number.id.isdigit() for number in numbers(row))


def lost_display_name(row: Row, *names: Any) -> set[str]:
    """`contacts.display_name`, where it says more than all the names of the row, and is none of those sent."""
    given = text(row.values.get("display_name"))
    if given is None or any(same_text(given, one) for one in names):
        return set()
    words = " ".join(folded(row.values.get(name)) for name in NAMES).split()
    return set() if {*folded(given).split()} <= {*words} else {"contacts.display_name"}


@lru_cache(maxsize=1 << 12)
def gender_of(title: str) -> str | None:
    """What a form of address tells, as it will be read back."""
    import polars as pl

    from etl.normalise.names import genders

    return text(genders(pl.Series([title]))[0])
