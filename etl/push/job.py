"""A job: what is to be done with one row at the target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from etl.state.entries import Fields, LedgerEntry, Source
from etl.systems.declare import Draft, Problem

Action: TypeAlias = Literal["create", "update", "delete"]
Claim: TypeAlias = Literal["ledger", "match", "local", "reference", "accepted", "new"]
"""Why a record is taken to belong to the row. `match` and `local` are still to be proven by the record itself;
`accepted` and `new` are a person's decision."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """Marks a job that reverts what a run did, if the record is still as that run left it: `after`."""

    after: Mapping[str, Any]


@dataclass(slots=True)
class Job:
    """One row's operation. `draft` holds the row's values in the target's fields. `body` is what is sent: the draft's
    body for a create, merged into the remote record for an update; `expected` are the fields that the update changes.

    `matched_by` is the kind of evidence that matched a record, which proves nothing further. `hash` is the row's.
    `former` holds the row's values when it was last done, `base` the record as it was seen then; the fields of
    `emptied_columns` are to be emptied. `before` is the record as read before an update or a delete, `recreate` makes
    the draft of a create if the record turns out to be gone. `tries` counts the attempts that were proven to have had
    no effect; `sent` says that one may be in flight; `candidates` are the ids of records that the row may be about, if
    they were looked up already. `note` is reported along with any outcome.
    """

    line: int
    source: Source
    action: Action
    draft: Draft | None
    hash: str = ""
    remote_id: str | None = None
    claim: Claim = "ledger"
    matched_by: str = ""
    body: dict[str, Any] | None = None
    expected: dict[str, Any] | None = None
    former: Fields = field(default_factory=lambda: Fields(None))
    base: Fields = field(default_factory=lambda: Fields(None))
    emptied_columns: frozenset[str] = frozenset()
    before: Mapping[str, Any] | None = None
    recreate: Callable[[], Draft | list[Problem]] | None = None
    tries: int = 0
    sent: bool = False
    sent_at: datetime | None = None
    reversal: Reversal | None = None
    candidates: Sequence[str] | None = None
    note: str | None = None

    def link(self, entry: LedgerEntry) -> None:
        """Copy the record's id, the former values and the base from the row's ledger entry."""
        self.remote_id, self.former, self.base = entry.remote_id, entry.said, entry.base

    @property
    def creates(self) -> bool:
        """Whether it creates a record, perhaps in place of one that was to be updated and is gone."""
        return self.action == "create"

    @property
    def sent_values(self) -> dict[str, Any]:
        """All values that the row has sent once this job is done."""
        said = dict(self.draft.body) if self.draft else {}
        return said if self.action == "create" else {**self.former.value, **said}
