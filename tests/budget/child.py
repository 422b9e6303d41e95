"""A process that calls a server, singly and in groups, until killed: python -m tests.budget.child URL FILE N W."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import aiohttp

from etl.budget import Budget, WindowLimit, open_store
from etl.clock import SystemClock


async def main(url: str, place: str, limit: int, seconds: float) -> None:
    clock, term = SystemClock(), WindowLimit(f"{seconds:g}", seconds, limit)
    budgets = place if place.startswith("redis://") else Path(place)
    async with open_store(budgets, clock) as store, aiohttp.ClientSession() as session:
        budget = Budget("key", (term,), store=store, clock=clock, timezone="UTC")

        async def task(together: int) -> None:
            while True:
                async with budget.calls(together) as slots:
                    for slot in slots:
                        async with session.get(url) as answer:
                            slot.observe(answer.status, answer.headers)
                            await answer.read()

        await asyncio.gather(*(task(together) for together in (1, 1, 2, 3)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
