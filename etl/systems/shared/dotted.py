"""Fields in objects by their paths: `billing.city` for `{"billing": {"city": …}}`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from typing import Any

from etl.systems.declare import Record


def value_at(body: Any, path: str) -> Any:
    """Return the value at a dotted path; the body itself for an empty path, None where it is missing."""
    for name in path.split(".") if path else ():
        body = body.get(name) if isinstance(body, Mapping) else None
    return body


def flat(record: Record, whole: Collection[str] = ()) -> dict[str, Any]:
    """Return the fields of a record, those of its objects too, by their paths; objects that are `whole` as they are.

    A name with a dot is a path already; one within an object, which nothing could put back there, is left out.
    """
    return dict(_fields(record, whole, ""))


def _fields(record: Record, whole: Collection[str], before: str) -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        path = f"{before}{name}"
        if isinstance(value, Mapping) and path not in whole:
            yield from _fields(value, whole, f"{path}.")
        elif before == "" or "." not in name:
            yield path, value


def nested(body: Record, over: Record | None = None) -> dict[str, Any]:
    """Return a body with its fields in their objects, the inverse of `flat`; `over` another one, which is kept."""
    found: dict[str, Any] = deepcopy({**(over or {})})
    for path, value in body.items():
        *objects, name = path.split(".")
        inner = found
        for one in objects:
            if not isinstance(inner.get(one), dict):  # an object that a server writes as null or []
                inner[one] = {}
            inner = inner[one]
        if not isinstance(inner.get(name), dict):
            inner[name] = value
    return found
