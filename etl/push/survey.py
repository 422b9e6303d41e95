"""What a push will lose and fill in, told before its first call: every row drafted once, none of them sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from etl.push.prepare import draft_of
from etl.push.rows import Input
from etl.targets.declare import Draft


@dataclass
class Survey:
    """`lost` counts, by column, the rows with something there that the target has no place for, `filled` those in
    which a field was filled in because the target requires it; `refused` rows cannot go as they are."""

    rows: int = 0
    refused: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)


def survey(given: Input) -> Survey:
    """Go through all rows that are meant to go. Makes no call, and reads no ledger."""
    found = Survey()
    for part in given.slices():
        for one in part:
            if one.skipped:
                continue
            found.rows += 1
            draft = draft_of(one, given.order, given.destination) if not one.trouble else None
            if isinstance(draft, Draft):
                found.lost.update(draft.dropped)
                found.filled.update(draft.filled)
            elif given.order.mode != "delete":
                found.refused += 1
    return found
