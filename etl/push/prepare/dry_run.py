"""Dry run: report what a push would create and change, field by field, and how long it would take; write nothing.

Each row is judged by the code that judges it when it is sent, against the records as they are now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from etl.budget import forecast, quotas
from etl.push.diff.diff import differences
from etl.push.dispatch.before_write import HIDDEN, Judged, is_hidden, judge
from etl.push.dispatch.record import read_one
from etl.push.job import Job
from etl.push.ownership.lookalike import find_lookalike
from etl.push.prepare.call_count import calls_of, is_listed
from etl.push.prepare.prepare import Prepared
from etl.push.prepare.wording import together
from etl.push.reconcile.reconcile import MAX_DOUBTS
from etl.push.report import PushReport, Sample
from etl.push.session import PushSession
from etl.state.entries import Line

AT_ONCE = 8
LONGEST = 80
"""The most characters shown of a value."""
SHOWN = 20
"""The most changes shown; the results contain all of them."""
SAMPLES = 3
"""The most bodies shown as they would be sent."""
DOUBT = "An earlier call is in doubt: it is looked up first."


class DryRun:
    """Goes through a push's jobs and reads what they would change; writes lines, but changes no entry."""

    def __init__(self, session: PushSession, progress: Callable[[int], None]) -> None:
        self._session, self._progress = session, progress
        self._natural_keys: set[str] = set()
        self._samples: list[Sample] = []
        self._calls = self._listed = self._done = 0

    async def run(self, slices: Iterable[Prepared], report: PushReport) -> None:
        """Judge every job, and fill in the report. Raises what reading raises."""
        self._calls = self._session.client.calls.sent  # the real push reads the same lists first
        for prepared in slices:
            lines = [*prepared.lines, *(self._line_of(job, "unknown", DOUBT) for job, _, _ in prepared.in_doubt)]
            jobs = iter(prepared.jobs)
            while batch := list(islice(jobs, AT_ONCE)):
                lines += await asyncio.gather(*map(self._line, batch))
            await self._session.commits.write(*lines)
            changed = [line for line in lines if line.outcome == "updated" and line.message]
            report.changes += [
                (line.line + 1, line.source.key, line.message or "") for line in changed[: SHOWN - len(report.changes)]
            ]
            self._done += len(lines)
            self._progress(self._done)
        report.samples = self._samples
        self._calls += -(-self._listed // MAX_DOUBTS) * self._session.stream.weight
        snapshot = await self._session.client.budget.snapshot()
        account = self._session.destination.account
        report.forecast = forecast(
            self._calls,
            quotas(snapshot),
            now=self._session.clock.now(),
            timezone=account.timezone,
            concurrency=account.declaration.at_once,
        )

    async def _line(self, job: Job) -> Line:
        session, asked = self._session, 0
        if job.action != "create":

            def sent() -> None:
                nonlocal asked
                asked += 1

            assert job.remote_id is not None
            record = await read_one(session.client, session.stream, job.remote_id, sent=sent)
            judged = judge(session, job, record)
            if record is None and await is_hidden(session, job):
                judged = Judged("rejected", HIDDEN)
            if judged is not None:
                self._calls += asked * session.stream.weight
                return self._line_of(job, judged.outcome, _with_values(judged))
        self._calls += calls_of(session.target, session.stream, job.action, session.options.proof, reading=asked)
        self._listed += is_listed(session.target, session.stream, job.action, session.options.proof)
        self._show(job)
        if job.action == "create":
            return await self._made(job)
        if job.action == "delete":
            return self._line_of(job, "deleted", None)
        found = differences(job.before or {}, job.expected or {}, spelling=self._session.spelling)
        shown = "; ".join(f"{one.field}: {_short(one.remote)} -> {_short(one.ours)}" for one in found)
        return self._line_of(job, "updated", together(shown, job.note))

    async def _made(self, job: Job) -> Line:
        lookalike = await find_lookalike(self._session, job)
        if lookalike is not None and not lookalike.send_anyway:
            job.remote_id = lookalike.remote_id
            return self._line_of(job, "review", lookalike.reason)
        job.note = job.note or (lookalike.reason if lookalike else None)
        natural_key = self._session.target.natural_key(job.body or {}) if self._session.merges(job.body or {}) else None
        merged = natural_key is not None and natural_key in self._natural_keys
        self._natural_keys |= {natural_key} if natural_key else set()
        return self._line_of(job, "merged" if merged else "created", None)

    def _show(self, job: Job) -> None:
        if len(self._samples) < SAMPLES and job.action != "delete":
            body: dict[str, Any] = dict((job.body if job.action == "create" else job.expected) or {})
            self._samples.append(Sample(job.line + 1, job.source.key, job.action, job.remote_id, job.claim, body))

    def _line_of(self, job: Job, outcome: str, message: str | None) -> Line:
        return Line(self._session.run_id, job.line, job.source, outcome, job.remote_id, message=message or job.note)


def _with_values(judged: Judged) -> str | None:
    """Return the reason, with the values on both sides of each conflict."""
    sides = "; ".join(
        f"{one.field}: was {_short(one.base)}, there {_short(one.theirs)}, here {_short(one.ours)}"
        for one in judged.conflicts
    )
    return f"{judged.message} {sides}" if sides else judged.message


def _short(value: object) -> str:
    text = "(nothing)" if value in (None, "") else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
