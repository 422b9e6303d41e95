"""The reference that is sent along with a row, where the API has a field for one."""

from __future__ import annotations

from typing import Any

from etl.systems.declare import Drafting, Row
from etl.systems.shared.canonical import plain
from etl.systems.shared.cells import text

SHORTEST = 12
"""So many characters of a reference must be left for it to be taken for the rest of ours."""


def is_same_reference(shown: Any, ours: Any) -> bool | None:
    """Whether a record's reference is ours: capitals and blanks are the server's own.

    None where it leaves that to what else the record says: where neither has one, and where the record's is but the
    beginning of ours, for another one of ours may begin so too.
    """
    left, whole = plain(shown), plain(ours)
    if left == whole:
        return True if whole else None
    return None if len(left) >= SHORTEST and whole.startswith(left) else False


def reference_to_send(row: Row, drafting: Drafting) -> str | None:
    """The reference that goes along; with a partial draft the row's own alone."""
    own = text(row.values.get("reference"))
    return drafting.reference if not drafting.partial or drafting.reference == own else None


def is_our_own(row: Row, drafting: Drafting) -> bool:
    """Whether the reference is ours and not the row's own. It gives way to one the remote record has."""
    ours = drafting.reference is not None and drafting.reference != text(row.values.get("reference"))
    return ours and not drafting.partial


def lost_reference(row: Row, drafting: Drafting) -> set[str]:
    """The row's own reference, if another one or none goes along instead."""
    own = text(row.values.get("reference"))
    return {"contacts.reference"} if own and own != drafting.reference else set()
