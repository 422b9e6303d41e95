"""How many pages may be under way: each holds a lease, from before it is asked for until it is used."""

from __future__ import annotations

import asyncio

AHEAD = 8
"""How many pages of a stream may be asked for, or received and not yet durable."""


class Lease:
    """A page's place in the window. Whoever is done with the page releases it; a second time does nothing."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places: asyncio.Semaphore | None = places

    def release(self) -> None:
        places, self._places = self._places, None
        if places is not None:
            places.release()


class PageWindow:
    """Places for so many pages."""

    def __init__(self, size: int) -> None:
        self._places = asyncio.Semaphore(size)

    async def lease(self) -> Lease:
        """Wait for a place."""
        await self._places.acquire()
        return Lease(self._places)

    async def lease_if_free(self) -> Lease | None:
        """A place, None where there is none at once."""
        return None if self._places.locked() else await self.lease()
