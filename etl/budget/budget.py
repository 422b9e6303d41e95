"""How often an account may call: several limits at once, none of them ever exceeded, shared by every process.

    async with budget.call() as slot:          waits for its turn; raises BudgetSpent where the run should park
        answer = await send()
        slot.observe(answer.status, answer.headers)

The tasks of one process stand in a queue of their own, a push before an export; its head asks the store for all of
them (etl.budget.turn decides). What every answer says of the limits goes into the shared book (etl.budget.learn).
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aiolimiter import AsyncLimiter

from etl.budget.book import LATE_S, Book, Priority
from etl.budget.call_budget import Slot, Waiting
from etl.budget.learn import Answer, learn, pause
from etl.budget.reap import reap
from etl.budget.snapshot import Snapshot, snapshot
from etl.budget.store import Store
from etl.budget.terms import Term, check
from etl.budget.turn import Asker, Wait, ask, claim
from etl.clock import Clock
from etl.errors import BudgetSpent

LOG = logging.getLogger("etl")

COMEBACK = 5
"""Calls a second that a process makes right after a pause, so that fifty waiting tasks do not return as one."""

COMEBACK_S = 5.0
"""How long it goes on like that."""

REAP_S = 1.0
"""While calls have to wait, dead processes are looked for so often."""

ROUNDING_S = 0.01
"""Who comes back at the very moment may be early by a rounding: so short a time is waited for."""

SHORTEST_S = 1e-4
"""No sleep is shorter: a time that was rounded down must not make a loop spin."""

KEPT = "What came so far is kept; the same command goes on from there."


@dataclass(slots=True)
class _Attempt:
    number: int
    sent: float
    now: Callable[[], float]
    answer: Answer | None = None
    never_sent: bool = False

    def observe(self, status: int, headers: Mapping[str, str]) -> None:
        self.answer = Answer(self.sent, self.now(), status, headers)

    def unsent(self) -> None:
        self.never_sent = True


@dataclass(order=True, slots=True)
class _Place:
    """A place in this process's own queue."""

    priority: Priority
    order: int
    ready: asyncio.Future[_Attempt] = field(compare=False)


class Budget:
    """One account's budget in one process. `terms` and `configuration` are what etl.toml says, and which one it is.

    Raises ConfigurationError for terms that could never let a call through.
    """

    def __init__(
        self,
        key: str,
        terms: tuple[Term, ...],
        *,
        store: Store,
        clock: Clock,
        timezone: str,
        configuration: str = "",
        priority: Priority = Priority.EXPORT,
        max_wait_s: float = 900,
        wait: bool = False,
        on_wait: Callable[[Waiting | None], None] | None = None,
    ) -> None:
        for term in terms:
            check(term, "budget")
        self._key, self._store, self._clock = key, store, clock
        self._asker = Asker(store.session, configuration, terms, timezone, priority)
        self._max_wait_s, self._wait, self._on_wait = max_wait_s, wait, on_wait
        self._queue: list[_Place] = []
        self._order = itertools.count()
        self._pump: asyncio.Task[None] | None = None
        self._comeback: tuple[AsyncLimiter, float] | None = None
        self._reaped = -REAP_S
        self._complained: set[str] = set()

    def __repr__(self) -> str:
        return f"Budget({self.standing()})"

    @asynccontextmanager
    async def call(self, priority: Priority | None = None) -> AsyncIterator[Slot]:
        attempt = await self._admit(self._asker.priority if priority is None else priority)
        try:
            yield attempt
        finally:
            await asyncio.shield(self._settle(attempt))

    async def pause(self, seconds: float) -> None:
        await self._store.change(self._key, lambda book, now: pause(book, now, seconds))

    async def snapshot(self) -> Snapshot:
        def look(book: Book, now: float) -> Snapshot:
            claim(book, now, self._asker)
            return snapshot(book, now, self._asker, self._clock.now())

        return await self._store.change(self._key, look)

    async def close(self) -> None:
        """Leave the queue. Calls under way settle by themselves."""
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump

    def standing(self) -> Snapshot:
        book = self._store.seen(self._key)
        return snapshot(book, self._store.now(), self._asker, self._clock.now())

    async def _admit(self, priority: Priority) -> _Attempt:
        if not self._queue and self._comeback is None:
            answer = await self._ask(priority)
            if isinstance(answer, _Attempt):
                return answer
        place = _Place(priority, next(self._order), asyncio.get_running_loop().create_future())
        heapq.heappush(self._queue, place)
        if self._pump is None:
            self._pump = asyncio.create_task(self._serve())
        try:
            return await place.ready
        except asyncio.CancelledError:
            if place.ready.done() and not place.ready.cancelled() and place.ready.exception() is None:
                attempt = place.ready.result()
                attempt.unsent()
                await asyncio.shield(self._settle(attempt))
            raise

    async def _serve(self) -> None:
        """Ask for the head of the queue until it is empty. What one learns, all learn: they want the same slots."""
        try:
            while self._head() is not None:
                await self._come_back()
                if (head := self._head()) is None:
                    break
                calls = sum(place.priority == head.priority and not place.ready.done() for place in self._queue)
                answer = await self._ask(head.priority, calls)
                if isinstance(answer, Wait):
                    await self._pass(answer)
                elif (head := self._head()) is not None:  # a push may have come in between
                    heapq.heappop(self._queue).ready.set_result(answer)
                else:
                    answer.unsent()
                    await self._settle(answer)
        except Exception as error:  # whoever waits is to know
            self._refuse(error)
        finally:
            self._pump = None
            self._refuse(asyncio.CancelledError())

    def _head(self) -> _Place | None:
        while self._queue and self._queue[0].ready.done():
            heapq.heappop(self._queue)
        return self._queue[0] if self._queue else None

    def _refuse(self, error: BaseException) -> None:
        for place in self._queue:
            if not place.ready.done():
                place.ready.cancel() if isinstance(error, asyncio.CancelledError) else place.ready.set_exception(error)
        self._queue.clear()

    async def _ask(self, priority: Priority, calls: int = 1) -> _Attempt | Wait:
        asker = replace(self._asker, priority=priority, calls=calls)

        def act(book: Book, now: float) -> _Attempt | Wait:
            answer = ask(book, now, asker)
            if isinstance(answer, Wait) and now - self._reaped >= REAP_S:
                self._reaped = now
                if reap(book, now, self._store.is_gone):
                    answer = ask(book, now, asker)
            return answer if isinstance(answer, Wait) else _Attempt(answer, now, self._store.now)

        answer = await self._store.change(self._key, act)
        if isinstance(answer, Wait):
            self._park(answer)
        return answer

    def _park(self, wait: Wait) -> None:
        seconds = wait.until - self._store.now()
        if self._wait or wait.reason in ("window", "turn") or (wait.reason == "pause" and seconds <= self._max_wait_s):
            return
        if seconds < ROUNDING_S:
            return
        reason = "The calls of this day are spent."
        if wait.reason == "pause":
            reason = f"The server asks to wait {seconds:.0f} s."
        raise BudgetSpent(reason, remedy=KEPT, resume_at=_whole_second(self._clock.now() + timedelta(seconds=seconds)))

    async def _pass(self, wait: Wait) -> None:
        if wait.reason == "pause":
            self._comeback = AsyncLimiter(1, 1 / COMEBACK), wait.until + COMEBACK_S
        if self._on_wait is not None and wait.reason != "turn":
            left = max(wait.until - self._store.now(), 0.0)
            self._on_wait(Waiting(wait.reason, self._clock.now() + timedelta(seconds=left), left))
        try:
            await self._clock.sleep(max(wait.seconds, SHORTEST_S))
        finally:
            if self._on_wait is not None and wait.reason != "turn":
                self._on_wait(None)

    async def _come_back(self) -> None:
        if self._comeback is not None:
            limiter, until = self._comeback
            if self._store.now() >= until:
                self._comeback = None
            else:
                await limiter.acquire()

    async def _settle(self, attempt: _Attempt) -> None:
        """Write down how an attempt ended, and what its answer told."""

        def act(book: Book, now: float) -> list[str]:
            if attempt.never_sent:
                book.withdraw(attempt.number)
                return []
            answer = attempt.answer
            told = learn(book, now, answer, self._asker.terms) if answer else []
            # a call without an answer may yet arrive
            book.receive(attempt.number, min(answer.received, now) if answer else now + LATE_S)
            return told

        for complaint in await self._store.change(self._key, act):
            if complaint not in self._complained:
                self._complained.add(complaint)
                LOG.warning("%s: a header is ignored: %s.", self._configuration_name(), complaint)

    def _configuration_name(self) -> str:
        return self._asker.configuration.rpartition("#")[2] or "budget"


def _whole_second(at: datetime) -> datetime:
    """The next whole second, but for a rounding: midnight stays midnight."""
    floor = (at - timedelta(seconds=ROUNDING_S)).replace(microsecond=0)
    return floor + timedelta(seconds=1)
