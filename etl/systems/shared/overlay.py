"""Merge a draft into a remote record: the whole body of an update."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from etl.systems.declare import Draft, Record
from etl.systems.shared.canonical import compact, dial_digits, number
from etl.systems.shared.cells import BLANK


def overlay(remote: Record, draft: Draft, *, read_only: Collection[str]) -> dict[str, Any]:
    """Return every writable field of the remote record, replaced by the draft's value where it has one.

    A blank cell erases nothing, and a default does not replace a value. Fields that no document names are echoed.
    """
    body = {name: value for name, value in remote.items() if name not in read_only}
    for name, value in draft.body.items():
        if name in read_only or value in BLANK or (name in draft.only_if_blank and not blank(body.get(name))):
            continue
        body[name] = value
    return body


def blank(value: Any) -> bool:
    """Check whether a value is empty or only white space."""
    return value in BLANK or (isinstance(value, str) and not value.strip())


def identity(
    record: Mapping[str, Any],
    names: Collection[str],
    *,
    counted: Collection[str] = (),
    phones: Collection[str] = (),
) -> tuple[str, ...]:
    """Return a key of these fields that does not depend on a server's spelling: case and white space are ignored,
    `counted` fields are compared as numbers and `phones` by the digits they dial."""
    return tuple(_form(record.get(name), name in counted, name in phones) for name in names)


def _form(value: Any, counted: bool, phone: bool) -> str:
    amount = number(value) if counted else None
    if amount is not None:
        return f"{amount.normalize():f}"
    return (dial_digits(value) if phone else "") or compact(value)
