"""Pages asked for before their turn, in the order in which they are expected."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from etl.paginate.pager import PageFacts, Parameters
from etl.paginate.window import Lease, PageWindow

P = TypeVar("P", bound=PageFacts)


class Reader(Protocol[P]):
    """Asks for one page, judges it, and hands its records on or keeps them with the page."""

    def where(self, number: int) -> str:
        """The page of that number, counted from 1, as errors name it."""

    async def page(self, parameters: Parameters, number: int, sent: Callable[[], None]) -> P:
        """The page of these parameters; `sent` is called for each call that goes out. Raises what the client raises."""

    def in_vain(self, page: P | None, calls: int) -> None:
        """Let go of a page that is not used, and count the calls that it took."""


class PendingPage(Generic[P]):
    """A page under way, which holds its place in the window."""

    def __init__(self, reader: Reader[P], parameters: Parameters, number: int, lease: Lease) -> None:
        self.parameters = parameters
        self._reader = reader
        self._lease = lease
        self._calls = 0
        self._task = asyncio.create_task(reader.page(parameters, number, self._count))

    def _count(self) -> None:
        self._calls += 1

    async def arrive(self) -> tuple[P, Lease]:
        """The page with its place. Raises what the reader raises; the place is then free."""
        try:
            return await self._task, self._lease
        except BaseException:
            self._lease.release()
            raise

    def cancel(self) -> None:
        self._task.cancel()

    async def given_up(self) -> None:
        """What it cost counts as fetched in vain."""
        (outcome,) = await asyncio.gather(self._task, return_exceptions=True)
        self._lease.release()
        self._reader.in_vain(None if isinstance(outcome, BaseException) else outcome, self._calls)


class Prefetch(Generic[P]):
    """The pages of one walk that are under way."""

    def __init__(self, reader: Reader[P], window: PageWindow) -> None:
        self._reader = reader
        self._window = window
        self._asked: deque[PendingPage[P]] = deque()

    async def page(self, parameters: Parameters, guesses: Sequence[Parameters], number: int) -> tuple[P, Lease]:
        """The page of these parameters; meanwhile the guesses are asked for, as far as the window allows.

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
        """Give up what is under way."""
        dropped, self._asked = list(self._asked), deque()
        for asked in dropped:
            asked.cancel()
        for asked in dropped:
            await asked.given_up()
