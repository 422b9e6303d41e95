"""Empty the fields whose cells a row has cleared, where the API can empty them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from etl.systems.declare import Record, Target
from etl.systems.shared.overlay import blank


@dataclass(frozen=True)
class Emptied:
    """A body with columns emptied, and the columns among them that this API cannot empty."""

    body: dict[str, Any]
    kept: frozenset[str]


def emptied(target: Target, body: Record, draft: Record, columns: Collection[str]) -> Emptied:
    """Return the whole body of an update with the fields of these columns of the target's table emptied.

    A field that another column of the row fills (`draft` is the row's own body) stays filled. In a list, only the
    object that the column describes is changed: the main person, the landline.
    """
    found, kept = dict(body), set()
    for column in columns:
        fields = target.fields(column)
        able = [wire for wire in fields if wire in target.clear]
        if fields and not able and not any(_is_filled(target, draft, column, wire) for wire in fields):
            kept.add(column)
        for wire in able:
            if _is_filled(target, draft, column, wire):
                continue
            whole, _, name = wire.partition(".")
            if name and wire not in found:
                found[whole] = list(_without(target, column, found.get(whole) or (), name, target.clear[wire]))
            else:
                found[wire] = target.clear[wire]
    return Emptied({name: value for name, value in found.items() if name in body or not blank(value)}, frozenset(kept))


def _without(target: Target, column: str, objects: Any, name: str, nothing: Any) -> Iterator[Any]:
    for one in objects:
        filled = isinstance(one, dict) and target.is_item_of(column, one) and not blank(one.get(name))
        yield {**one, name: nothing} if filled else one


def _is_filled(target: Target, draft: Record, column: str, wire: str) -> bool:
    if wire in draft:
        return not blank(draft[wire])
    whole, _, name = wire.partition(".")
    value = draft.get(whole)
    if not name or not isinstance(value, list):
        return not blank(value)
    return any(target.is_item_of(column, one) and not blank(one.get(name)) for one in value)
