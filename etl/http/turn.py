"""Leave for several calls at once, so that nothing waits for the budget between a reading and the writing after it.

Whoever held one slot while he waits for another could wait for ever for somebody who does the same. So where a call has
to be made once more, or what is held has grown too old, all of it is given back, and leave for all that is still to be
made is asked for anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from etl.budget import CallBudget, Slot


class Turn:
    """Made by `Client.turn`, and handed to each of its calls, one after another.

    `together` says of the call that goes out now, from its `ready` on, whether it got leave in the same moment as the
    one before it. Where it did not, time may have passed in between: because the limits never allow so many at once,
    a call was repeated, a pause began, or more calls were made than were asked for.
    """

    def __init__(self, budget: CallBudget, calls: int) -> None:
        self._budget = budget
        self._due = calls
        self._held: list[Slot] = []
        self._batch: AbstractAsyncContextManager[Sequence[Slot]] | None = None
        self._made = 0
        self.together = True

    async def take(self) -> Slot:
        """The slot of the next attempt."""
        if self._held and self._held[0].is_valid():
            self.together = True
        else:
            await self.begin()
            self.together = not self._made
        self._made += 1
        self._due = max(self._due - 1, 0)
        return self._held.pop(0)

    async def again(self) -> None:
        """The call before is to be made once more, perhaps after a pause."""
        self._due += 1
        await self.end()

    async def begin(self) -> None:
        """Wait until all calls that are due may go out. Raises BudgetSpent."""
        await self.end()
        batch = self._budget.calls(max(self._due, 1))
        self._held = list(await batch.__aenter__())
        self._batch = batch

    async def end(self) -> None:
        """Give back what is held, and write down how the calls went."""
        batch, self._batch = self._batch, None
        if batch is not None:
            for slot in self._held:
                slot.unsent()
            self._held = []
            await batch.__aexit__(None, None, None)
