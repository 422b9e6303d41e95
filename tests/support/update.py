"""What an update changes, told by the pusher's own differ, which lets pass no more than what is exactly as it was."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from etl.push.diff.diff import changed
from etl.push.diff.spelling import Spelling
from etl.systems.declare import Record, Target
from etl.systems.shared.cells import BLANK

OWNERS = frozenset({"customer_id"})
"""Fields inside the objects of a list that a server adds by itself and nobody sends."""


class Exact(Spelling):
    """Let pass nothing that is spelt otherwise (null, an empty text) and a number that came as text, and no more."""

    def equal(self, path: str, remote: Any, ours: Any) -> bool:
        if remote in BLANK and ours in BLANK:
            return True
        if isinstance(remote, bool) or isinstance(ours, bool):
            return remote is ours
        if isinstance(remote, int | float | Decimal) or isinstance(ours, int | float | Decimal):
            return _number(remote) is not None and _number(remote) == _number(ours)
        return bool(remote == ours)


def changes_of_update(target: Target, remote: Record, body: Record) -> list[tuple[str, Any, Any]]:
    """`(wire field, before, after)` of every field of a body that is not in the remote record as it is.

    A field that the body leaves out is no change, nor is one that the target never shows. In the objects of a list
    every field counts, left out or not, and so do objects that are no longer there.
    """
    sent = {name: value for name, value in body.items() if name in remote or name not in target.unseen}
    before = {name: remote.get(name) for name in sent}
    found = changed(before, sent, keyed=target.keyed, ignore=OWNERS, spelling=Exact())
    return [(one.field, one.ours, one.remote) for one in found]


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value).strip())
    except InvalidOperation:
        return None
