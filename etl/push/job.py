"""One row on its way: what is to be done with it at the target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from etl.state.entries import Fields, LedgerEntry, Source
from etl.systems.declare import Draft, Problem

Action: TypeAlias = Literal["create", "update", "delete"]
Claim: TypeAlias = Literal["ledger", "match", "local", "reference", "accepted", "new"]
"""Why a record is taken for the row's own. `match` and `local` are to be proven by the record itself; `accepted` and
`new` are a person's word."""


@dataclass(frozen=True, slots=True)
class TakingBack:
    """A job that takes back what a run did, if the record still is as that run left it: `after`."""

    after: Mapping[str, Any]


@dataclass(slots=True)
class Job:
    """`draft` is what the row says in the target's words. `body` is what goes out: the draft's for a create, made over
    the remote record for an update; `expected` are the fields of it that the update means to change.

    `found_by` is the kind of evidence that a record was matched by: it proves nothing more. `hash` is that of the row.
    `former` is what the row said when it was last done, `base` the record as it was seen then; `empty` are columns
    whose fields are to be emptied. `before` is the record that an update or a delete takes the place of, `full` makes
    the draft of a create where the record turns out to be gone. `tries` counts the attempts that were proven to have
    had no effect; `sent` says that one may be under way; `alike` are records that it may be about, where these
    were looked up already. `note` is told with whatever comes of it.
    """

    line: int
    source: Source
    action: Action
    draft: Draft | None
    hash: str = ""
    remote_id: str | None = None
    claim: Claim = "ledger"
    found_by: str = ""
    body: dict[str, Any] | None = None
    expected: dict[str, Any] | None = None
    former: Fields = field(default_factory=lambda: Fields(None))
    base: Fields = field(default_factory=lambda: Fields(None))
    empty: frozenset[str] = frozenset()
    before: Mapping[str, Any] | None = None
    full: Callable[[], Draft | list[Problem]] | None = None
    tries: int = 0
    sent: bool = False
    sent_at: datetime | None = None
    taking_back: TakingBack | None = None
    alike: Sequence[str] | None = None
    note: str | None = None

    def know(self, entry: LedgerEntry) -> None:
        """Take over what the ledger knows of the row."""
        self.remote_id, self.former, self.base = entry.remote_id, entry.said, entry.base

    @property
    def makes(self) -> bool:
        """Whether it makes a record, perhaps one that was to be changed and is gone."""
        return self.action == "create"

    @property
    def saying(self) -> dict[str, Any]:
        """What the row has said in all, once this is done."""
        said = dict(self.draft.body) if self.draft else {}
        return said if self.action == "create" else {**self.former.value, **said}
