"""The person who is looked for, and what was learnt of them on the way: their records, names and pushed rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

from etl.errors import UsageError
from etl.normalise.phone import read_number
from etl.person.needles import ESCAPED, Needles, email_of

ANY = ""
"""The stream or the shop of a record where it is not known."""


class Key(NamedTuple):
    """A record as a user names it: ACCOUNT.STREAM:ID, or ACCOUNT:ID for every stream of the account."""

    account: str
    stream: str
    source_id: str


class Record(NamedTuple):
    """A record of a stream, by its exact id."""

    account: str
    stream: str
    source_id: str


@dataclass(frozen=True)
class Asked:
    """What the user gave, normalised."""

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    keys: frozenset[Key] = frozenset()

    @classmethod
    def of(
        cls, emails: Iterable[str], phones: Iterable[str], keys: Iterable[str], *, countries: Collection[str]
    ) -> Asked:
        """Normalise what was given; a number without a calling code is read in these countries. Raises UsageError."""
        asked = cls(
            frozenset(map(_email, emails)),
            frozenset(_phone(one, countries) for one in phones),
            frozenset(map(_key, keys)),
        )
        if not (asked.emails or asked.phones or asked.keys):
            raise UsageError("Whom? Say --email, --phone or --key; each may be given more than once.")
        return asked

    def texts(self) -> list[str]:
        """List all of it, each with its kind in front: what a keyed hash is made from."""
        keys = (f"key\0{key.account}\0{key.stream}\0{key.source_id}" for key in self.keys)
        given = [*(f"email\0{one}" for one in self.emails), *(f"phone\0{one}" for one in self.phones), *keys]
        return sorted(given)


def _email(text: str) -> str:
    found = str(email_of(text))
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", found):
        raise UsageError("What --email says is no e-mail address.", remedy="Write name@example.nl.")
    return found


def _phone(text: str, countries: Collection[str]) -> str:
    read = {found for country in [None, *countries] if (found := read_number(text, country)[0])}
    if len(read) != 1:
        several = "may be a number of several countries" if read else "is no phone number"
        raise UsageError(f"What --phone says {several}.", remedy="Write it with its calling code: +31612345678.")
    return read.pop()


def _key(text: str) -> Key:
    place, colon, source_id = text.partition(":")
    account, _, stream = place.partition(".")
    if not colon or not source_id.strip():
        raise UsageError("What --key says names no record.", remedy="Write ACCOUNT.STREAM:ID, or ACCOUNT:ID.")
    return Key(account.strip(), stream.strip(), source_id.strip())


@dataclass
class Wanted:
    """Who is looked for.

    `records` are the person's own, each with the shops it was found at (ANY where a file does not tell); `inside` are
    other records with the person in them, with the person's ids there; `names` their names, as words; `called` what
    their own records are called, as words; `lines` rows of pushes, by run and number from 0. `present` names the shop
    that the tables of a stream are of; `was_erased` tells records that were a person's own who was erased before.
    """

    asked: Asked
    present: Mapping[tuple[str, str], str] = field(default_factory=dict)
    was_erased: Callable[[Record], bool] = lambda _: False
    records: dict[Record, set[str]] = field(default_factory=dict)
    inside: dict[Record, set[str]] = field(default_factory=dict)
    names: set[tuple[str, ...]] = field(default_factory=set)
    called: set[frozenset[str]] = field(default_factory=set)
    lines: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.needles = Needles(self.asked.emails, self.asked.phones)

    def is_theirs(self, record: Record, tenant: str | None = None) -> bool:
        """Whether a record is the person's own; in a page, that of this shop."""
        if any(
            key.account == record.account and key.source_id == record.source_id and key.stream in (ANY, record.stream)
            for key in self.asked.keys
        ):
            present = self.present.get(record[:2])
            return tenant is None or present is None or tenant == present
        shops = self.records.get(record)
        if shops is None:
            return False
        if tenant is not None:
            return tenant in shops
        return ANY in shops or self.present.get(record[:2], ANY) in {ANY, *shops}

    def add(self, record: Record, tenant: str | None) -> None:
        self.records.setdefault(record, set()).add(tenant or ANY)

    def ids(self, account: str, stream: str) -> set[str]:
        """The ids of all records of a stream that hold the person, as theirs or inside."""
        known = {record.source_id for record in [*self.records, *self.inside] if record[:2] == (account, stream)}
        asked = {key.source_id for key in self.asked.keys if key.account == account and key.stream in (ANY, stream)}
        return known | asked

    def pattern(self, ids: Collection[str] = ()) -> re.Pattern[bytes]:
        """A pattern that matches every text which may hold the person or one of these ids, and some others."""
        parts = [self.needles.source] if self.needles.source else []
        if ids:
            parts.append(rf"(?<![0-9A-Za-z])(?:{'|'.join(re.escape(one) for one in sorted(ids))})(?![0-9A-Za-z])")
        parts.append(ESCAPED)
        return re.compile("|".join(f"(?:{part})" for part in parts).encode(), re.IGNORECASE)

    def learn_name(self, first: str, last: str) -> None:
        """Know the person by both names; by one of them alone, it may be anybody."""
        if first and last:
            self.names.add(tuple(sorted({*words_of(first), *words_of(last)})))

    def named(self, text: str) -> bool:
        """Whether a text has the person's first and last name."""
        words = words_of(text)
        return any(len(name) > 1 and words.issuperset(name) for name in self.names)

    def told_in(self, value: Any) -> bool:
        """Whether a scalar holds the person: an address, a number, or the whole name."""
        return self.needles.in_value(value) or (isinstance(value, str) and self.named(value))

    @property
    def is_called_differently(self) -> bool:
        """Whether names of the records have no word in common: then several people may share what was asked for."""
        return any(one.isdisjoint(other) for one, other in combinations(self.called, 2))

    @property
    def size(self) -> int:
        """How much is known: it grows while places are read."""
        return (
            sum(map(len, self.records.values()))
            + sum(map(len, self.inside.values()))
            + len(self.inside)
            + len(self.names)
            + len(self.lines)
        )


def words_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))
