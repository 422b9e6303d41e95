"""Read the headers of a contact list, whether Dutch, French, German or English.

A header is compared by its letters and figures alone: case, accents, blanks, marks and punctuation do not matter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from etl.tables.headers import again, plain
from etl.tables.known_columns import KNOWN
from etl.tables.synonym_words import WORDS

_FIRST_NAMES = frozenset({"first_name", "initials", "insertion"})
_SURNAMES = "naam, nom"
"""What means the last name beside one of `_FIRST_NAMES`."""


class Meaning(NamedTuple):
    """The column that a header stands for, and the language that says so; None for a name of our own."""

    column: str
    language: str | None


@dataclass(frozen=True)
class Headers:
    """What a table's headers stand for.

    `names` maps our columns to the table's; `synonyms` are those among them that are not called as ours are. `surplus`
    maps a header to the column that another header is read as already: it stays a column of the user's own.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    synonyms: Mapping[str, str] = field(default_factory=dict)
    surplus: Mapping[str, str] = field(default_factory=dict)
    twice: tuple[str, str, str] | None = None
    """A column of ours that two headers name by its own name, and these two headers."""


def meaning(header: str) -> Meaning | None:
    """Return what a header stands for by itself, or None for one that is not known."""
    ours = plain(header)
    if ours in KNOWN:
        return Meaning(ours, None)
    return _synonyms().get(_bare(header))


def read_headers(headers: Iterable[str], known: Collection[str]) -> Headers:
    """Read a table's headers; `known` are the columns that it may have.

    A column's own name wins over a synonym, the first of two synonyms over the second.
    """
    given = list(headers)
    names, twice = dict[str, str](), None
    for header in given:
        ours = plain(header)
        ours = again(ours) if again(ours) in names else ours
        if ours in names:
            twice = twice or (ours, names[ours], header)
        elif ours in known:
            names[ours] = header
    exact = {*names.values(), twice and twice[2]}
    once = {header: again(header) if again(header) in given else header for header in given}
    found = {header: one for header in given if header not in exact and (one := meaning(once[header]))}
    synonyms, surplus = dict[str, str](), dict[str, str]()
    if _is_german_surname(found, names):
        names["last_name"] = synonyms["last_name"] = names.pop("name")
    for header, one in found.items():
        column = _in_company(once[header], one.column, {*names, *(other.column for other in found.values())})
        column = column if column in known else f"{column}_1"  # persons have several
        if column in names:
            surplus[header] = column
        elif column in known:
            names[column] = synonyms[column] = header
    order = {header: place for place, header in enumerate(given)}
    return Headers(dict(sorted(names.items(), key=lambda pair: order[pair[1]])), synonyms, surplus, twice)


def _is_german_surname(found: Mapping[str, Meaning], names: Mapping[str, str]) -> bool:
    """Whether `Name` stands beside `Vorname`, and so for the last name."""
    read = {*names, *(one.column for one in found.values())}
    return "name" in names and "last_name" not in read and Meaning("first_name", "de") in found.values()


def _in_company(header: str, column: str, columns: Collection[str]) -> str:
    """Read a word that means something else beside others: a name beside first names, a street without a number."""
    if column == "name" and _bare(header) in _SURNAMES.split(", ") and "last_name" not in columns:
        return column if _FIRST_NAMES.isdisjoint(columns) else "last_name"
    if column == "street" and {"house_number", "address_line"}.isdisjoint(columns):
        return "address_line"
    if column == "address_line" and "house_number" in columns and "street" not in columns:
        return "street"
    if _bare(header) == "numero" and {"street", "address_line"}.isdisjoint(columns):
        return ""  # the number of something else
    return column


@cache
def _synonyms() -> dict[str, Meaning]:
    found = {_bare(name): Meaning(name, "en") for name in KNOWN}
    for column, languages in WORDS.items():
        for language, words in languages.items():
            for word in words.split(","):
                found.setdefault(_bare(word), Meaning(column, language))
    return found


def _bare(header: str) -> str:
    """The letters and figures of a header, without accents and case."""
    header = header.replace("№", "n").replace("º", "").replace("°", "")
    apart = unicodedata.normalize("NFKD", header).casefold()
    return "".join(char for char in apart if char.isalnum())
