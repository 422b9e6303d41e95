"""Read the id of a new record from the answer that created it."""

from __future__ import annotations

import re
from typing import Any

from etl.systems.shared.cells import text


def body_id(status: int, body: Any, *path: str) -> str | None:
    """Return the id at that path in the body of a successful answer, as text; None where there is none."""
    if not 200 <= status < 300:
        return None
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return None if isinstance(body, bool) else text(body)


def location_id(status: int, location: str | None) -> str | None:
    """Return the last segment of the Location of a successful answer, if it is a number."""
    found = re.search(r"/(\d+)/?(?:[?#].*)?$", location or "")
    return found[1] if found and 200 <= status < 300 else None
