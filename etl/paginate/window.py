"""Bound the pages under way: each holds a lease, from before its request until it is used."""

from __future__ import annotations

import asyncio

AHEAD = 8
"""How many pages of a stream may be requested, or received and not yet durable."""


class Lease:
    """A page's slot in the window. Released by the consumer of the page; a second release does nothing."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places: asyncio.Semaphore | None = places

    def release(self) -> None:
        places, self._places = self._places, None
        if places is not None:
            places.release()


class PageWindow:
    """Slots for `size` pages."""

    def __init__(self, size: int) -> None:
        self._places = asyncio.Semaphore(size)

    async def lease(self) -> Lease:
        """Wait for a free slot."""
        await self._places.acquire()
        return Lease(self._places)

    async def lease_if_free(self) -> Lease | None:
        """A slot if one is free, else None."""
        return None if self._places.locked() else await self.lease()
