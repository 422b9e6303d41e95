"""Limit how often an account calls: several limits at once, none ever exceeded, shared by every process.

    async with budget.call() as slot:          waits for its turn; raises BudgetSpent if the run should park
        answer = await send()
        slot.observe(answer.status, answer.headers)

    async with budget.calls(2) as slots:       both at once or none: nothing waits between the first and the second

The tasks of one process wait in one queue (etl.budget.admission), whose head asks the store for its turn
(etl.budget.decision decides). What every answer says about limits goes into the shared state (etl.budget.feedback).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

from etl.budget.account_state import LATE_S, AccountState, Priority
from etl.budget.admission import Admission, Attempts, QueuedRequest
from etl.budget.attempt import Attempt, share_out
from etl.budget.day import midnight_before
from etl.budget.dead_processes import reap
from etl.budget.decision import Requester, Wait, ask, claim
from etl.budget.feedback import learn, pause
from etl.budget.limits import WindowLimit, check
from etl.budget.protocol import Slot, WaitNotice
from etl.budget.sliding_window import width
from etl.budget.snapshot import Snapshot, snapshot
from etl.budget.store import Act, BudgetStore, T
from etl.clock import Clock
from etl.errors import BudgetSpent, EtlError
from etl.systems.declare.limits import ONE, Cost

LOG = logging.getLogger("etl")

REAP_S = 1.0
"""How often to look for dead processes while calls have to wait."""

SOON_S = 0.01
"""How late other processes may learn that a call is over: until then it holds its slots, as one under way."""

ROUNDING_S = 0.01
"""A run that returns at the very moment may be early by a rounding error: a wait this short is never parked."""

HOUR_S = 3600.0
"""How far back calls may count in a window that nobody declared."""

KEPT = "What came so far is kept; the same command goes on from there."


class Budget:
    """One account's budget in one process. `terms` are the limits of an etl.toml, `configuration` says of which one.

    Raises ConfigurationError for limits that could never let a call through.
    """

    def __init__(
        self,
        key: str,
        terms: tuple[WindowLimit, ...],
        *,
        store: BudgetStore,
        clock: Clock,
        timezone: str,
        configuration: str = "",
        priority: Priority = Priority.EXPORT,
        max_wait_s: float = 900,
        wait: bool = False,
        at_once: int | None = None,
        on_wait: Callable[[WaitNotice | None], None] | None = None,
        of: int = 0,
    ) -> None:
        for term in terms:
            check(term, "budget")
        self._key, self._store, self._clock = key, store, clock
        self._requester = Requester(store.session, configuration, terms, timezone, priority, at_once=at_once)
        self._max_wait_s, self._wait, self._of, self._on_wait = max_wait_s, wait, of, on_wait
        self._admissions: dict[str, Admission] = {}
        endpoints = {"", *(term.endpoint for term in terms)}
        self._terms = {at: tuple(term for term in terms if term.endpoint in ("", at)) for at in endpoints}
        self._over: list[Attempt] = []
        self._timer: asyncio.TimerHandle | None = None
        self._settling: asyncio.Task[None] | None = None
        self._reaped = -REAP_S
        self._complained: set[str] = set()

    def __repr__(self) -> str:
        return f"Budget({self.last_snapshot()})"

    @asynccontextmanager
    async def call(self, priority: Priority | None = None, *, cost: Cost = ONE) -> AsyncIterator[Slot]:
        admission, attempts = await self._admit((cost,), priority)
        try:
            yield attempts[0]
        finally:
            await self._end(admission, attempts)

    @asynccontextmanager
    async def calls(
        self, calls: int | Sequence[Cost], priority: Priority | None = None
    ) -> AsyncIterator[Sequence[Slot]]:
        costs = (ONE,) * calls if isinstance(calls, int) else tuple(calls)
        admission, attempts = await self._admit(costs, priority)
        try:
            yield attempts
        finally:
            await self._end(admission, attempts)

    async def pause(self, seconds: float) -> None:
        await self._change(lambda state, now: pause(state, now, seconds))

    async def snapshot(self) -> Snapshot:
        def look(state: AccountState, now: float) -> Snapshot:
            claim(state, now, self._requester)
            return snapshot(state, now, self._requester, self._clock.now())

        return await self._change(look)

    @property
    def has_called(self) -> bool:
        """Whether a call was ever counted, as far as this process has seen."""
        return self._store.last_seen(self._key).facts.sent > 0

    async def recall(self, known: Callable[[datetime], Sequence[datetime]]) -> int:
        """Count calls that are known from elsewhere, if this budget knows of none: it may be lost. Return how many.

        `known` lists them from a time on: today's midnight, or an hour ago if that is earlier, or the longest window.
        """
        if await self._change(lambda state, now: state.facts.sent):
            return 0
        now = self._store.now()
        today = midnight_before(now, self._requester.zone)
        longest = max([HOUR_S, *(width(term.seconds or 0.0) for term in self._requester.terms)])
        times = sorted(known(datetime.fromtimestamp(min(today, now - longest), UTC)))

        def count(state: AccountState, now: float) -> int:
            if state.facts.sent:  # another process was first
                return 0
            claim(state, now, self._requester)
            for at in times:
                number = state.send(self._requester.session, min(at.timestamp(), now))
                state.receive(number, min(at.timestamp(), now))
            return len(times)

        return await self._change(count)

    async def close(self) -> None:
        """Leave the queue. Calls under way settle by themselves."""
        for admission in self._admissions.values():
            await admission.close()
        if self._timer is not None:
            self._timer.cancel()
        if self._settling is not None:
            await asyncio.wait([self._settling])
        if self._over:
            await self._settle()

    def last_snapshot(self) -> Snapshot:
        state = self._store.last_seen(self._key)
        return snapshot(state, self._store.now(), self._requester, self._clock.now())

    def _admission_of(self, costs: tuple[Cost, ...]) -> Admission:
        """The queue for calls of these endpoints: who waits for one's own limits keeps nobody else waiting."""
        name = " ".join(sorted({cost.endpoint for cost in costs if cost.endpoint})) if costs != (ONE,) else ""
        known = self._admissions.get(name)
        if known is None:
            session = f"{self._store.session} {name}".rstrip()
            known = self._admissions[name] = Admission(
                partial(self._ask, session), self._give_back, now=self._store.now, clock=self._clock,
                on_wait=self._on_wait,
            )  # fmt: skip
        return known

    async def _ask(self, session: str, batch: Sequence[QueuedRequest]) -> tuple[list[Attempts], Wait | EtlError | None]:
        def act(state: AccountState, now: float) -> tuple[list[Attempts], Wait | EtlError | None]:
            claim(state, now, self._requester)
            given: list[Attempts] = []
            for asked in batch:
                try:
                    answer = self._asked(state, now, asked, session)
                except EtlError as error:  # keep what was granted before it
                    return given, error
                if isinstance(answer, Wait):
                    return given, answer
                shares = share_out(answer, asked.place.costs)
                given.append(tuple(Attempt(*own, now, self._store.now, self._seen, self._of) for own in shares))
            return given, None

        given, more = await self._change(act)
        return given, (self._parks(more) or more) if isinstance(more, Wait) else more

    def _asked(self, state: AccountState, now: float, asked: QueuedRequest, session: str) -> tuple[int, ...] | Wait:
        own, place = self._requester, asked.place
        costs = place.costs if any(cost != ONE for cost in place.costs) else ()
        requester = own._replace(
            session=session, priority=place.priority, calls=asked.wanted, together=place.together, costs=costs
        )
        answer = ask(state, now, requester)
        if isinstance(answer, Wait) and now - self._reaped >= REAP_S:
            self._reaped = now
            if reap(state, now, self._store.is_gone):
                answer = ask(state, now, requester)
        return answer

    def _seen(self) -> AccountState:
        return self._store.last_seen(self._key)

    def _parks(self, wait: Wait) -> BudgetSpent | None:
        """The error that parks the run instead of waiting, or None."""
        seconds = wait.until - self._store.now()
        if self._wait or wait.reason in ("window", "turn") or (wait.reason == "pause" and seconds <= self._max_wait_s):
            return None
        if seconds < ROUNDING_S:
            return None
        reason = "The calls of this day are spent."
        if wait.reason == "pause":
            reason = f"The server asks to wait {seconds:.0f} s."
        return BudgetSpent(reason, remedy=KEPT, resume_at=_whole_second(self._clock.now() + timedelta(seconds=seconds)))

    async def _admit(self, costs: tuple[Cost, ...], priority: Priority | None) -> tuple[Admission, Attempts]:
        admission = self._admission_of(costs)
        return admission, await admission.admit(self._requester.priority if priority is None else priority, costs)

    async def _give_back(self, attempts: Attempts) -> None:
        self._over += attempts
        await self._settle()

    async def _end(self, admission: Admission, attempts: Attempts) -> None:
        """Record that calls are over: at once if others must stop, or if it is unknown when a call ended."""
        admission.under_way -= len(attempts)
        self._over += attempts
        if any(attempt.alarming for attempt in attempts):
            await asyncio.shield(self._settle())
        else:
            self._settle_soon()

    def _settle_soon(self) -> None:
        """Record with the next change, or alone if none comes soon: an ordinary answer can wait."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SOON_S, self._settle_now)

    def _settle_now(self) -> None:
        self._timer = None
        if self._over:
            self._settling = asyncio.create_task(self._settle())
            # if this fails, the next call tries again and reports it
            self._settling.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _settle(self) -> None:
        await self._change(lambda state, now: None)

    async def _change(self, act: Act[T]) -> T:
        """Change the state, after recording how finished calls ended and what their answers reported."""
        over, self._over = self._over, []
        if self._timer is not None:  # this change records what the timer would have
            self._timer.cancel()
            self._timer = None

        def whole(state: AccountState, now: float) -> tuple[list[str], T]:
            complaints = [complaint for attempt in over for complaint in self._settled(state, now, attempt)]
            return complaints, act(state, now)

        try:
            complaints, result = await self._store.change(self._key, whole)
        except BaseException:
            self._over = over + self._over
            raise
        for complaint in complaints:
            if complaint not in self._complained:
                self._complained.add(complaint)
                LOG.warning("%s: a header is ignored: %s.", self._configuration_name(), complaint)
        return result

    def _settled(self, state: AccountState, now: float, attempt: Attempt) -> list[str]:
        state.land(attempt.numbers[0])
        if attempt.never_sent:
            for number in attempt.numbers:
                state.withdraw(number)
            return []
        answer, terms = attempt.answer, self._terms.get(attempt.cost.endpoint, self._terms[""])
        complaints = learn(state, now, answer, terms) if answer else []
        # a call without an answer may still reach the server
        for number in attempt.numbers:
            state.receive(number, min(answer.received, now) if answer else now + LATE_S)
        return complaints

    def _configuration_name(self) -> str:
        return self._requester.configuration.rpartition("#")[2] or "budget"


def _whole_second(at: datetime) -> datetime:
    """Round up to a whole second, tolerating a rounding error: midnight stays midnight."""
    floor = (at - timedelta(seconds=ROUNDING_S)).replace(microsecond=0)
    return floor + timedelta(seconds=1)
