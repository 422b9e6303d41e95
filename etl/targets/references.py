"""The reference that goes along with a row, where the API has a place for one."""

from __future__ import annotations

from etl.targets.cells import text
from etl.targets.declare import Drafting, Row


def derived(row: Row, drafting: Drafting) -> bool:
    """Whether the reference sent is ours and not the row's own. It gives way to one the remote record has."""
    return drafting.reference is not None and drafting.reference != text(row.values.get("reference"))


def lost(row: Row, drafting: Drafting) -> set[str]:
    """The row's own reference, if another one or none goes along instead."""
    own = text(row.values.get("reference"))
    return {"contacts.reference"} if own and own != drafting.reference else set()
