"""A run that is stopped: the pages that have come by then are landed, so that none of them is fetched again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from etl import paginate
from etl.extract import commit
from etl.paginate import Walked
from etl.runs.stop import Stopped
from tests.support.scripted import Server, offsets, shop
from tests.support.workplace import BIKES, Project

Task = asyncio.Task[Any]


def at_once(landing: Task, run: Task) -> None:
    """Stop the landing in the very step in which a page is handed to it."""
    landing.cancel()
    run.cancel()


def before_a_thread_is_free(landing: Task, run: Task) -> None:
    """Stop the landing while it waits for a thread, all of which are busy."""
    loop, free = asyncio.get_running_loop(), threading.Event()
    for _ in range(40):
        loop.run_in_executor(None, free.wait, 60)
    loop.call_later(20 * commit.GATHER_S, run.cancel)
    loop.call_later(40 * commit.GATHER_S, free.set)


@pytest.mark.parametrize("stop", [at_once, before_a_thread_is_free])
async def test_a_page_that_has_come_lands_whenever_the_run_is_stopped(
    stop: Callable[[Task, Task], None], project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = paginate.walk

    def stopping(*given: Any, **named: Any) -> AsyncGenerator[Walked[Any]]:
        landing = asyncio.current_task()
        assert landing is not None

        async def pages() -> AsyncGenerator[Walked[Any]]:
            number = 0
            async for walked in whole(*given, **named):
                number += 1
                if number == 2:
                    await asyncio.sleep(20 * commit.GATHER_S)  # the page before has landed, and this one is waited for
                    stop(landing, run)
                yield walked

        return pages()

    with Server(shop(60)) as server:
        project.configure(BIKES, server.base_url)
        monkeypatch.setattr(commit, "walk", stopping)
        run = asyncio.create_task(project.export())
        with pytest.raises(Stopped):
            await run
        monkeypatch.undo()
        asked = len(server.seen)
        report = await project.export()
        assert report.exit_code == 0
        assert int(offsets(server)[asked]) >= 18
