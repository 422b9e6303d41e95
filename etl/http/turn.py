"""Reserve several calls at once, so that nothing waits for the budget between a read and the write after it.

A task that holds one slot while it waits for another could deadlock with a second one doing the same. So if a call has
to be repeated, or held slots have expired, all of them are given back, and slots for all remaining calls are requested
anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from etl.budget import CallBudget, Slot
from etl.systems.declare import ONE, Cost


class Turn:
    """Slots for several calls: made by `Client.turn`, and passed to each of its calls, one after another.

    `together` says of the current call, from its `ready` on, whether its slot was granted at the same moment as that
    of the call before. If not, time may have passed in between: because the limits never allow so many at once, a call
    was repeated, a pause began, or more calls were made than requested.
    """

    def __init__(self, budget: CallBudget, costs: Sequence[Cost]) -> None:
        self._budget = budget
        self._due = list(costs)
        self._last = ONE
        self._held: list[Slot] = []
        self._batch: AbstractAsyncContextManager[Sequence[Slot]] | None = None
        self._made = 0
        self.together = True

    async def take(self, cost: Cost = ONE) -> Slot:
        """The slot of the next attempt, of that cost."""
        self._due[:1] = [cost]
        if self._held and self._held[0].cost != cost:
            await self.end()
        if self._held and self._held[0].is_valid():
            self.together = True
        else:
            await self.begin()
            self.together = not self._made
        self._made += 1
        self._last = self._due.pop(0)
        return self._held.pop(0)

    async def again(self) -> None:
        """Prepare to repeat the last call, perhaps after a pause."""
        self._due.insert(0, self._last)
        await self.end()

    async def begin(self) -> None:
        """Wait until all remaining calls may go out. Raises BudgetSpent."""
        await self.end()
        batch = self._budget.calls(self._due or (ONE,))
        self._held = list(await batch.__aenter__())
        self._batch = batch

    async def end(self) -> None:
        """Give back unused slots, and record how the calls went."""
        batch, self._batch = self._batch, None
        if batch is not None:
            for slot in self._held:
                slot.unsent()
            self._held = []
            await batch.__aexit__(None, None, None)
