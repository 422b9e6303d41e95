"""Pages by offset: fetched ahead where the next offset can be foreseen, and with a row of the page before.

    asked     0 ........ 500
                     499 ........ 999          the row at 499 again: as long as it is the last of the page before,
                              998 ........     no row was skipped, whatever was deleted meanwhile

Where it is not, the walk goes back until a page holds a row of the one before. A server that refuses such offsets, or
rounds them, is asked without the overlap. At the end, what changed since the beginning is asked for once more.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from etl.errors import RemoteRefused
from etl.extract.ahead import Ahead, Parameters
from etl.extract.source import Read, Source
from etl.extract.walk import AHEAD, Walked, Window, circle
from etl.page import pointer
from etl.systems.declare import NextOffset

SMALLEST = 4
"""Pages of fewer rows are asked for without an overlap: it would be a large part of them."""
STEPS_BACK = 50


@dataclass(frozen=True)
class Tail:
    """The page before: its ids in their order, its offset, and the one it named next.

    `dense` where its rows fill the offsets up to the next: then the last of them must be found again.
    """

    ids: pl.Series
    offset: int
    following: int
    dense: bool

    @classmethod
    def of(cls, ids: pl.Series, offset: int, following: int, received: int, *, misfits: bool) -> Tail:
        return cls(ids, offset, following, ids.len() > 0 and not misfits and following - offset == received)


@dataclass(frozen=True)
class Beginning:
    """Where a walk begins: at its first page, or behind those that landed.

    `pages` landed, `done` of them in this round of paging. `begun` is the server's time on the first one. `expected`
    is how many the last complete walk had; beyond them, or without it, no more is asked for ahead than a quarter of
    what came, so that few calls are spent past the end.
    """

    parameters: Parameters
    pages: int = 0
    done: int = 0
    tail: Tail | None = None
    overlap: bool = True
    begun: datetime | None = None
    expected: int | None = None


class OffsetWalk:
    """One walk. `closing` gives the parameters for what changed since a time; None where nothing tells that."""

    def __init__(
        self,
        source: Source,
        paging: NextOffset,
        beginning: Beginning,
        *,
        closing: Callable[[datetime], Parameters] | None,
        window: Window,
    ) -> None:
        self._source = source
        self._paging = paging
        self._closing = closing
        self._window = window
        self._ahead = Ahead(source, window)
        self._first = beginning.parameters
        self._pages = beginning.pages
        self._done = beginning.done
        self._tail = beginning.tail
        self._overlap = beginning.overlap
        self._begun = beginning.begun
        self._expected = beginning.expected
        self._exact = beginning.tail.following if beginning.tail else self._offset(beginning.parameters)
        self._gaps: dict[int, str] = {}
        self._steps_back = 0

    async def walk(self) -> AsyncIterator[Walked]:
        """Each page in its order. Raises ProtocolBroken where an offset cannot be right."""
        asking: Parameters | None = self._first
        try:
            while asking is not None:
                try:
                    read = await self._ahead.page(asking, self._guesses(asking), self._pages + 1)
                except RemoteRefused:
                    if self._offset(asking) >= self._exact:
                        raise
                    asking = self._without_overlap(asking)
                    continue
                if self._is_gap(read) or self._is_rounded(read):
                    self._window.release()
                    self._ahead.in_vain(read)
                    asking = self._without_overlap(asking) if self._is_rounded(read) else self._instead(asking, read)
                    continue
                walked = self._walked(read)
                yield walked
                asking = walked.following
        finally:
            await self._ahead.drop()

    # -- what to ask for ---------------------------------------------------------------------------

    def _offset(self, parameters: Parameters) -> int:
        return int(parameters.get(self._paging.parameter, "0"))

    def _at(self, parameters: Parameters, offset: int) -> Parameters:
        return {**parameters, self._paging.parameter: str(offset)}

    def _guesses(self, asking: Parameters) -> list[Parameters]:
        if self._tail is None or self._offset(asking) <= self._tail.offset:
            return []
        stride = self._tail.following - self._tail.offset
        step = stride - self._overlapping(stride)
        known = (self._expected or 0) - self._done
        ahead = min(AHEAD, known if known > 0 else -known // 4 + 1)
        return [self._at(asking, self._offset(asking) + step * n) for n in range(1, ahead)]

    def _overlapping(self, stride: int) -> int:
        return int(self._overlap and stride >= SMALLEST)

    def _without_overlap(self, asking: Parameters) -> Parameters:
        self._overlap = False
        return self._at(asking, self._exact)

    # -- whether rows are missing ------------------------------------------------------------------

    def _is_gap(self, read: Read) -> bool:
        offset, tail = self._offset(read.parameters), self._tail
        if tail is None or not tail.dense or not self._overlap or offset == 0 or read.has_misfits:
            return False
        if offset < self._exact:
            last = tail.ids[-1]
            return not (read.ids.len() and read.ids[0] == last) and last not in read.ids
        return self._went_back and not tail.ids.is_in(read.ids.implode()).any()

    def _is_rounded(self, read: Read) -> bool:
        """Whether a page that was asked for with a row again names no next one but itself: a server that rounds such
        offsets down, or one whose last page is an empty one."""
        if self._offset(read.parameters) >= self._exact:
            return False
        named = str(pointer(read.envelope, self._paging.pointer))
        return re.fullmatch(r"\d{1,18}", named) is not None and int(named) <= self._exact

    @property
    def _went_back(self) -> bool:
        return self._tail is not None and self._exact < self._tail.following

    def _instead(self, asking: Parameters, read: Read) -> Parameters:
        """Further back; without the overlap where the step back came to the same gap again: rows that move would have
        moved on."""
        first = read.ids[0] if read.ids.len() else ""
        if self._gaps.get(self._exact) == first:
            return self._without_overlap(asking)
        if self._steps_back > STEPS_BACK:
            raise circle(f"{self._source.name}, page {self._pages + 1}", "the rows move faster than they can be read.")
        self._gaps[self._exact], self._steps_back = first, self._steps_back + 1
        assert self._tail is not None  # else there is no gap
        stride = self._tail.following - self._tail.offset
        self._exact = max(0, self._offset(asking) - stride)
        return self._at(asking, self._exact)

    # -- how it goes on ----------------------------------------------------------------------------

    def _walked(self, read: Read) -> Walked:
        self._begun = self._begun or read.date
        offset, received = self._offset(read.parameters), read.parsed.received
        following = self._named(read, received)
        self._pages, self._done = self._pages + 1, self._done + 1
        if following is None:
            return Walked.of(read, self._another_round(), overlap=self._overlap)
        self._tail = Tail.of(read.ids, offset, following, received, misfits=read.has_misfits)
        self._exact = following
        asking = self._at(read.parameters, following - self._overlapping(following - offset))
        return Walked.of(read, asking, overlap=self._overlap)

    def _named(self, read: Read, received: int) -> int | None:
        """The next offset that a page names, checked."""
        named = pointer(read.envelope, self._paging.pointer)
        where = f"{self._source.name}, page {self._pages + 1}"
        if named is None:
            return None
        if not re.fullmatch(r"\d{1,18}", str(named)):
            raise circle(where, "the next offset is no number.")
        if int(named) <= self._exact:
            raise circle(where, "the next offset does not advance.")
        if received == 0:
            raise circle(where, "the page is empty, and yet has a next one.")
        return int(named)

    def _another_round(self) -> Mapping[str, str] | None:
        """What changed since the beginning, once."""
        if self._closing is None or self._begun is None:
            return None
        parameters, self._closing = self._closing(self._begun), None
        self._tail, self._exact, self._done, self._expected = None, 0, 0, None
        return parameters
