"""Write into each record of a list for which record of another stream it was asked: `{parent}` is its id.

The landed page stays as it came, and its id is that of the request in the journal. It is written in wherever a page is
read, so that tables, rejects and records that vanished tell it in the same way.
"""

from __future__ import annotations

import json

from etl.decode.erased import ONLY_MARK
from etl.decode.strict import texts
from etl.systems.declare import PARENT


def with_parent(records: bytes, parent: str | None) -> bytes:
    """Return an array with the parent's id in each object; as it is without one. Raises ProtocolBroken if this is no
    JSON array."""
    if parent is None:
        return records
    field = f"{json.dumps(PARENT)}:{json.dumps(parent)}"
    told = [_with(field, text) for text in texts(records)]
    return f"[{','.join(told)}]".encode("utf-8", "surrogateescape")


def _with(field: str, text: str) -> str:
    inner = text[1:].lstrip(" \t\r\n")
    if text[:1] != "{" or text == ONLY_MARK:
        return text
    return f"{{{field}{'' if inner.startswith('}') else ','}{inner}"
