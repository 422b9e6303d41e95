"""Guess what the fields of records are: which tells them apart, and which column each is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from etl.new_system.paging import Guess, guess_paging
from etl.new_system.seen import ANY, TEXT, Seen, SeenField
from etl.systems.plain.columns import RAW, fillable
from etl.tables.known_columns import KNOWN
from etl.tables.map_proposal import propose

IDS = ("id", "uuid", "guid", "key", "nr", "number", "code", "nummer", "customerid", "contactid", "personid")
"""What an id is called, the likeliest first."""
FILL = {raw: column for column, raw in RAW.items()}
"""What a user's table calls a column, by the name that a field's column has."""


@dataclass(frozen=True)
class DraftField:
    """A field as it is declared: its type, its column if it has one, and what that rests on."""

    path: str
    kind: str
    column: str | None
    basis: str


@dataclass(frozen=True)
class Draft:
    """A declaration before it is written. `unsure` are the things that are to be looked up, in sentences."""

    name: str
    seen: Seen
    fields: Sequence[DraftField]
    paging: Guess
    unsure: Sequence[str]


def draft(name: str, seen: Seen) -> Draft:
    """Guess what can be guessed, and say what cannot."""
    unsure: list[str] = []
    key, basis = _key(seen)
    if key is None:
        key = next(iter(seen.fields))
        basis = "NOT GUESSED: which field tells records apart?"
        unsure.append(f"which field tells records apart: nothing looks like an id, so {key} stands there")
    found = _columns(seen, key)
    fields = [DraftField(key, _type(seen.fields[key]), "source_id", basis), *found]
    paging = guess_paging(seen)
    if paging.unsure:
        unsure.append(paging.unsure)
    if not seen.described:
        unsure.append("the path of a single record" if seen.hint else "the path of the list, and of a single record")
        unsure.append("how the API takes credentials: an api_key as Bearer, or username and password, is assumed")
    elif not seen.auth:
        unsure.append("how the API takes credentials: the document does not say, or in no way that is known here")
    unsure.append("the limits: 60 calls a minute are a guess; the vendor's document has its own")
    return Draft(name, seen, fields, paging, unsure)


def _key(seen: Seen) -> tuple[str | None, str]:
    """The field that tells records apart, and why it is taken for that."""
    scalar = {path: one for path, one in seen.fields.items() if one.kind not in (ANY, "Boolean", "Number")}
    rank = {bare: place for place, bare in enumerate(IDS)}
    named = sorted(
        (path for path in scalar if _last(path) in rank or _last(path).endswith("id")),
        key=lambda path: (path.count("."), rank.get(_last(path), len(rank))),
    )
    if seen.described:
        return (named[0], "its name; a document shows no values") if named else (None, "")
    unique = [path for path in named if _is_unique(scalar[path], seen.rows)]
    if unique:
        tells = "and each record has another value" if seen.rows > 1 else "of a single record"
        return unique[0], f"its name, {tells}"
    others = [path for path, one in scalar.items() if seen.rows > 2 and _is_unique(one, seen.rows) and _is_code(one)]
    return (others[0], "each record has another value") if others else (None, "")


def _is_unique(one: SeenField, rows: int) -> bool:
    return one.filled == rows == len({*one.values})


def _is_code(one: SeenField) -> bool:
    """Whether values look like keys: of one word each, with figures."""
    return all(" " not in value and "@" not in value and any(map(str.isdigit, value)) for value in one.values)


def _columns(seen: Seen, key: str) -> list[DraftField]:
    """What each other field is, as `etl map` guesses it: by its name, and by what its values look like."""
    labels: dict[str, str] = {}
    for path in seen.fields:
        if path != key:
            label = path.rpartition(".")[2]
            labels[label if label not in labels else path] = path
    own = pl.DataFrame(
        {label: _padded(seen.fields[path], seen.rows) for label, path in labels.items()},
        schema=dict.fromkeys(labels, pl.String()),
    )
    can = {name for name in KNOWN if FILL.get(name, name) in fillable("contacts")}
    found = []
    for guess in propose(own, can).guesses:
        path = labels[guess.name]
        column = FILL.get(guess.ours or "", guess.ours)
        basis = guess.basis.replace("its header", "its name") if column or guess.also else "no column is like it"
        if guess.also:
            basis = f"{FILL.get(guess.also, guess.also)}? {basis}"
        found.append(DraftField(path, _type(seen.fields[path]), column, basis))
    return [replace(one, column=None) if one.kind == ANY else one for one in found]


def _padded(one: SeenField, rows: int) -> list[str | None]:
    """Values as a column of a table: in no order that matters."""
    return [*one.values, *[None] * max(rows - len(one.values), 0)][: max(rows, 1)] or [None]


def _type(one: SeenField) -> str:
    return one.kind or TEXT


def _last(path: str) -> str:
    return "".join(char for char in path.rpartition(".")[2].lower() if char.isalnum())
