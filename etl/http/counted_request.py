"""Pass every attempt at a request through the budget, and count it.

aiohttp itself repeats a GET once when a kept-alive connection turns out dead; a middleware sees that too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import aiohttp

from etl.budget import STOPS, CallBudget, Slot
from etl.http.answer import Bounds
from etl.http.turn import Turn
from etl.systems.declare import ONE, Cost

if TYPE_CHECKING:
    from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

Ready: TypeAlias = Callable[[], Awaitable[None]]
Sign: TypeAlias = "Callable[[ClientRequest, Slot], Awaitable[None]]"


@dataclass
class Calls:
    """Counts of an account's calls. `sent` counts every attempt, including those that aiohttp makes by itself, and one
    that counts as several as those."""

    sent: int = 0
    retried: int = 0
    limited: int = 0
    over_fetched: int = 0


@dataclass
class Counted:
    """The middleware of one request. `ready` is awaited when an attempt's turn has come, after `sign`, which puts
    the credential in; `once` forbids another. A call without a turn is over with its head, or, where only so many may
    be under way, when `until` ends: with its body."""

    budget: CallBudget
    calls: Calls
    bounds: Bounds
    ready: Ready
    once: bool
    turn: Turn | None
    sign: Sign
    cost: Cost = ONE
    until: AsyncExitStack | None = None
    attempts: int = 0

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        self.attempts += 1
        if self.once and self.attempts > 1:
            raise aiohttp.ServerDisconnectedError
        if self.turn is not None:
            if self.attempts > 1:
                await self.turn.again()
            answer = await self._attempt(await self.turn.take(self.cost), request, handler)
            if answer.status in STOPS:
                await self.turn.end()
            return answer
        if self.until is None:
            async with self.budget.call(cost=self.cost) as slot:
                return await self._attempt(slot, request, handler)
        async with AsyncExitStack() as call:
            slot = await call.enter_async_context(self.budget.call(cost=self.cost))
            answer = await self._attempt(slot, request, handler)
            if answer.status not in STOPS:
                await self.until.enter_async_context(call.pop_all())
            return answer

    async def _attempt(self, slot: Slot, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        try:
            await self.sign(request, slot)
            await self.ready()
        except BaseException:
            slot.unsent()
            raise
        self.calls.sent += self.cost.weight
        try:
            async with asyncio.timeout(self.bounds.head_s):
                answer = await handler(request)
        except aiohttp.ClientConnectorError:
            slot.unsent()
            raise
        slot.observe(answer.status, answer.headers)
        return answer
