"""Undo a run: delete what it created, restore what it changed, where nothing has changed since.

The record must be, children included, exactly as the run left it. Rows that cannot be undone are reported one by one.
An undo is a run of its own: rows in doubt are settled, and an undo that was killed continues when called again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from etl.push.diff.diff import differences, field_in
from etl.push.earlier_runs import SentRow, sent_rows
from etl.push.job import Job, Reversal
from etl.push.ownership.existing import read_existing
from etl.push.prepare.dry_run import DryRun
from etl.push.prepare.prepare import Prepared
from etl.push.push import Setting, deliver_all, run
from etl.push.report import PushReport
from etl.push.session import PushSession
from etl.state.entries import Fields, Line
from etl.state.redaction import is_forgotten
from etl.systems.declare import Draft, Record

FOR_GOOD = {
    "merged": "It was merged into a record that was there; what that held before is not known.",
    "deleted": "It was deleted; the API gives a record that is made anew another id.",
}
WAYS = ("created", "updated", *FOR_GOOD)
CHANGED = "It has changed since, and is left as it is: {}."
UNKNOWN = "What it held then is not known any more."
STUCK = "It is left as it is: the API cannot empty again what the run filled ({})."


async def undo(setting: Setting, run_id: str, *, dry_run: bool = False) -> PushReport:
    """Undo what a run did, or report what a dry run would undo. Raises what a push raises."""

    async def work(session: PushSession, report: PushReport) -> None:
        if session.target.unseen:
            session = replace(session, existing=await read_existing(session))
        slices = _jobs(session, run_id)
        if dry_run:
            await DryRun(session, lambda _: None).run(slices, report)
        else:
            await deliver_all(session, slices, report)

    asked = json.dumps({"run": run_id, "dry_run": dry_run})
    return await run(setting, "undo", asked, work, dry_run=dry_run)


def _jobs(session: PushSession, run_id: str) -> Iterator[Prepared]:
    for rows in sent_rows(session.ledger, run_id, WAYS):
        prepared = Prepared()
        for past in rows:
            _sort_out(session, past, prepared)
        yield prepared


def _sort_out(session: PushSession, past: SentRow, prepared: Prepared) -> None:
    line, entry = past.line, past.entry
    if entry is not None and entry.open:
        job = Job(line.line, line.source, "update", None)
        prepared.in_doubt.append((job, entry, partial(_again, session, line)))
        return
    made = _why_not(session, past) or _job(session, past)
    if isinstance(made, str):
        prepared.lines.append(Line(session.run_id, line.line, line.source, "skipped", line.remote_id, message=made))
    else:
        prepared.jobs.append(made)


def _again(session: PushSession, line: Line) -> Prepared:
    """Prepare a row again once its earlier call is settled."""
    prepared = Prepared()
    _sort_out(session, SentRow(line, session.ledger.entries_of([line.source]).get(line.source)), prepared)
    return prepared


def _why_not(session: PushSession, past: SentRow) -> str | None:
    """Return why a row cannot be undone, or None."""
    line, entry = past.line, past.entry
    if line.outcome in FOR_GOOD:
        return FOR_GOOD[line.outcome]
    if entry is not None and entry.remote_id not in (None, line.remote_id):
        return "It is not known any more as what that run sent."
    if line.outcome == "created" and session.target.delete is None:
        return "The API cannot delete."
    if not _is_known(line.after) or (line.outcome == "updated" and not _is_known(line.before)):
        return UNKNOWN
    return None


def _is_known(text: str | None) -> bool:
    return text is not None and not is_forgotten(orjson.loads(text))


def _job(session: PushSession, past: SentRow) -> Job | str:
    """Make the job that undoes a row, or return why it cannot be undone."""
    line = past.line
    assert line.after is not None
    reversal = Reversal(orjson.loads(line.after))
    if line.outcome == "created":
        return Job(line.line, line.source, "delete", None, "", line.remote_id, reversal=reversal)
    assert line.before is not None
    before = orjson.loads(line.before)
    if theirs := _theirs(session, past, before):
        return CHANGED.format(", ".join(theirs))
    body, stuck = _restoring(session, before, reversal.after)
    if stuck:
        return STUCK.format(", ".join(stuck))
    job = Job(line.line, line.source, "update", Draft({}), "", line.remote_id, body=body, reversal=reversal)
    job.former = Fields(line.former or "{}")
    return job


def _theirs(session: PushSession, past: SentRow, before: Record) -> list[str]:
    """List the fields that only the target's list shows and that somebody else has changed since: they hold neither the
    value before the run nor the row's."""
    shown = session.existing.unseen.get(past.line.remote_id or "", {}) if session.existing else {}
    said = past.entry.said.value if past.entry else {}
    return [
        name
        for name in sorted(session.target.unseen & before.keys())
        if not any(session.spelling.equal(name, shown.get(name), ours) for ours in (before[name], said.get(name)))
    ]


def _restoring(session: PushSession, before: Record, after: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the body that restores the record, and the fields that the API cannot empty again."""
    target = session.target
    body, stuck = dict(target.merge(before, Draft({}))), []
    left = {name: value for name, value in target.record(after).items() if name not in target.server_made}
    for one in differences(target.record(before), left):
        name = field_in(left, one.field)
        if name in body and body[name] not in (None, "", [], {}):
            continue
        if name in target.clear:
            body[name] = target.clear[name]
        else:
            stuck.append(one.field)
    return body, list(dict.fromkeys(stuck))
