"""Lay a draft over a remote record: the whole body of an update."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from etl.systems.declare import Draft, Record
from etl.systems.shared.canonical import dialled, number, squeezed
from etl.systems.shared.cells import BLANK


def overlay(remote: Record, draft: Draft, *, read_only: Collection[str]) -> dict[str, Any]:
    """Every field of the remote record that can be written, with the draft's values in their place.

    What a draft does not say stays: a blank cell erases nothing. A default does not replace a value. Fields that no
    document names go back as they came.
    """
    body = {name: value for name, value in remote.items() if name not in read_only}
    for name, value in draft.body.items():
        if name in read_only or value in BLANK or (name in draft.gives_way and not blank(body.get(name))):
            continue
        body[name] = value
    return body


def blank(value: Any) -> bool:
    """Nothing, or white space."""
    return value in BLANK or (isinstance(value, str) and not value.strip())


def identity(
    record: Mapping[str, Any],
    names: Collection[str],
    *,
    counted: Collection[str] = (),
    phones: Collection[str] = (),
) -> tuple[str, ...]:
    """What a record says under these names, however a server spells it: without regard to case and blanks, `counted`
    ones as numbers, `phones` by what they dial."""
    return tuple(_form(record.get(name), name in counted, name in phones) for name in names)


def _form(value: Any, counted: bool, phone: bool) -> str:
    amount = number(value) if counted else None
    if amount is not None:
        return f"{amount.normalize():f}"
    return (dialled(value) if phone else "") or squeezed(value)
