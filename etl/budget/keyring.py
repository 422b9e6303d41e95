"""The budgets of an account with several keys, as one.

Each key has calls of its own, and the next ones go to the key with most of them left.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from etl.budget.account_state import Priority
from etl.budget.budget import Budget
from etl.budget.protocol import Slot
from etl.budget.snapshot import LimitState, Snapshot
from etl.errors import BudgetSpent
from etl.systems.declare.limits import ONE, Cost

FAR = datetime.max.replace(tzinfo=UTC)


class Keyring:
    """Does what a Budget does. The budgets stand in the order of the keys, and number their slots by it."""

    def __init__(self, budgets: Sequence[Budget]) -> None:
        self._budgets = budgets
        self._asking = [0] * len(budgets)

    @asynccontextmanager
    async def call(self, priority: Priority | None = None, *, cost: Cost = ONE) -> AsyncIterator[Slot]:
        async with self.calls((cost,), priority) as (slot,):
            yield slot

    @asynccontextmanager
    async def calls(
        self, calls: int | Sequence[Cost], priority: Priority | None = None
    ) -> AsyncIterator[Sequence[Slot]]:
        """Hold slots of one key. Raises BudgetSpent where every key is, with the time of the first to have calls."""
        spent: list[BudgetSpent] = []
        count = calls if isinstance(calls, int) else sum(cost.weight for cost in calls)
        for number in self._most_left_first():
            self._asking[number] += count
            try:
                async with AsyncExitStack() as stack:
                    try:
                        slots = await stack.enter_async_context(self._budgets[number].calls(calls, priority))
                    except BudgetSpent as error:
                        spent.append(error)
                        continue
                    yield slots
                    return
            finally:
                self._asking[number] -= count
        raise min(spent, key=lambda error: error.resume_at or FAR)

    async def pause(self, seconds: float) -> None:
        """Stop the calls of every key: which one a server means is not told."""
        for budget in self._budgets:
            await budget.pause(seconds)

    async def snapshot(self) -> Snapshot:
        return _together([await budget.snapshot() for budget in self._budgets])

    def last_snapshot(self) -> Snapshot:
        return _together([budget.last_snapshot() for budget in self._budgets])

    @property
    def has_called(self) -> bool:
        return any(budget.has_called for budget in self._budgets)

    async def recall(self, known: Callable[[datetime], Sequence[datetime]]) -> int:
        """Count calls that are known from elsewhere, if no key knows of any: for each of them, since nobody knows by
        which they went out. Return how many."""
        await self.snapshot()
        return 0 if self.has_called else max([await budget.recall(known) for budget in self._budgets])

    def _most_left_first(self) -> list[int]:
        """The keys in order; one that is paused comes last."""

        def left(number: int) -> tuple[bool, float]:
            seen = self._budgets[number].last_snapshot()
            room = min((limit.left for limit in seen.limits if not limit.endpoint), default=math.inf)
            return seen.paused_until is not None, self._asking[number] - room

        return sorted(range(len(self._budgets)), key=left)


def _together(snapshots: Sequence[Snapshot]) -> Snapshot:
    """What all keys have together; a pause ends with the first that does."""
    windows: dict[str, LimitState] = {}
    pauses = [one.paused_until for one in snapshots if one.paused_until is not None]
    for limit in (limit for one in snapshots for limit in one.limits):
        if (before := windows.get(limit.window)) is None:
            windows[limit.window] = limit
            continue
        windows[limit.window] = replace(
            before,
            limit=before.limit + limit.limit,
            reserve=before.reserve + limit.reserve,
            used=before.used + limit.used,
            foreign=before.foreign + limit.foreign,
            left=before.left + limit.left,
            ends_at=min(filter(None, (before.ends_at, limit.ends_at)), default=None),
        )
    return Snapshot(
        limits=tuple(windows.values()),
        under_way=sum(one.under_way for one in snapshots),
        waiting=sum(one.waiting for one in snapshots),
        paused_until=min(pauses) if len(pauses) == len(snapshots) else None,
        sent=sum(one.sent for one in snapshots),
        refused=sum(one.refused for one in snapshots),
    )
