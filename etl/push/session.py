"""The session of a push: everything that its steps share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from etl.clock import Clock
from etl.http.client import Client
from etl.push.diff.spelling import Spelling, bare
from etl.push.dispatch.group_commit import GroupCommit
from etl.push.dispatch.presence import Presence
from etl.push.push_order import Destination, OnConflict, Proof
from etl.state.ledger import Ledger
from etl.systems.declare import Stream, Target

if TYPE_CHECKING:
    from etl.push.ownership.existing import ExistingRecords


@dataclass(frozen=True)
class WriteOptions:
    """How records are to be written, as the user asked; see `Order`."""

    on_conflict: OnConflict = "review"
    recreate_missing: bool = False
    proof: Proof | None = None


@dataclass(frozen=True)
class PushSession:
    destination: Destination
    client: Client
    ledger: Ledger
    commits: GroupCommit
    clock: Clock
    run_id: str
    spelling: Spelling = field(default_factory=Spelling)
    options: WriteOptions = field(default_factory=WriteOptions)
    presence: Presence | None = None
    existing: ExistingRecords | None = None
    """The target's records that the ledger does not know, if they were read."""

    @property
    def target(self) -> Target:
        return self.destination.target

    @property
    def stream(self) -> Stream:
        return self.destination.stream

    def merges(self, body: Mapping[str, Any]) -> bool:
        """Whether the API itself merges this body and an equal one into one record."""
        return self.target.merges and self.target.natural_key(body) is not None

    def learn(self, path: str, ours: Any, shown: Any) -> bool:
        """Whether the target may store our value as the one shown; the spelling is kept for later runs."""
        known = set(self.spelling.learnt.get(bare(path), ()))
        if self.spelling.learn(path, ours, shown) is None:
            return False
        for form in self.spelling.learnt.get(bare(path), set()) - known:
            self.ledger.learn_spelling(bare(path), form)
        return True
