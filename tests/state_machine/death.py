"""A push that dies at its n-th commit to the ledger, in this process: from then on nothing of it becomes durable."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

TRIES = 200
OURS = re.compile(r"/etl/(push|http|budget|state|extract)/")


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours catches it."""


class Death:
    """`nth` 0 lets it live. With `before` the n-th commit is lost, else it is the last that holds."""

    def __init__(self, nth: int, before: bool) -> None:
        self._left, self._before, self._lives = nth, before, nth == 0
        self.came = False

    def commit(self, connection: Any) -> None:
        dead = self.came
        self._left -= 1
        self.came = dead or (not self._lives and self._left == 0)
        if dead or (self.came and self._before):
            connection.rollback()
        else:
            connection.commit()
        if self.came:
            raise Killed


@contextmanager
def dying(nth: int, before: bool) -> Iterator[Death]:
    """Databases that are opened meanwhile and are called ledger.db take their commits from it."""
    death = Death(nth, before)

    class Mortal(sqlite3.Connection):
        ledger = False

        def commit(self) -> None:
            death.commit(super()) if self.ledger else super().commit()

    def connect(path: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: Any = opened(path, *arguments, **{**options, "factory": Mortal})
        connection.ledger = str(path).endswith("ledger.db")
        alive.append(connection)
        return alive[-1]

    opened, alive = sqlite3.connect, list[sqlite3.Connection]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", connect)
        yield death
    for connection in alive if death.came else ():
        connection.close()  # as the end of a process does: what it held is free


async def _buried() -> None:
    """End what the push had under way: tasks of its own that nobody waits for any more. The server's go on."""
    for _ in range(TRIES):
        left = {task for task in asyncio.all_tasks() if OURS.search(repr(task))}
        if not left:
            return
        for task in left:
            task.cancel()
        done, _ = await asyncio.wait(left, timeout=0.02)
        for task in done:
            task.cancelled() or task.exception()


async def until_death(work: Coroutine[Any, Any, Any], death: Death) -> Any:
    """What the work comes to; None where it died before."""
    task = asyncio.ensure_future(work)
    for _ in range(10_000):
        await asyncio.wait({task}, timeout=0.01)
        if task.done() or death.came:
            break
    for _ in range(TRIES):
        if task.done():
            break
        task.cancel()
        await asyncio.wait({task}, timeout=0.02)
    assert task.done(), "the push did not end"
    await _buried()
    if task.cancelled():
        return None
    error = task.exception()
    if death.came:
        return None
    if error is not None:
        raise error
    return task.result()
