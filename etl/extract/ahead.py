"""Pages asked for before their turn, in the order in which they are expected."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from etl.extract.source import Read, Source
from etl.extract.walk import Window

Parameters = Mapping[str, str]


@dataclass(frozen=True)
class Asked:
    """A page under way. `sent` has an entry for each call that it took so far."""

    parameters: Parameters
    task: asyncio.Task[Read]
    sent: list[None]


class Ahead:
    """The pages of one walk that are under way."""

    def __init__(self, source: Source, window: Window) -> None:
        self._source = source
        self._window = window
        self._asked: deque[Asked] = deque()

    async def page(self, parameters: Parameters, guesses: Sequence[Parameters], number: int) -> Read:
        """The page of these parameters; meanwhile the guesses are asked for, as far as the window allows.

        `number` is the page's, for errors. Raises what `Source.page` raises.
        """
        if [asked.parameters for asked in self._asked] != [parameters, *guesses][: len(self._asked)]:
            await self.drop()
        if not self._asked:
            await self._window.acquire()
            self._ask(parameters, number)
        head = self._asked.popleft()
        for guess in guesses[len(self._asked) :]:
            if self._window.locked():
                break
            await self._window.acquire()
            self._ask(guess, number + 1 + len(self._asked))
        try:
            return await head.task
        except BaseException:
            self._window.release()
            raise

    def _ask(self, parameters: Parameters, number: int) -> None:
        sent: list[None] = []
        where = f"{self._source.name}, page {number}"
        page = self._source.page(parameters, where, sent=lambda: sent.append(None))
        self._asked.append(Asked(parameters, asyncio.create_task(page), sent))

    async def drop(self) -> None:
        """Give up what is under way; what it cost counts as fetched in vain."""
        given_up, self._asked = list(self._asked), deque()
        for asked in given_up:
            asked.task.cancel()
        for asked, outcome in zip(
            given_up, await asyncio.gather(*(a.task for a in given_up), return_exceptions=True), strict=True
        ):
            self._window.release()
            self.in_vain(outcome if isinstance(outcome, Read) else None, len(asked.sent))

    def in_vain(self, read: Read | None, calls: int = 1) -> None:
        """Count calls whose page is not used."""
        self._source.client.calls.over_fetched += calls
        if read is not None:
            read.staged.discard()
