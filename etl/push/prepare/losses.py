"""Survey the input before the first call: draft every row, and count what a push would lose and fill in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from etl.push.input.rows import Input
from etl.push.prepare.draft import draft_of
from etl.systems.declare import Draft

EXAMPLES = 3
"""The most lines listed for each column."""


@dataclass
class Survey:
    """The counts: `lost`, by column, of rows with a value that the target cannot store; `filled`, by field, of rows in
    which a default was filled in because the target requires it; `refused` of rows that cannot be sent as they are.

    `examples` are the lines of the first rows that lose a value in a column; the value may be personal, and is not
    shown.
    """

    rows: int = 0
    refused: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[int]] = field(default_factory=dict)

    def note(self, line: int, draft: Draft) -> None:
        """Count what one row loses, and what is filled in."""
        self.lost.update(draft.dropped)
        self.filled.update(draft.filled)
        for column in draft.dropped:
            lines = self.examples.setdefault(column, [])
            if len(lines) < EXAMPLES:
                lines.append(line)


def survey(data: Input) -> Survey:
    """Draft all rows that are meant to be sent. Makes no call, and reads no ledger."""
    found = Survey()
    for part in data.slices():
        for one in part:
            if one.skipped:
                continue
            found.rows += 1
            draft = draft_of(one, data.order, data.destination) if not one.error else None
            if isinstance(draft, Draft):
                found.note(one.line + 1, draft)
            elif data.order.mode != "delete":
                found.refused += 1
    return found
