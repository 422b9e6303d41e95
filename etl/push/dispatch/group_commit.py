"""Write the steps of the rows in flight to the ledger in groups: one fsync serves them all."""

from __future__ import annotations

import asyncio

from etl.state.entries import Write
from etl.state.ledger import Ledger

GATHERED = 4
"""Turns of the event loop in which steps taken at nearly the same moment are gathered: a transaction of one step costs
as much as one of thirty."""


class GroupCommit:
    """Group commit: `write` returns when its steps are durable; concurrent callers share the transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: list[tuple[tuple[Write, ...], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, *writes: Write) -> None:
        """Write steps, durably on return. Raises what writing raises; then none of them was written."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((writes, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await done

    async def close(self) -> None:
        """Wait until all steps are written."""
        if self._writing is not None:
            await self._writing

    async def _write_all(self) -> None:
        while self._waiting:
            for _ in range(GATHERED):
                await asyncio.sleep(0)
            batch, self._waiting = self._waiting, []
            error = await self._write(batch)
            for _, done in batch:
                if not done.done():
                    done.set_exception(error) if error else done.set_result(None)
        self._writing = None

    async def _write(self, batch: list[tuple[tuple[Write, ...], asyncio.Future[None]]]) -> Exception | None:
        try:
            await asyncio.to_thread(self._ledger.write, [write for writes, _ in batch for write in writes])
        except Exception as error:  # handed on to every waiting caller
            return error
        return None
