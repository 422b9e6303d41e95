"""What a push will lose and fill in, told before its first call: every row drafted once, none of them sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from etl.push.input.rows import Input
from etl.push.prepare.draft import draft_of
from etl.systems.declare import Draft

EXAMPLES = 3
"""So many lines are told of each column."""


@dataclass
class Survey:
    """`lost` counts, by column, the rows with something there that the target has no place for, `filled` those in
    which a field was filled in because the target requires it; `refused` rows cannot go as they are.

    `examples` are the lines of the first rows that lose something in a column; what it is may be personal, and is not
    told.
    """

    rows: int = 0
    refused: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[int]] = field(default_factory=dict)

    def note(self, line: int, draft: Draft) -> None:
        """Count what one row loses, and what is filled in of it."""
        self.lost.update(draft.dropped)
        self.filled.update(draft.filled)
        for column in draft.dropped:
            lines = self.examples.setdefault(column, [])
            if len(lines) < EXAMPLES:
                lines.append(line)


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
                found.note(one.line + 1, draft)
            elif given.order.mode != "delete":
                found.refused += 1
    return found
