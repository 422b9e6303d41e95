"""Taking a run back: what it created is deleted, what it changed is restored, where nothing changed since.

What cannot be taken back is said, row by row: a record of an API that cannot delete, a merge, a deletion.
"""

from __future__ import annotations

from collections.abc import Iterator

from etl.push.job import Job, TakingBack
from etl.push.past import Past, done
from etl.push.prepare import Prepared
from etl.push.report import PushReport
from etl.push.run import Setting, deliver_all, run
from etl.push.site import Site
from etl.state.entries import Line
from etl.targets.declare import Draft

FOR_GOOD = {
    "merged": "It was merged into a record that was there; what that held before is not known.",
    "deleted": "It was deleted; the API gives a record that is made anew another id.",
}
WAYS = ("created", "updated", *FOR_GOOD)


async def undo(setting: Setting, run_id: str) -> PushReport:
    """Take back what a run did. Raises what a push raises."""

    async def work(site: Site, report: PushReport) -> None:
        await deliver_all(site, _jobs(site, run_id), report)

    return await run(setting, "undo", run_id, work)


def _jobs(site: Site, run_id: str) -> Iterator[Prepared]:
    for rows in done(site.ledger, run_id, WAYS):
        prepared = Prepared()
        for past in rows:
            reason = _why_not(site, past)
            if reason is None:
                prepared.jobs.append(_job(site, past))
            else:
                line = past.line
                prepared.lines.append(
                    Line(site.run_id, line.line, line.source, "skipped", line.remote_id, message=reason)
                )
        yield prepared


def _why_not(site: Site, past: Past) -> str | None:
    """Why a row cannot be taken back, or None."""
    line, entry = past.line, past.entry
    if line.outcome in FOR_GOOD:
        return FOR_GOOD[line.outcome]
    if entry is None or entry.remote_id != line.remote_id:
        return "It is not known any more as what that run sent."
    if entry.run_id != line.run_id:
        return f"A later run changed it ({entry.run_id}): undo that first."
    if line.outcome == "created":
        return "The API cannot delete." if site.target.delete is None else None
    return "What it held before is not known." if past.before is None else None


def _job(site: Site, past: Past) -> Job:
    assert past.entry is not None
    line = past.line
    taking_back = TakingBack(past.entry.body)
    if line.outcome == "created":
        return Job(line.line, line.source, "delete", None, "", line.remote_id, taking_back=taking_back)
    body = dict(site.target.merge(past.before or {}, Draft({})))
    return Job(line.line, line.source, "update", None, "", line.remote_id, body, taking_back=taking_back)
