"""Record the outcome of a job in the ledger's entry and in the run's line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from etl.http.send import Outcome
from etl.push.dispatch.record import to_json
from etl.push.job import Job
from etl.push.session import PushSession
from etl.state.entries import Cause, EntryState, Gone, Line, Step, Write
from etl.systems.declare import Record


@dataclass(frozen=True)
class Delivered:
    """The result of a job: `state` is the entry's new state; `date` is the server's time, if an answer gave it.
    `outage` says that the server may be failing: several of these in a row stop the sending. `listed` says that the
    write looks successful and only the target's list has to show it."""

    state: EntryState
    reason: str | None = None
    date: datetime | None = None
    sent: bool = True
    cause: Cause | None = None
    outage: bool = False
    listed: bool = False
    rejected: bool = False


async def end_job(
    session: PushSession,
    job: Job,
    state: EntryState,
    outcome: str,
    message: str | None,
    answer: Outcome | None = None,
    *,
    record: Record | None = None,
    sent: bool = True,
) -> Delivered:
    """Record that the job is over. `record` is the target's record, if it was seen."""
    status = answer.status if answer else None
    report = " ".join(part for part in (message, job.note) if part) or None
    after = None if record is None else to_json(record).decode()
    line = Line(session.run_id, job.line, job.source, outcome, job.remote_id, status, report, after=after)
    if job.action == "delete" and state is EntryState.DONE:
        await session.commits.write(Gone(job.source), line)
    elif sent:
        said = to_json(job.sent_values).decode() if state is EntryState.DONE else None
        await session.commits.write(
            Step(job.source, state, remote_id=job.remote_id, reason=message, draft=said, base=after), line
        )
    else:
        await session.commits.write(_unsent(session, job, state, message, after), line)
    return Delivered(state, message, answer.date if answer else None, sent, rejected=outcome == "rejected")


def _unsent(session: PushSession, job: Job, state: EntryState, message: str | None, after: str | None) -> Step:
    """Make the whole entry of a row that needed no call: it may not have had one before."""
    said = to_json(job.sent_values).decode() if state is EntryState.DONE else job.former.text
    return Step(
        job.source, state, job.action, job.remote_id, job.hash, to_json(job.expected or {}).decode(), message,
        session.run_id, job.line, session.clock.now(), draft=said, base=after,
    )  # fmt: skip


async def leave_alone(
    session: PushSession, job: Job, outcome: str, message: str, *, remote_id: str | None = None
) -> Delivered:
    """Record that the target's record is left alone; the entry does not change. `remote_id` names a record that is only
    a candidate."""
    report = " ".join(part for part in (message, job.note) if part)
    said = to_json(job.draft.body).decode() if outcome == "review" and job.draft else None
    line = Line(session.run_id, job.line, job.source, outcome, remote_id or job.remote_id, message=report, said=said)
    await session.commits.write(line)
    return Delivered(EntryState.DONE, message, sent=False, rejected=outcome == "rejected")


async def mark_in_doubt(
    session: PushSession,
    job: Job,
    outcome: Outcome,
    reason: str,
    cause: Cause | None = None,
    *,
    outage: bool = False,
    listed: bool = False,
) -> Delivered:
    """Record that the outcome of the call is in doubt."""
    await session.commits.write(
        Step(
            job.source, EntryState.UNKNOWN, remote_id=job.remote_id, reason=reason, at=session.clock.now(), cause=cause
        ),
        Line(session.run_id, job.line, job.source, "unknown", job.remote_id, outcome.status, reason),
    )
    return Delivered(EntryState.UNKNOWN, reason, outcome.date, cause=cause, outage=outage, listed=listed)


def pending_writes(session: PushSession, job: Job, message: str) -> tuple[Write, ...]:
    """Return the writes for a call that surely had no effect."""
    return (
        Step(job.source, EntryState.PENDING, reason=message),
        Line(session.run_id, job.line, job.source, "pending", job.remote_id, message=message),
    )
