"""What tells whom a body or a record is about, in forms that do not hang on how a server spells.

A kind that says nothing is left out: where two records have no kind in common, nothing is known about the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from etl.systems.declare import Evidence
from etl.systems.shared.canonical import dialled, number, plain, squeezed

_NUMBER = re.compile(r"\d+(?!\d|e verd|e etage)")
"""A house number in a line; `2e verdieping` holds none."""


def agree(one: Evidence, other: Evidence) -> bool | None:
    """Whether two are about the same: None where no kind is in both, true where any kind has a value in common."""
    shared = one.keys() & other.keys()
    return any(one[kind] & other[kind] for kind in shared) if shared else None


def evident(**kinds: Iterable[str]) -> Evidence:
    """The kinds that say anything."""
    found = {kind: frozenset(value for value in values if value) for kind, values in kinds.items()}
    return {kind: values for kind, values in found.items() if values}


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; nothing where a server sent something else."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def names(*parts: Iterable[Any]) -> Iterable[str]:
    """Each name made of its parts, such as a first name, a tussenvoegsel and a family name."""
    return (plain(" ".join(filter(None, map(plain, name)))) for name in parts)


def phones(values: Iterable[Any]) -> Iterable[str]:
    return map(dialled, values)


def places(postcode: Any, line: Any) -> Iterable[str]:
    """The postcode with each number that the line may have as its house number."""
    code = squeezed(postcode)
    return (f"{code} {found}" for found in _NUMBER.findall(plain(line).partition(",")[0])) if code else ()


def figures(record: Mapping[str, Any], required: Iterable[str], others: Iterable[str]) -> Iterable[str]:
    """The values of those fields as one; nothing unless all of the required ones are there."""
    found = {name: _figure(record.get(name)) for name in (*required, *others)}
    return ["|".join(found.values())] if all(found[name] for name in required) else ()


def _figure(value: Any) -> str:
    counted = number(value)
    return squeezed(value) if counted is None else f"{counted.normalize():f}"
