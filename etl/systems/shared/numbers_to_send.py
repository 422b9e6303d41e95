"""List the phone numbers of a row, each once: what to dial, how it was typed, and whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from etl.systems.declare import Row
from etl.systems.shared.cells import text
from etl.systems.shared.own_names import own_names

_ABROAD = re.compile(r"\s*\(?(?:\+|00)")
NATIONAL = 8
"""The fewest figures by which a national number is known to be the end of an international one."""


@dataclass(frozen=True)
class DialledNumber:
    """One phone number. `e164` is None where `raw` is not a valid number; `id` is the source's own. `name` falls back
    to that of its person."""

    id: str | None
    raw: str
    e164: str | None
    kind: str | None
    name: str | None
    person: str | None
    own_name: str | None = None

    def written(self, *, as_typed: bool) -> str:
        return self.raw if as_typed or self.e164 is None else self.e164


def numbers(row: Row) -> Iterator[DialledNumber]:
    """Yield the rows of phone_numbers that hold a number. One without a name gets that of its person."""
    people = {text(person.get("person_id")): full_name(person) for person in row.children.get("contact_persons", ())}
    for found in row.children.get("phone_numbers", ()):
        e164 = text(found.get("e164"))
        raw = text(found.get("raw")) or e164
        if raw is not None:
            person = text(found.get("person_id"))
            own = text(found.get("name"))
            name = own or (people.get(person) if person else None)
            yield DialledNumber(
                text(found.get("phone_number_id")), raw, e164, text(found.get("kind")), name, person, own
            )


def full_name(person: Mapping[str, Any]) -> str | None:
    """Join first name, tussenvoegsel and family name, as far as there are any."""
    parts = [text(person.get(column)) for column in ("first_name", "insertion", "last_name")]
    return " ".join(part for part in parts if part) or None


_TABLES = {
    "contacts": ("phone", "mobile", "fax"),
    "contact_persons": ("phone_1", "phone_2"),
    "product_locations": ("phone_number",),
}


@cache
def _ending() -> re.Pattern[str]:
    names = {name for table, columns in _TABLES.items() for name in own_names(table, *columns)}
    return re.compile(rf"(?:^|[._])(?:{'|'.join(sorted(names))})$")


def is_phone(path: str) -> bool:
    """Check whether any system keeps a phone number in a field; `path` is its dotted path, without list indexes."""
    return _ending().search(path) is not None


@lru_cache(maxsize=1 << 12)
def _figures(number: str) -> str:
    return re.sub(r"\D", "", number.replace("(0)", "")).lstrip("0")


def same_number(one: str, other: str) -> bool:
    """Check whether two texts dial the same: the digits of one end in those of the other, without leading zeros."""
    first, second = _figures(one), _figures(other)
    if not first or not second:
        return one.strip() == other.strip()
    short, long = sorted((first, second), key=len)
    return first == second or (len(short) >= 8 and long.endswith(short))


@lru_cache(maxsize=1 << 12)
def _call(number: str) -> tuple[str, str]:
    """How a number begins, `+`, `0` or nothing, and its other figures."""
    bare = re.sub(r"[^0-9+]", "", number.replace("(0)", "") if _ABROAD.match(number) else number)
    if bare[:1] == "+" or bare[:2] == "00":
        return "+", re.sub(r"\D", "", bare).lstrip("0")
    return ("0", bare[1:]) if bare[:1] == "0" else ("", bare.replace("+", ""))


def same_call(one: str, other: str) -> bool:
    """Check whether two texts are one number as it is dialled: a zero or a plus in front counts, and a national number
    is the international one that ends in it."""
    (first, figures), (second, others) = _call(one), _call(other)
    if not figures or not others:
        return one.strip() == other.strip()
    if first == second:
        return figures == others
    short, long = (figures, others) if first == "0" else (others, figures)
    return {first, second} == {"+", "0"} and len(short) >= NATIONAL and long.endswith(short)
