"""Run a verb to its end from synchronous code."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from etl.errors import TryLater
from etl.runs.report import RunReport
from etl.runs.stop import Stop, Stopped

T = TypeVar("T")


def finish(work: Coroutine[Any, Any, T], stop: Stop | None = None) -> T:
    """Run to the end, even inside a running event loop, such as a notebook's. Raises what the work raises, and TryLater
    if it was stopped before it had anything to save."""
    watched = (stop or Stop()).watch(work)
    try:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(watched)
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, watched).result()
    except asyncio.CancelledError:
        raise stopped() from None


def report_of(run: Coroutine[Any, Any, RunReport], stop: Stop | None = None) -> RunReport:
    """`finish` a run and return its report, even if it was stopped."""
    try:
        return finish(run, stop)
    except Stopped as early:
        return early.report


def stopped() -> TryLater:
    return TryLater("Stopped.", remedy="What came is kept, and the same call goes on from there.")
