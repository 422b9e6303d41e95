"""The dispatcher: many jobs in flight, none sent twice, and a stop before an outage puts thousands in doubt.

input -> prepare -> [ key free? slot free? ] ---> deliver -> done | rejected
           ^                                         |
           |                                         v
           +------ proven absent ---- reconcile <- in doubt      five in a row: stop, settle, resume or end (75)
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from datetime import timedelta

from etl.errors import EtlError, TryLater
from etl.push.dispatch.attempt import deliver
from etl.push.dispatch.ordering import Ordering
from etl.push.dispatch.outcome import Delivered
from etl.push.error_limit import ErrorLimit
from etl.push.job import Job
from etl.push.prepare.prepare import NOT_THERE, Again, Prepared
from etl.push.reconcile.in_doubt import Doubt, doubt_of_entry, doubt_of_job
from etl.push.reconcile.reconcile import MAX_DOUBTS, Reconciliation, Settled
from etl.push.session import PushSession
from etl.state.entries import Cause, EntryState, LedgerEntry, Line, Step

IN_FLIGHT = 48
IN_A_ROW = 5
"""This many unknown outcomes in a row count as an outage."""
TRIES = 3
"""A row that proved absent this many times after it was sent is not sent again in this run."""
OUTAGE_S = 300.0
"""When to run again after an outage."""
DRAIN_S = 15.0
"""How long a stopped run waits for calls in flight."""
NEVER_DONE = "The server says each time that it is done, and does not do it."


class Dispatcher:
    """Dispatches one run's jobs. `run` returns when every row is settled; an error that ends it early is in `error`."""

    def __init__(
        self,
        session: PushSession,
        settle_s: float,
        *,
        error_limit: ErrorLimit | None = None,
        progress: Callable[[int], None] = lambda done: None,
    ) -> None:
        self._session, self._progress, self._error_limit = session, progress, error_limit or ErrorLimit()
        self._reconciliation = Reconciliation(session, settle_s)
        self._ordering = Ordering(session)
        self._tasks: dict[asyncio.Task[None], Job] = {}
        self._ready: deque[Job] = deque()
        self._again: dict[int, Again] = {}
        self._lines: list[Line | Step] = []
        self._in_a_row = 0
        self._relapse = False
        self._dated = False
        self._done = 0
        self.error: EtlError | None = None

    async def run(self, slices: Iterable[Prepared]) -> None:
        """Send all jobs. A cancelled run drops the jobs that were not sent and waits for the rest."""
        try:
            self._recover()
            for prepared in slices:
                await self._take(prepared)
                if self.error:
                    break
            await self._finish()
        except EtlError as error:
            self._end(error)
        except asyncio.CancelledError:
            await self._let_go()
            raise
        finally:
            await self._drain()

    def _recover(self) -> None:
        """Take over what earlier runs left in doubt, to settle it along with this run's doubts."""
        for entry in self._session.ledger.in_doubt():
            doubt = doubt_of_entry(entry, self._since(entry))
            if entry.action == "create" and entry.remote_id is not None and entry.cause is None:
                self._reconciliation.listed.append(doubt)
            else:
                self._reconciliation.add(doubt)
            self._ordering.block(doubt)

    def _since(self, entry: LedgerEntry) -> float:
        passed = (self._session.clock.now() - entry.doubted_at).total_seconds()
        return self._session.clock.monotonic() - max(passed, 0.0)

    async def _take(self, prepared: Prepared) -> None:
        await self._session.commits.write(*prepared.lines, *prepared.steps)
        self._done += len(prepared.lines)
        self._count(sum(line.outcome == "rejected" for line in prepared.lines), len(prepared.lines))
        for job, entry, again in prepared.in_doubt:
            self._join(job, entry, again)
        if self._lines:
            lines, self._lines = self._lines, []
            await self._session.commits.write(*lines)
        self._ready.extend(prepared.jobs)
        await self._send_ready()
        if len(self._reconciliation.listed) >= MAX_DOUBTS:
            await self._see_listed()
        if len(self._reconciliation) > MAX_DOUBTS:
            await self._settle_all()
        self._progress(self._done)

    def _join(self, job: Job, entry: LedgerEntry, again: Again) -> None:
        """Let a row wait for its earlier call in doubt; once that is settled, the row is prepared again."""
        self._again[id(job)] = again
        for doubt in (*self._reconciliation.doubts, *self._reconciliation.listed):
            if doubt.source == entry.source:
                doubt.job = job
                return
        self._lines.extend(self._ready_again(job))  # it was settled meanwhile

    def _ready_again(self, job: Job, *, done: bool = False) -> list[Line | Step]:
        """Prepare a row again; returns the writes of a row that needs no call. A row whose call was found to be `done`
        keeps that outcome if there is nothing else to do."""
        prepared = self._again.pop(id(job))()
        self._ready.extend(prepared.jobs)
        for other, entry, again in prepared.in_doubt:
            self._join(other, entry, again)
        lines = [line for line in prepared.lines if not done or line.message not in (None, job.note, NOT_THERE)]
        return [*lines, *prepared.steps]

    async def _send_ready(self) -> None:
        """Start every job that may go; looking up doubts in between may release more."""
        while self._ready and not self.error:
            if self._in_a_row >= IN_A_ROW:
                await self._pause()
            elif self._reconciliation.doubts and self._reconciliation.next_lookup() <= self._session.clock.monotonic():
                await self._look()
            elif len(self._tasks) >= IN_FLIGHT or self._ordering.is_full(self._ready[0]):
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            else:
                job = self._ready.popleft()
                if self._ordering.enter(job):
                    self._start(job)

    def _start(self, job: Job) -> None:
        task = asyncio.create_task(self._handle(job))
        self._tasks[task] = job
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def _handle(self, job: Job) -> None:
        try:
            delivered = await deliver(self._session, job)
        except asyncio.CancelledError:
            raise
        except EtlError as error:
            self._end(error)
            return
        except Exception as error:  # a bug of ours stops the run; doubts stay in doubt
            self._end(EtlError.bug(error))
            return
        await self._account(job, delivered)
        self._progress(self._done)

    async def _account(self, job: Job, delivered: Delivered) -> None:
        if delivered.date is not None and not self._dated:
            self._dated = True
            now = self._session.clock.now()
            await asyncio.to_thread(self._session.ledger.set_date, self._session.run_id, delivered.date, now)
        if delivered.state is EntryState.UNKNOWN:
            self._in_a_row += delivered.outage
            now_s = self._session.clock.monotonic()
            doubt = doubt_of_job(job, delivered.reason or "", self._session.run_id, now_s, delivered.cause)
            (self._reconciliation.listed.append if delivered.listed else self._reconciliation.add)(doubt)
            self._in_a_row, self._relapse = (0, False) if delivered.listed else (self._in_a_row, self._relapse)
            following = self._ordering.leave(job, in_doubt=not delivered.listed)
            if following is not None and not self.error:
                self._start(following)
            return
        self._done += 1
        if delivered.sent:
            self._in_a_row, self._relapse = 0, False
        self._count(int(delivered.rejected), 1)
        following = self._ordering.leave(job)
        if following is not None and not self.error:
            self._start(following)

    def _count(self, rejected: int, rows: int) -> None:
        error = self._error_limit.count(rejected, rows)
        if error is not None:
            self._end(error)

    def _end(self, error: EtlError) -> None:
        """Keep the first error that waiting does not help, else the first error."""
        if self.error is None or (self.error.waiting_helps and not error.waiting_helps):
            self.error = error

    # -- what is in doubt ----------------------------------------------------------------------------

    async def _pause(self) -> None:
        """After five unknown outcomes in a row, send nothing until all doubts are settled. If it happens again with
        nothing done in between, the run ends: the server still does not report what it does."""
        await self._drain()
        await self._settle_all()
        if self._relapse and not self.error:
            raise TryLater(
                f"{self._session.destination.name}: the outcomes of {IN_A_ROW} calls in a row were unknown, twice.",
                remedy="Run the same command again later: what is there already is not sent again.",
                resume_at=self._session.clock.now() + timedelta(seconds=OUTAGE_S),
            )
        self._in_a_row, self._relapse = 0, True

    async def _settle_all(self) -> None:
        """Wait until nothing is in doubt."""
        while self._reconciliation.doubts and not self.error:
            wait_s = self._reconciliation.next_lookup() - self._session.clock.monotonic()
            if wait_s > 0:
                await self._session.clock.sleep(wait_s)
            await self._look()

    async def _look(self) -> None:
        if self._session.target.reference is None:
            await self._drain()  # a record made by a call in flight could not be told from others
        await self._settled(await self._reconciliation.look_up())

    async def _see_listed(self) -> None:
        """Look for created records in the list while nothing is in flight."""
        await self._drain()
        await self._settled(await self._reconciliation.settle_listed())

    async def _settled(self, settled: Settled) -> None:
        for doubt, state in settled.states:
            self._done += state is not EntryState.PENDING
            self._ready.extend(self._ordering.unblock(doubt))
            await self._go_on(doubt, state)
        self._progress(self._done)

    async def _go_on(self, doubt: Doubt, state: EntryState) -> None:
        """Continue a row whose doubt is settled."""
        job = doubt.job
        if job is None:
            return
        if id(job) in self._again:
            await self._session.commits.write(*self._ready_again(job, done=state is EntryState.DONE))
        elif state is EntryState.PENDING:
            job.tries += 1
            job.remote_id = None if job.action == "create" else job.remote_id
            if job.tries < TRIES:
                self._ready.append(job)
            elif doubt.cause is Cause.UNPROVEN:
                line = Line(self._session.run_id, job.line, job.source, "rejected", job.remote_id, message=NEVER_DONE)
                await self._session.commits.write(Step(job.source, EntryState.REJECTED, reason=NEVER_DONE), line)

    async def _finish(self) -> None:
        """Settle the remaining doubts, and send what that releases, until nothing is left."""
        while not self.error:
            await self._send_ready()
            await self._drain()
            if self._in_a_row >= IN_A_ROW and self._reconciliation.doubts:
                await self._pause()
            elif self._reconciliation.listed:
                await self._see_listed()
            elif self._reconciliation.doubts:
                await self._settle_all()
            elif not self._ready and not self._tasks:
                return

    async def _drain(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _let_go(self) -> None:
        """Stop: jobs that were not sent stay pending, the others are waited for; what is still in flight then stays
        SENDING, which the next run treats as unknown."""
        waiting = [task for task, job in self._tasks.items() if not job.sent]
        for task in waiting:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=DRAIN_S)
        for task in self._tasks:
            task.cancel()
