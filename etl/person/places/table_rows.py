"""Judge a row of an output table that may hold the person, and what stays of it."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

import orjson

from etl.person.judge import Path, Shape, leaves
from etl.person.wanted import Record, Wanted, words_of

OF_MAIN = ("title", "gender", "initials", "first_name", "insertion", "last_name", "email", "phone", "mobile")
"""Columns of a contact that are its main person's, where it is reached by a person."""
EMAILS = ("email", "email_1", "email_2")
PHONES = ("phone", "mobile", "fax", "phone_1", "phone_2", "phone_1_raw", "phone_2_raw", "raw", "e164")


class Change(Enum):
    KEEP = auto()
    DROP = auto()
    EDIT = auto()


def judge_row(
    table: str, row: dict[str, Any], shape: Shape, wanted: Wanted, record: Record
) -> tuple[Change, dict[str, Any]]:
    """Say what becomes of a row, with the values that change; learns from it."""
    if shape.of_people and (wanted.is_theirs(record) or wanted.was_erased(record)):
        return Change.DROP, {}
    direct = [name for name in (*EMAILS, *PHONES) if wanted.needles.in_value(row.get(name))]
    if direct and (table == "contact_persons" or shape.reaches_by_person):
        wanted.learn_name(str(row.get("first_name") or ""), str(row.get("last_name") or ""))
    if table == "contacts":
        if direct and not (shape.reaches_by_person and not _named_after(row)):
            wanted.add(record, None)
            return Change.DROP, {}
        return _edited(row, wanted, OF_MAIN if direct and shape.reaches_by_person else ())
    if table in ("contact_persons", "phone_numbers"):
        person = str(row.get("person_id") or "")
        if direct or (person and person in wanted.inside.get(record, ())):
            if table == "contact_persons":
                wanted.inside.setdefault(record, set()).update({person} - {""})
            elif not person:
                wanted.add(record, None)
            return Change.DROP, {}
    return _edited(row, wanted, ())


def _named_after(row: dict[str, Any]) -> bool:
    """Whether the contact has the name of its main person."""
    own = words_of(f"{row.get('name') or ''} {row.get('company_name') or ''}")
    last, first = (str(row.get(name) or "").casefold().split() for name in ("last_name", "first_name"))
    if not own:
        return True
    return bool(last) and last[-1] in own and (not first or first[0] in own)


def _edited(row: dict[str, Any], wanted: Wanted, emptied: tuple[str, ...]) -> tuple[Change, dict[str, Any]]:
    """The row without the person in its texts: a cell that holds them is emptied, of JSON only what holds them."""
    edits: dict[str, Any] = {name: None for name in emptied if row.get(name) is not None}
    for name, value in row.items():
        if name not in edits and isinstance(value, str) and wanted.told_in(value):
            edits[name] = _json_without(value, wanted) if value[:1] == "{" else None
    return (Change.EDIT if edits else Change.KEEP), edits


def _json_without(text: str, wanted: Wanted) -> str | None:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    for path, leaf in list(leaves(value)):
        if wanted.told_in(leaf):
            _empty(value, path)
    return orjson.dumps(value).decode()


def _empty(value: Any, path: Path) -> None:
    for part in path[:-1]:
        value = value[part]
    value[path[-1]] = None
