"""Tasks that end together, and work that nothing breaks off."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def together(*work: Coroutine[Any, Any, None]) -> None:
    """Return when all of it is done. Raises the first error as it is, when the others have ended."""
    try:
        async with asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(each)
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None


async def to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Await what goes on in a thread, whatever happens here; a cancellation is raised when it has ended."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
