"""Steps of the rows in flight, written to the ledger together: one fsync serves them all."""

from __future__ import annotations

import asyncio

from etl.state.entries import Write
from etl.state.ledger import Ledger

GATHERED = 4
"""Turns of the event loop in which steps come together that are taken at nearly the same moment: a transaction of one
step costs as much as one of thirty."""


class GroupCommit:
    """`write` returns when its steps are durable; whoever waits at the same time shares the transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: list[tuple[tuple[Write, ...], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, *writes: Write) -> None:
        """Raises what writing raises; then none of the steps was taken."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((writes, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await done

    async def close(self) -> None:
        """What was given is written."""
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
        except Exception as error:  # whoever waits is to know
            return error
        return None
