"""Collect what identifies the subject of a body or a record, in forms that do not depend on a server's spelling.

A kind without values is left out: two records without a kind in common can be neither matched nor told apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from etl.systems.declare import Evidence
from etl.systems.shared.canonical import casefolded, compact, dial_digits, number

_NUMBER = re.compile(r"\d+(?!\d|e verd|e etage)")
"""A house number in a line; `2e verdieping` has none."""


def agree(one: Evidence, other: Evidence) -> bool | None:
    """Compare two: True if they share a value of any kind, False if not, None if they have no kind in common."""
    shared = one.keys() & other.keys()
    return any(one[kind] & other[kind] for kind in shared) if shared else None


def evidence_of(**kinds: Iterable[str]) -> Evidence:
    """Build the evidence of the kinds that have any value."""
    found = {kind: frozenset(value for value in values if value) for kind, values in kinds.items()}
    return {kind: values for kind, values in found.items() if values}


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list; none if a server sent something else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def names(*parts: Iterable[Any]) -> Iterable[str]:
    """Join each name from its parts, such as a first name, a tussenvoegsel and a family name."""
    return (casefolded(" ".join(filter(None, map(casefolded, name)))) for name in parts)


def phones(values: Iterable[Any]) -> Iterable[str]:
    return map(dial_digits, values)


def places(postcode: Any, line: Any) -> Iterable[str]:
    """Combine the postcode with each number in the line that may be its house number."""
    code = compact(postcode)
    return (f"{code} {found}" for found in _NUMBER.findall(casefolded(line).partition(",")[0])) if code else ()


def figures(record: Mapping[str, Any], required: Iterable[str], others: Iterable[str]) -> Iterable[str]:
    """Join the values of those fields into one; none unless all required ones are filled."""
    found = {name: _figure(record.get(name)) for name in (*required, *others)}
    return ["|".join(found.values())] if all(found[name] for name in required) else ()


def _figure(value: Any) -> str:
    counted = number(value)
    return compact(value) if counted is None else f"{counted.normalize():f}"
