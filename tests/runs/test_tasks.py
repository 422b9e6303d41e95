"""Work side by side: the first error ends the rest, and comes out as it is."""

from __future__ import annotations

import asyncio

import pytest

from etl.errors import TryLater
from etl.runs.concurrency import to_its_end, together


async def test_all_of_it_is_done_on_return() -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)

    await together(work(1), work(2), work(3))
    assert sorted(done) == [1, 2, 3]


async def test_the_first_error_ends_the_others_and_comes_out_as_it_is() -> None:
    ended: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    async def failing() -> None:
        await asyncio.sleep(0)
        raise TryLater("The server is away.")

    with pytest.raises(TryLater, match="away"):
        await together(endless(), failing(), endless())
    assert ended == ["ended", "ended"]


async def test_who_is_cancelled_cancels_all_of_it() -> None:
    running: list[str] = []

    async def endless() -> None:
        running.append("began")
        try:
            await asyncio.Event().wait()
        finally:
            running.append("ended")

    task = asyncio.create_task(together(endless(), endless()))
    while len(running) < 2:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert running == ["began", "began", "ended", "ended"]


async def test_what_nothing_breaks_off_is_over_when_the_cancellation_is_raised() -> None:
    gate, done = asyncio.Event(), []

    async def work() -> None:
        await gate.wait()
        done.append(True)

    task = asyncio.create_task(to_its_end(work()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == [True]
