"""Propose a map.toml for a user's own table, from its headers and from what its columns hold.

header --known_column--> a column of ours, in whose language   |   values --LOOKS_LIKE--> what most of them are

A header decides; values fill in for headers that say nothing. What two columns could be is given to the first whose
header says so, and named beside the others.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from etl.normalise.country import country_codes
from etl.tables.column_map import PLACE
from etl.tables.headers import plain
from etl.tables.synonyms import meaning, read_headers

LANGUAGES = {"nl": "Dutch", "fr": "French", "de": "German", "en": "English"}
SAMPLES = 3
MOST = 1000
"""The number of different values that are looked at."""
SHARE = 0.8
"""The share of a column's values that must look like something, for it to be that."""
FEWEST = 3
"""The number of different values on which a guess may rest."""
KEYS = r"(?:^|_)(?:id|key|sleutel|code)$|(?:nr|nummer|number|no|numero|num)$"
LOOKS_LIKE = {
    "email": r"(?i)^[^@\s]+@[^@\s]+\.[a-z]{2,}$",
    "website": r"(?i)^(?:https?://|www\.)\S+$",
    "vat_number": r"(?i)^(?:NL ?[\d. ]{9,12} ?B ?\d\d|BE ?[01][\d. ]{9,12})$",
    "bank_number": r"(?i)^[A-Z]{2}\d\d(?: ?[A-Z0-9]{2,4}){3,8}$",
    "postcode": r"(?i)^[1-9]\d{3} ?[A-Z]{2}$",
    "phone": r"^(?:\+|0)(?:[\s().\-/]*\d){8,13}$",
    "address_line": r"^\D*\p{L}{3}\D*\s\d{1,5}(?:\s?[\p{L}\d/ -]{1,8})?$",
}


@dataclass(frozen=True)
class Guess:
    """What one column of the table is: a column of `ours` or nothing, what that rests on, and some of its values.

    `also` is what it could be as well as a column that is that already.
    """

    name: str
    ours: str | None
    basis: str
    samples: Sequence[str]
    also: str | None = None


@dataclass(frozen=True)
class Proposal:
    """The guesses in the order of the table, and the column that tells its rows apart, if one does."""

    guesses: Sequence[Guess]
    key: str | None


def propose(own: pl.DataFrame, ours: Collection[str]) -> Proposal:
    """Guess what each column of a table is, among `ours`."""
    headers = read_headers(own.columns, ours)
    by_header = {name: column for column, name in headers.names.items()}
    taken, guesses = set(headers.names), []
    for name in own.columns:
        values = own[name].cast(pl.String).str.strip_chars()
        values = values.filter(values != "").unique(maintain_order=True)
        looks = {column: share for column, share in _looks_like(values.head(MOST)).items() if column in ours}
        guess = Guess(
            name, None, "nothing is like it" if values.len() else "it is empty", values.head(SAMPLES).to_list()
        )
        if column := by_header.get(name):
            guess = replace(guess, ours=column, basis=_by_header(name, looks.get(column)))
        elif column := headers.surplus.get(name):
            guess = replace(guess, also=column, basis="its header, but another one says so, too")
        elif looks:
            column = max(looks, key=lambda one: looks[one])
            basis = f"{looks[column]:.0%} of its values look like that"
            if column in taken:
                guess = replace(guess, also=column, basis=f"{basis}, but another column is that")
            else:
                guess = replace(guess, ours=column, basis=basis)
                taken.add(column)
        guesses.append(guess)
    key = _key(own, guesses)
    tells = "its header, and each row has another value: it tells the rows apart"
    return Proposal([replace(one, basis=tells) if one.name == key else one for one in guesses], key)


def _by_header(name: str, share: float | None) -> str:
    found = meaning(name)
    language = LANGUAGES.get((found and found.language) or "", "")
    return f"its header{language and f' ({language})'}" + (f", and {share:.0%} of its values" if share else "")


def _looks_like(values: pl.Series) -> dict[str, float]:
    """Return what most of these different values look like, with their shares."""
    if values.len() < FEWEST:
        return {}
    looks = {column: values.str.contains(pattern) for column, pattern in LOOKS_LIKE.items()}
    looks["country"] = country_codes(values).is_not_null()
    shares = {column: int(fits.sum()) / values.len() for column, fits in looks.items()}
    return {column: share for column, share in shares.items() if share >= SHARE}


def _key(own: pl.DataFrame, guesses: Sequence[Guess]) -> str | None:
    """Find the column that tells the rows apart: each has a value of its own there, and its header says so."""
    for guess in guesses:
        named = guess.ours in ("source_id", "reference") or pl.Series([plain(guess.name)]).str.contains(KEYS).item()
        if (guess.ours in (None, "source_id", "reference")) and named:
            column = own[guess.name].cast(pl.String).str.strip_chars()
            if own.height and not column.null_count() and column.n_unique() == own.height:
                return guess.name
    return None


def as_toml(proposal: Proposal, file: str, target: str) -> str:
    """Write a proposal as a map.toml, with what each line rests on."""
    return "\n".join(_lines(proposal, file, target)) + "\n"


def _lines(proposal: Proposal, file: str, target: str) -> Iterator[str]:
    yield f"# Which column of {_shown(file)} is what, for {target}: proposed from headers and values. Check every line."
    yield ""
    yield "ignore = []    # columns to leave out on purpose"
    yield ""
    yield "[columns]"
    mapped = [guess for guess in proposal.guesses if guess.ours]
    for guess in mapped:
        yield f"{guess.ours} = {_quoted(guess.name)}    # {guess.basis}"
    for guess in proposal.guesses:
        if guess.ours is None and guess.name != proposal.key:
            yield f"# {guess.also or '?'} = {_quoted(guess.name)}    # {guess.basis}"


def _quoted(name: str) -> str:
    text = json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"{{ column = {text} }}" if PLACE.search(name) else text


def _shown(file: str) -> str:
    return "".join(char for char in file if char.isprintable())
