"""The sending itself: many jobs in flight, none twice, and a stop before an outage makes thousands of doubts.

input -> prepare -> [ lane free? a place free? ] -> deliver -> done | rejected
           ^                                           |
           |                                           v
           +------ proven absent ------ settle <--- in doubt      five in a row: stop, settle, go on or end (75)
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from datetime import timedelta

from etl.errors import EtlError, TryLater
from etl.push.deliver import REFUSED, TOLD, deliver
from etl.push.doubt import Doubt, doubt_about, doubt_of
from etl.push.job import Job
from etl.push.lanes import Lanes
from etl.push.prepare import Prepared
from etl.push.settle import Settling
from etl.push.site import Site
from etl.state.entries import Entry, Line, State

IN_FLIGHT = 48
IN_A_ROW = 5
"""So many unknown outcomes one after another look like an outage."""
TRIES = 3
"""A row that so often proved absent after it was sent stays pending."""
OUTAGE_S = 300.0
"""When to come back after one."""
CROWD = 5000
"""So many doubts at most are held before they are settled."""
DRAIN_S = 15.0
"""How long calls under way are waited for when the run is stopped."""


class Push:
    """One run's jobs. `run` returns when every row is settled; an error that ends it early stands in `error`."""

    def __init__(self, site: Site, settle_s: float, *, progress: Callable[[int], None] = lambda done: None) -> None:
        self._site, self._progress = site, progress
        self._settling = Settling(site, settle_s)
        self._lanes = Lanes(site)
        self._tasks: dict[asyncio.Task[None], Job] = {}
        self._ready: deque[Job] = deque()
        self._in_a_row = 0
        self._relapse = False
        self._dated = False
        self._done = 0
        self.error: EtlError | None = None

    async def run(self, slices: Iterable[Prepared]) -> None:
        """Send what there is to send. A cancelled run lets go of what has not gone out and waits for the rest."""
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
        """What earlier runs left in doubt is settled along with what this one leaves."""
        for entry in self._site.ledger.in_doubt():
            doubt = doubt_about(entry, self._since(entry))
            self._settling.add(doubt)
            self._lanes.block(doubt)

    def _since(self, entry: Entry) -> float:
        passed = (self._site.clock.now() - entry.doubted_at).total_seconds()
        return self._site.clock.monotonic() - max(passed, 0.0)

    async def _take(self, prepared: Prepared) -> None:
        await self._site.commits.write(*prepared.lines)
        self._done += len(prepared.lines)
        for job, entry in prepared.doubted:
            self._join(job, entry)
        self._ready.extend(prepared.jobs)
        await self._send_ready()
        if len(self._settling) > CROWD:
            await self._settle_all()
        self._progress(self._done)

    def _join(self, job: Job, entry: Entry | None) -> None:
        """A row of which an earlier call is in doubt waits for that to be settled."""
        if entry is not None:
            for doubt in self._settling.doubts:
                if doubt.source == job.source:
                    doubt.job = job
                    return
        rebuilt_at = self._site.ledger.rebuilt_at or self._site.clock.now()
        since = self._site.clock.monotonic() - max((self._site.clock.now() - rebuilt_at).total_seconds(), 0.0)
        body = dict(job.draft.body) if job.draft else {}
        self._settling.add(Doubt(job.source, "create", job.hash, body, "", since, job=job, whole=True))

    async def _send_ready(self) -> None:
        """Let every job out that may go; looking for what is in doubt may set free more."""
        while self._ready and not self.error:
            if self._in_a_row >= IN_A_ROW:
                await self._pause()
            elif self._settling.doubts and self._settling.next_look() <= self._site.clock.monotonic():
                await self._look()
            elif len(self._tasks) >= IN_FLIGHT or self._lanes.is_full(self._ready[0]):
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            else:
                job = self._ready.popleft()
                if self._lanes.enter(job):
                    self._start(job)

    def _start(self, job: Job) -> None:
        task = asyncio.create_task(self._handle(job))
        self._tasks[task] = job
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def _handle(self, job: Job) -> None:
        try:
            delivered = await deliver(self._site, job)
        except asyncio.CancelledError:
            raise
        except EtlError as error:
            self._end(error)
            return
        except Exception as error:  # a bug of ours stops the run; what is in doubt stays so
            self._end(EtlError.bug(error))
            return
        if delivered.date is not None and not self._dated:
            self._dated = True
            now = self._site.clock.now()
            await asyncio.to_thread(self._site.ledger.set_date, self._site.run_id, delivered.date, now)
        if delivered.state is State.UNKNOWN:
            self._in_a_row += not (delivered.reason or "").startswith((REFUSED, TOLD))
            self._settling.add(doubt_of(job, delivered.reason or "", self._site.run_id, self._site.clock.monotonic()))
            self._lanes.leave(job, in_doubt=True)
        else:
            self._done += 1
            if delivered.sent:
                self._in_a_row, self._relapse = 0, False
            self._next_in_lane(job)
        self._progress(self._done)

    def _next_in_lane(self, job: Job) -> None:
        following = self._lanes.leave(job)
        if following is not None and not self.error:
            self._start(following)

    def _end(self, error: EtlError) -> None:
        """The first error that waiting does not help is the run's; else the first."""
        if self.error is None or (self.error.waiting_helps and not error.waiting_helps):
            self.error = error

    # -- what is in doubt ----------------------------------------------------------------------------

    async def _pause(self) -> None:
        """Five in a row: nothing goes out until all doubts are settled. A second time, with nothing done in between,
        ends the run: the server still does not say what it does."""
        await self._drain()
        await self._settle_all()
        if self._relapse and not self.error:
            raise TryLater(
                f"{self._site.destination.name}: the outcomes of {IN_A_ROW} calls in a row were unknown, twice.",
                remedy="Run the same command again later: what is there already is not sent again.",
                resume_at=self._site.clock.now() + timedelta(seconds=OUTAGE_S),
            )
        self._in_a_row, self._relapse = 0, True

    async def _settle_all(self) -> None:
        """Wait until nothing is in doubt."""
        while self._settling.doubts and not self.error:
            wait_s = self._settling.next_look() - self._site.clock.monotonic()
            if wait_s > 0:
                await self._site.clock.sleep(wait_s)
            await self._look()

    async def _look(self) -> None:
        if self._site.target.reference is None:
            await self._drain()  # a record of a call under way would be anybody's
        settled = await self._settling.look()
        for doubt, state in settled.known:
            job = doubt.job
            self._ready.extend(self._lanes.unblock(doubt))
            if job is None:
                continue
            if state is State.DONE and doubt.hash != job.hash:
                job.action, job.remote_id = "update", None
                await self._edited(job)
            elif state is State.PENDING:
                job.tries += 1
                if job.tries < TRIES:
                    job.action = "create" if doubt.action == "create" else job.action
                    job.body = dict(job.draft.body) if job.draft and job.action == "create" else job.body
                    self._ready.append(job)
        self._progress(self._done)

    async def _edited(self, job: Job) -> None:
        """The row was edited after an earlier run sent it: it becomes an update."""
        entry = self._site.ledger.found([job.source]).get(job.source)
        if entry is None or entry.remote_id is None:
            return
        if self._site.target.update is None:
            line = Line(
                self._site.run_id,
                job.line,
                job.source,
                "skipped",
                entry.remote_id,
                message="It has changed since it was sent, and the API has no way to change it.",
            )
            await self._site.commits.write(line)
            return
        job.remote_id = entry.remote_id
        self._ready.append(job)

    async def _finish(self) -> None:
        """Settle what is left, and send what that sets free, until there is neither."""
        while not self.error:
            await self._send_ready()
            await self._drain()
            if self._in_a_row >= IN_A_ROW and self._settling.doubts:
                await self._pause()
            elif self._settling.doubts:
                await self._settle_all()
            elif not self._ready and not self._tasks:
                return

    async def _drain(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _let_go(self) -> None:
        """Stopped: what has not gone out stays pending, what has is waited for; what is still under way then stays
        SENDING, which the next run takes for unknown."""
        waiting = [task for task, job in self._tasks.items() if not job.sent]
        for task in waiting:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=DRAIN_S)
        for task in self._tasks:
            task.cancel()
