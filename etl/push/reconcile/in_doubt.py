"""A call whose outcome is in doubt, and when it is due to be looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from etl.push.job import Job
from etl.state.entries import Cause, LedgerEntry, Source

LOOKUPS = 2
"""The number of look-ups that must miss a record before it counts as absent."""


@dataclass(slots=True, eq=False)
class Doubt:
    """A call that may have taken effect, and what it was meant to do. `since` is when it came into doubt, on the
    monotonic clock.

    `body` is the body of a create or, for an update, the fields that it was to change; `sent_values` are all values
    that the row has sent once the call is done. `job` is the job of this run that waits for it, `sender` the run and
    line that sent it.
    """

    source: Source
    action: str
    hash: str
    body: Mapping[str, Any]
    sent_values: Mapping[str, Any]
    reason: str
    since: float
    sender: tuple[str, int]
    sent_at: datetime
    remote_id: str | None = None
    cause: Cause | None = None
    job: Job | None = None
    lookups: int = 0

    def due_at(self, settle_s: float) -> float:
        return self.since + settle_s * (self.lookups + 1)


def doubt_of_job(job: Job, reason: str, run_id: str, now: float, cause: Cause | None) -> Doubt:
    """Make the doubt about a job just sent."""
    assert job.sent_at is not None
    body = job.expected if job.action == "update" else job.body
    return Doubt(
        job.source, job.action, job.hash, body or {}, job.sent_values, reason, now, (run_id, job.line), job.sent_at,
        job.remote_id, cause, job,
    )  # fmt: skip


def doubt_of_entry(entry: LedgerEntry, since: float) -> Doubt:
    """Make the doubt about an entry that an earlier run left."""
    sent_values = entry.meant if entry.meant else entry.body
    return Doubt(
        entry.source, entry.action, entry.hash or "", entry.body.value, sent_values.value, entry.reason or "", since,
        (entry.run_id, entry.line), entry.sent_at, entry.remote_id, entry.cause,
    )  # fmt: skip
