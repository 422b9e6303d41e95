"""A push without a single write: what would be created and changed, field by field, and how long it would take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from itertools import islice

from etl.budget import forecast, quotas
from etl.push.compare import differences
from etl.push.job import Job
from etl.push.prepare import Prepared
from etl.push.reading import read_one
from etl.push.report import PushReport
from etl.push.site import Site
from etl.state.entries import Line

AT_ONCE = 8
LONGEST = 80
"""So much of a value is shown."""
SHOWN = 20
"""So many changes are shown at once; all of them stand in the results."""


class Rehearsal:
    """Goes through a push's jobs and reads what they would change; writes lines, and moves no entry."""

    def __init__(self, site: Site, progress: Callable[[int], None]) -> None:
        self._site, self._progress = site, progress
        self._natural: set[str] = set()
        self._calls = 0
        self._done = 0

    async def run(self, slices: Iterable[Prepared], report: PushReport) -> None:
        """Raises what reading raises."""
        for prepared in slices:
            lines = [*prepared.lines, *(self._unknown(job) for job, _ in prepared.doubted)]
            jobs = iter(prepared.jobs)
            while batch := list(islice(jobs, AT_ONCE)):
                lines += await asyncio.gather(*map(self._line, batch))
            await self._site.commits.write(*lines)
            changed = [line for line in lines if line.outcome == "updated" and line.message]
            report.changes += [
                (line.line + 1, line.source.key, line.message or "") for line in changed[: SHOWN - len(report.changes)]
            ]
            self._done += len(lines)
            self._progress(self._done)
        snapshot = await self._site.client.budget.snapshot()
        account = self._site.destination.account
        report.forecast = forecast(self._calls, quotas(snapshot), now=self._site.clock.now(), timezone=account.timezone)

    def _unknown(self, job: Job) -> Line:
        return self._told(job, "unknown", "An earlier call is in doubt: it is looked up first.")

    async def _line(self, job: Job) -> Line:
        if job.action == "create":
            self._calls += 1
            natural = self._site.target.natural(job.body or {}) if self._site.merges(job.body or {}) else None
            merged = natural is not None and natural in self._natural
            self._natural |= {natural} if natural else set()
            return self._told(job, "merged" if merged else "created", None)
        assert job.remote_id is not None
        record = await read_one(self._site.client, self._site.stream, job.remote_id)
        if record is None:
            gone = job.action == "delete"
            return self._told(job, "deleted" if gone else "rejected", "The record is not there any more.")
        self._calls += 2
        if job.action == "delete" or job.draft is None:
            return self._told(job, "deleted", None)
        changes = list(differences(record, self._site.target.merge(record, job.draft)))
        shown = "; ".join(f"{one.field}: {_short(one.remote)} -> {_short(one.ours)}" for one in changes)
        return self._told(job, "updated" if changes else "unchanged", shown or None)

    def _told(self, job: Job, outcome: str, message: str | None) -> Line:
        return Line(self._site.run_id, job.line, job.source, outcome, job.remote_id, message=message or job.note)


def _short(value: object) -> str:
    text = "(nothing)" if value in (None, "") else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
