"""Send a reference with a row, and recognise it, where the API has a field for one."""

from __future__ import annotations

from typing import Any

from etl.systems.declare import Drafting, Row
from etl.systems.shared.canonical import casefolded
from etl.systems.shared.cells import text

SHORTEST = 12
"""The fewest characters of a truncated reference that can be taken for the start of ours."""


def is_same_reference(remote: Any, ours: Any) -> bool | None:
    """Check whether a record's reference is ours, whatever case and white space the server made of it.

    None where the other fields must decide: neither has a reference, or the record's is a truncated form of ours, which
    another one of ours may start with too.
    """
    stored, whole = casefolded(remote), casefolded(ours)
    if stored == whole:
        return True if whole else None
    return None if len(stored) >= SHORTEST and whole.startswith(stored) else False


def reference_to_send(row: Row, drafting: Drafting) -> str | None:
    """Return the reference to send; with a partial draft only the row's own."""
    own = text(row.values.get("reference"))
    return drafting.reference if not drafting.partial or drafting.reference == own else None


def is_our_own(row: Row, drafting: Drafting) -> bool:
    """Check whether the reference is ours and not the row's own; then it does not replace the remote record's."""
    ours = drafting.reference is not None and drafting.reference != text(row.values.get("reference"))
    return ours and not drafting.partial


def lost_reference(row: Row, drafting: Drafting) -> set[str]:
    """Return `contacts.reference` if the row's own is not the one that is sent."""
    own = text(row.values.get("reference"))
    return {"contacts.reference"} if own and own != drafting.reference else set()
