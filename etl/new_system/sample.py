"""Read a page of records, as an API gives it: which list in it are the records, and what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from etl.errors import UsageError
from etl.new_system.seen import DEEPEST, MOST_ROWS, Seen, look

ADDRESS = re.compile(r"(?:https?://[\w.:-]+)?/[\w./~-]+(?:\?[^\s]*)?", re.ASCII)
"""An address whose path can be declared as it stands."""


def read_sample(page: Any, source: str) -> Seen:
    """Return what a page tells. Raises UsageError for one that has no list of objects."""
    lists = list(_lists(page, "", 0))
    if not lists:
        raise UsageError(
            f"{source} holds no list of objects, so there are no records in it.",
            remedy="Give the JSON of a whole answer, with two records or more.",
        )
    place, records = max(lists, key=lambda found: (len(found[1]), -found[0].count(".")))
    seen = Seen(source, records=place)
    look(islice(records, MOST_ROWS), seen)
    seen.around = dict(_around(page, "", place, 0))
    for path, value in seen.around.items():
        if "next" in path.lower() and isinstance(value, str) and ADDRESS.fullmatch(value):
            parts = urlsplit(value)
            seen.hint = seen.hint or parts.path
            seen.base_url = seen.base_url or (f"{parts.scheme}://{parts.netloc}" if parts.netloc else "")
    return seen


def _lists(value: Any, place: str, depth: int) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Yield each list of objects with its place, not those within records."""
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        yield place, value
    elif isinstance(value, Mapping) and depth < DEEPEST:
        for name, inner in value.items():
            if name.strip() and name.isprintable():
                yield from _lists(inner, f"{place}.{name}".lstrip("."), depth + 1)


def _around(value: Any, place: str, records: str, depth: int) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping) or (place == records and records) or depth >= DEEPEST:
        return
    for name, inner in value.items():
        path = f"{place}.{name}".lstrip(".")
        if isinstance(inner, Mapping):
            yield from _around(inner, path, records, depth + 1)
        elif not isinstance(inner, list) and name.strip() and name.isprintable():
            yield path, inner
