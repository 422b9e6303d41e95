"""A remote record with a draft over it: the whole body of an update."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from etl.targets.cells import BLANK, folded
from etl.targets.declare import Draft, Record


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


def identity(record: Mapping[str, Any], names: Collection[str]) -> tuple[str, ...]:
    """What a record says under these names, without regard to case and white space."""
    return tuple("".join(folded(record.get(name)).split()) for name in names)
