"""Request pages before their turn, in the expected order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from etl.paginate.pager import PageFacts, Parameters
from etl.paginate.window import Lease, PageWindow

P = TypeVar("P", bound=PageFacts)


class Reader(Protocol[P]):
    """Requests one page, checks it, and passes its records on or keeps them with the page."""

    def where(self, number: int) -> str:
        """The page of that number, counted from 1, as errors name it."""

    async def page(self, parameters: Parameters, number: int, sent: Callable[[], None]) -> P:
        """The page of these parameters; `sent` is called for each call that goes out. Raises what the client raises."""

    def over_fetched(self, page: P | None, calls: int) -> None:
        """Discard a page that is not used, and count the calls that it took."""


class PendingPage(Generic[P]):
    """A page under way, which holds its slot in the window."""

    def __init__(self, reader: Reader[P], parameters: Parameters, number: int, lease: Lease) -> None:
        self.parameters = parameters
        self._reader = reader
        self._lease = lease
        self._calls = 0
        self._task = asyncio.create_task(reader.page(parameters, number, self._count))

    def _count(self) -> None:
        self._calls += 1

    async def arrive(self) -> tuple[P, Lease]:
        """The page with its lease. Raises what the reader raises, after releasing the lease."""
        try:
            return await self._task, self._lease
        except BaseException:
            self._lease.release()
            raise

    def cancel(self) -> None:
        self._task.cancel()

    async def abandoned(self) -> None:
        """Release the lease, and count its calls as over-fetched."""
        (outcome,) = await asyncio.gather(self._task, return_exceptions=True)
        self._lease.release()
        self._reader.over_fetched(None if isinstance(outcome, BaseException) else outcome, self._calls)


class Prefetch(Generic[P]):
    """The pages of one walk that are under way, in order."""

    def __init__(self, reader: Reader[P], window: PageWindow) -> None:
        self._reader = reader
        self._window = window
        self._asked: deque[PendingPage[P]] = deque()

    async def page(self, parameters: Parameters, guesses: Sequence[Parameters], number: int) -> tuple[P, Lease]:
        """The page of these parameters; meanwhile request the guesses, as far as the window allows.

        Raises what the reader raises.
        """
        if [asked.parameters for asked in self._asked] != [parameters, *guesses][: len(self._asked)]:
            await self.drop()
        if not self._asked:
            self._ask(parameters, number, await self._window.lease())
        head = self._asked.popleft()
        for guess in guesses[len(self._asked) :]:
            lease = await self._window.lease_if_free()
            if lease is None:
                break
            self._ask(guess, number + 1 + len(self._asked), lease)
        return await head.arrive()

    def _ask(self, parameters: Parameters, number: int, lease: Lease) -> None:
        self._asked.append(PendingPage(self._reader, parameters, number, lease))

    async def drop(self) -> None:
        """Cancel all pages under way."""
        dropped, self._asked = list(self._asked), deque()
        for asked in dropped:
            asked.cancel()
        for asked in dropped:
            await asked.abandoned()
