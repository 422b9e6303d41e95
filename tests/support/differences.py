"""What an update changes, field by field: a remote record beside the body that was merged for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from etl.systems.declare import Record
from etl.systems.shared.cells import BLANK

Difference = tuple[str, Any, Any]
KEYS = ("id", "phone_number_id")
"""The fields by which the objects of two lists are one and the same; without them, their place in the list says it."""


def differences(remote: Record, merged: Record, *, unseen: Collection[str] = ()) -> list[Difference]:
    """`(wire field, before, after)` of every field of the body that is not in the remote record as it is.

    Fields that the body leaves out are no difference, nor is nothing spelt otherwise (null, an empty text), nor a
    number that came as text, nor one of the `unseen` fields that the remote record does not show. Paths lead into
    lists by place: `contactpersonen[1].email1`.
    """
    seen = {name: value for name, value in merged.items() if name in remote or name not in unseen}
    return list(_of_object(remote, seen, ""))


def _of_object(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[Difference]:
    for name, value in after.items():
        yield from _of_value(before.get(name), value, f"{path}{name}")


def _of_value(before: Any, after: Any, path: str) -> Iterator[Difference]:
    if _objects(before) and _objects(after) and (before or after):
        yield from _of_list(before, after, path)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _of_object(before, after, f"{path}.")
    elif not _equal(before, after):
        yield path, before, after


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def _of_list(before: Sequence[Record], after: Sequence[Record], path: str) -> Iterator[Difference]:
    pairs = list(_paired(before, after))
    for place, old, new in pairs:
        if old is None:
            yield f"{path}[{place}]", None, new
        else:
            yield from _of_object(old, new, f"{path}[{place}].")
    kept = [id(old) for _, old, _ in pairs]
    for place, old in enumerate(before):
        if id(old) not in kept:
            yield f"{path}[{place}]", old, None


def _paired(before: Sequence[Record], after: Sequence[Record]) -> Iterator[tuple[int, Record | None, Record]]:
    """The place of each object sent, the one it was, and what it is to be."""
    keyed = {key: old for old in before if (key := _key(old))}
    for place, new in enumerate(after):
        key = _key(new)
        if key is not None or keyed:
            yield place, keyed.get(key) if key else None, new
        else:
            yield place, before[place] if place < len(before) else None, new


def _key(record: Record) -> tuple[str, str] | None:
    return next(((name, str(record[name])) for name in KEYS if record.get(name) not in BLANK), None)


def _equal(one: Any, other: Any) -> bool:
    if one in BLANK and other in BLANK:
        return True
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float | Decimal) or isinstance(other, int | float | Decimal):
        return _number(one) == _number(other) and _number(one) is not None
    return bool(one == other)


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value).strip())
    except InvalidOperation:
        return None
