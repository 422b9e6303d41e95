"""Stopping from outside: at once, from any thread, with the exit code that the run is to end with."""

from __future__ import annotations

import asyncio
import threading

import pytest

from etl.runs.stop import Stop
from tests.support.clock import settle


async def endless() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("code", [130, 143])
async def test_what_is_watched_is_cancelled_from_another_thread_and_the_code_is_kept(code: int) -> None:
    stop = Stop()
    watched = asyncio.create_task(stop.watch(endless()))
    await settle()
    caller = threading.Thread(target=stop.now, args=(code,))
    caller.start()
    caller.join()
    await settle()
    assert watched.done()
    with pytest.raises(asyncio.CancelledError) as cancelled:
        await watched
    assert (stop.exit_code, cancelled.value.args) == (code, ())


async def test_the_first_request_decides_the_code() -> None:
    stop = Stop()
    stop.now(130)
    stop.now()
    assert stop.exit_code == 130


async def test_without_a_code_it_is_a_termination_and_without_a_request_an_interruption() -> None:
    stop = Stop()
    assert stop.exit_code == 130
    stop.now()
    assert stop.exit_code == 143


async def test_what_comes_after_a_request_does_not_begin() -> None:
    stop, begun = Stop(), []
    stop.now()

    async def work() -> None:
        begun.append(True)

    with pytest.raises(asyncio.CancelledError):
        await stop.watch(work())
    assert begun == []


async def test_a_request_after_the_end_harms_nobody() -> None:
    stop = Stop()
    await stop.watch(asyncio.sleep(0))
    stop.now()
    await settle()
