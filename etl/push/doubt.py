"""An unknown outcome, and when it may be looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from etl.push.job import Job
from etl.state.entries import Entry, Source

LOOKS = 2
"""So many looks must have missed a record before it is believed to be absent."""


@dataclass(slots=True, eq=False)
class Doubt:
    """A call that may have taken effect. `since` is when it was given up, on the monotonic clock.

    `job` is the row of this run that waits for it, `sender` the run and line that sent it. `whole` says that nobody
    knows when it was sent: then the whole list is looked through.
    """

    source: Source
    action: str
    hash: str
    body: Mapping[str, Any]
    reason: str
    since: float
    remote_id: str | None = None
    sender: tuple[str, int] | None = None
    job: Job | None = None
    whole: bool = False
    looks: int = 0
    sent_at: datetime | None = None

    def due_at(self, settle_s: float) -> float:
        return self.since + settle_s * (self.looks + 1)


def doubt_of(job: Job, reason: str, run_id: str, now: float) -> Doubt:
    """The doubt about a job just sent."""
    return Doubt(
        job.source,
        job.action,
        job.hash,
        job.body or {},
        reason,
        now,
        job.remote_id,
        (run_id, job.line),
        job,
        sent_at=job.sent_at,
    )


def doubt_about(entry: Entry, since: float) -> Doubt:
    """The doubt that an earlier run left."""
    return Doubt(
        entry.source,
        entry.action,
        entry.hash or "",
        entry.body,
        entry.reason or "",
        since,
        entry.remote_id,
        (entry.run_id, entry.line),
        sent_at=entry.sent_at,
    )
