"""Before a record is changed or deleted: read it, prove that it belongs to the row, and compare it.

Jobs that need no call end here: nothing to change, record gone, somebody else's record, changed by both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from etl.http.turn import Turn
from etl.push.diff.diff import Difference, changed, value_of
from etl.push.diff.three_way import Conflict, Merged, changes_of, three_way
from etl.push.dispatch.outcome import Delivered, end_job, leave_alone
from etl.push.dispatch.record import read_one
from etl.push.job import Job
from etl.push.ownership.existing import with_unseen
from etl.push.session import PushSession
from etl.state.entries import EntryState
from etl.state.redaction import is_forgotten
from etl.systems.declare import Draft, Record
from etl.systems.shared.cells import BLANK
from etl.systems.shared.emptying import emptied
from etl.systems.shared.evidence import agree

MISSING = "The record is not there any more."
HIDDEN = "The server answers that the record is not there, and lists it."
MAKE_ANEW = f"{MISSING} --recreate-missing makes it anew."
NOT_PROVEN = {
    "match": "The record that matches agrees in nothing else with the row, or there is nothing else to compare.",
    "local": "The record of that number agrees in nothing with the row, or there is nothing to compare.",
    "ledger": "The record is about somebody else than the row.",
}
STUCK = "Empty here, and the API cannot empty it: {}."
FIXED = "Other here, and the API cannot change it: {}."
THEIRS = "Left as it is there, by --on-conflict theirs: {}."
FEW = 5


@dataclass(frozen=True)
class Judged:
    """The outcome of a job that ends without a call. `updates_entry` says that the ledger entry changes as well."""

    outcome: str
    message: str | None
    updates_entry: bool = False
    conflicts: Sequence[Conflict] = ()


async def before_write(session: PushSession, job: Job, turn: Turn) -> Delivered | None:
    """Read the record, and make the body of an update. Ends a job that needs no call; None where one is needed."""
    assert job.remote_id is not None
    record = await read_one(session.client, session.stream, job.remote_id, turn=turn)
    if record is None:
        await turn.end()  # the list may have to be read: who holds a call must not wait for another
    if record is None and await is_hidden(session, job):
        return await leave_alone(session, job, "rejected", HIDDEN)
    judged = judge(session, job, record)
    if judged is None:
        return None
    if judged.updates_entry:
        return await end_job(session, job, EntryState.DONE, judged.outcome, judged.message, record=record, sent=False)
    return await leave_alone(session, job, judged.outcome, judged.message or "")


async def is_hidden(session: PushSession, job: Job) -> bool:
    """Whether a record that cannot be read exists all the same; asked before a delete or another create."""
    matters = job.action == "delete" or session.options.recreate_missing
    return matters and session.presence is not None and await session.presence.has(job.remote_id or "")


def judge(session: PushSession, job: Job, record: Record | None) -> Judged | None:
    """Decide a job after its record was read, and fill in its body; None where it is to be sent."""
    if record is None or session.target.is_removed(record):
        return _missing(session, job)
    job.before = with_unseen(session, record, job.remote_id)
    if job.reversal is not None:
        since = _since(session, job.reversal.after, record)
        if since and not _is_restored(session, job):
            return Judged("skipped", f"It has changed since, and is left as it is: {_names(since)}.")
    elif not is_proven(session, job, record):
        return Judged("review", NOT_PROVEN[job.claim])
    if job.action == "delete":
        return None
    merged = merge_update(session, job, record)
    if merged.conflicts and session.options.on_conflict == "review":
        return Judged("review", describe_conflicts(merged.conflicts), conflicts=merged.conflicts)
    if session.options.on_conflict == "theirs":
        _note(job, THEIRS, list(dict.fromkeys(one.field for one in merged.conflicts)))
    job.body, job.expected = merged.body, merged.expected
    return None if job.expected else Judged("unchanged", None, updates_entry=True)


def _since(session: PushSession, after: Record, now: Record) -> list[Difference]:
    """List what was added, removed or changed since a run wrote a record, children included."""
    target = session.target
    return list(
        changed(target.whole(after), target.whole(now), keyed=target.keyed, ignore=target.server_made,
                spelling=session.spelling)
    )  # fmt: skip


def _missing(session: PushSession, job: Job) -> Judged | None:
    """Decide a job whose record is gone: it is created again if the user asked for that."""
    if job.action == "delete":
        return Judged("deleted", "It was gone already.", updates_entry=True)
    if not session.options.recreate_missing or job.recreate is None:
        return Judged("rejected", MAKE_ANEW if job.recreate is not None else MISSING)
    draft = job.recreate()
    if not isinstance(draft, Draft):
        reason = " ".join(dict.fromkeys(f"{problem.field}: {problem.reason}" for problem in draft))
        return Judged("rejected", f"{MISSING} {reason}")
    job.action, job.draft, job.body, job.expected = "create", draft, dict(draft.body), None
    job.remote_id, job.before = None, None
    return None


def is_proven(session: PushSession, job: Job, record: Record) -> bool:
    """Whether a record that was found by a match or by its id agrees with the row in other evidence."""
    if job.draft is None or job.claim in ("reference", "accepted"):
        return True
    if job.claim not in ("match", "local") and job.former and not is_forgotten(job.former.value):
        return True  # it was proven when it was sent
    held, said = session.target.evidence(record), session.target.evidence(job.draft.body)
    alike = agree(held, {kind: values for kind, values in said.items() if kind != job.matched_by})
    return alike is True if job.claim in ("match", "local") else alike is not False


def merge_update(session: PushSession, job: Job, record: Record) -> Merged:
    """Make the body of the update, keeping what only others have changed since."""
    target, theirs = session.target, with_unseen(session, session.target.record(record), job.remote_id)
    if job.reversal is not None:
        beside = {name: theirs[name] for name in target.unseen if name in theirs}
        body = {**beside, **(job.body or {})}
        return Merged(body, {name: value for name, value in body.items() if _differs(session, theirs, name, value)})
    assert job.draft is not None
    said = changes_of(job.former.value if job.former else None, job.draft.body, target.additive)
    if not said and not job.emptied_columns:
        return Merged({})
    _note(job, FIXED, _fixed(session, job.draft, said, theirs))
    draft = replace(job.draft, body=said)
    ours = _emptied(session, job, record, target.merge({**record, **theirs}, draft))
    base = target.record(job.base.value) if job.base else None
    former = job.former.value if job.claim != "accepted" else None
    lost = job.claim in ("reference", "ledger") and not job.base  # we wrote it, but no longer know its base
    return three_way(target, ours, theirs, base, session.spelling, session.options.on_conflict, former, lost=lost)


def _emptied(session: PushSession, job: Job, record: Record, body: Record) -> Record:
    """Empty the fields of the body that are now empty in the row, and note those that the API cannot empty."""
    if not job.emptied_columns or job.draft is None:
        return body
    found = emptied(session.target, body, job.draft.body, job.emptied_columns)
    held = [
        column
        for column in sorted(found.kept)
        if any(value_of(record, wire) not in BLANK for wire in session.target.fields(column))
    ]
    _note(job, STUCK, held)
    return found.body


def _fixed(session: PushSession, draft: Draft, said: Record, theirs: Record) -> list[str]:
    """List the columns whose new value is not sent, because the API sets their fields only on create."""
    target = session.target
    names = target.fixed & said.keys() - {target.reference, *draft.filled}
    return [target.columns.get(name, name) for name in sorted(names) if _differs(session, theirs, name, said[name])]


def _note(job: Job, text: str, names: list[str]) -> None:
    """Add columns or fields to the job's note, once, however often its record is read."""
    note = text.format(", ".join(names))
    if names and note not in (job.note or ""):
        job.note = " ".join(filter(None, (job.note, note)))


def _differs(session: PushSession, theirs: Record, name: str, value: Any) -> bool:
    """Whether a record's field differs from a value, even by additional children."""
    one, other = {name: theirs.get(name)}, {name: value}
    ignore, keyed = session.target.server_made, session.target.keyed
    return any(changed(one, other, keyed=keyed, ignore=ignore - {name}, spelling=session.spelling))


def _is_restored(session: PushSession, job: Job) -> bool:
    """Whether an earlier try undid it already."""
    return job.action == "update" and not any(
        _differs(session, session.target.record(job.before or {}), name, value)
        for name, value in (job.body or {}).items()
    )


def describe_conflicts(conflicts: list[Conflict]) -> str:
    """Name the fields that both sides changed; their values are shown by a dry run and by `etl review`."""
    names = ", ".join(dict.fromkeys(one.field for one in conflicts))
    return f"Changed here and there since it was last sent: {names}. Say with --on-conflict whose it is to be."


def _names(differences: list[Any]) -> str:
    names = list(dict.fromkeys(one.field for one in differences))
    return ", ".join(names[:FEW]) + (" …" if len(names) > FEW else "")
