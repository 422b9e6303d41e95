"""Page by offset, with prefetch where the next offset can be predicted, and an overlap of one row.

    requested 0 ........ 500
                     499 ........ 999          the row at 499 again: as long as it is the last of the page before,
                              998 ........     no row was skipped, whatever was deleted in the meantime

If it is not, the walk steps back until a page contains a row of the one before. A server that refuses such offsets, or
rounds them, is walked without the overlap.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from etl.decode.envelope import pointer
from etl.paginate.pager import InvalidPaging, NextStep, PageFacts, Pager, Parameters, Thoroughness, WalkStart
from etl.paginate.window import AHEAD
from etl.systems.declare import NextOffset

STEPS_BACK = 50
NUMBER = re.compile(r"\d{1,18}")


@dataclass(frozen=True)
class Tail:
    """The page before: its ids in order, its offset, and the next offset that it named.

    The next page is requested from `overlap` offsets before that; if `proves`, it must contain the last id again.
    """

    ids: pl.Series
    offset: int
    following: int
    overlap: int
    proves: bool

    @classmethod
    def of(cls, page: PageFacts, offset: int, following: int, thoroughness: Thoroughness) -> Tail:
        stride = following - offset
        unshown = stride - page.received
        overlap = int(stride >= thoroughness.smallest)
        proves = page.ids.len() > 0 and not page.has_misfits
        if thoroughness.sure and 0 < unshown < stride // 2:
            overlap += unshown
        elif thoroughness.sure:
            proves = proves and unshown <= 0
        else:
            proves = proves and unshown == 0
        return cls(page.ids, offset, following, overlap, proves)

    @property
    def stride(self) -> int:
        return self.following - self.offset


class OffsetPager(Pager):
    """A walk by offset. `_exact` is the offset that the server named itself, or that the walk stepped back to."""

    needs_ids = True

    def __init__(self, paging: NextOffset, start: WalkStart) -> None:
        self._paging = paging
        self._thoroughness = start.thoroughness
        self._overlap = start.overlap
        self._expected = start.expected
        self._done = len(start.earlier)
        self._tail = self._tail_of(start)
        self._exact = self._tail.following if self._tail else self._offset(start.first)
        self._gaps: dict[int, str] = {}
        self._steps_back = 0

    def _tail_of(self, start: WalkStart) -> Tail | None:
        if not start.earlier:
            return None
        last = start.earlier[-1]
        page = last.read()
        named = self._named(page)
        return None if named is None else Tail.of(page, self._offset(last.parameters), int(named), self._thoroughness)

    # -- what to ask for ---------------------------------------------------------------------------

    def _offset(self, parameters: Parameters) -> int:
        return int(parameters.get(self._paging.parameter, "0"))

    def _at(self, parameters: Parameters, offset: int) -> Parameters:
        return {**parameters, self._paging.parameter: str(offset)}

    def guesses(self, asking: Parameters) -> Sequence[Parameters]:
        if self._tail is None or self._offset(asking) <= self._tail.offset:
            return []
        step = self._tail.stride - self._overlapping(self._tail)
        known = (self._expected or 0) - self._done
        ahead = min(AHEAD, known if known > 0 else -known // 4 + 1)
        return [self._at(asking, self._offset(asking) + step * n) for n in range(1, ahead)]

    def _overlapping(self, tail: Tail) -> int:
        return tail.overlap if self._overlap else 0

    def refused(self, asked: Parameters) -> Parameters | None:
        """The offset that the server named itself, if the refused one was ours."""
        return None if self._offset(asked) >= self._exact else self._without_overlap(asked)

    def _without_overlap(self, asking: Parameters) -> Parameters:
        self._overlap = False
        return self._at(asking, self._exact)

    # -- what a page amounts to --------------------------------------------------------------------

    def take(self, asked: Parameters, page: PageFacts) -> NextStep:
        if self._is_rounded(asked, page):
            return NextStep(self._without_overlap(asked), used=False)
        if self._is_gap(asked, page):
            return NextStep(self._further_back(asked, page), used=False)
        following = self._following(page)
        self._done += 1
        if following is None:
            return NextStep(None, overlap=self._overlap)
        self._tail = Tail.of(page, self._offset(asked), following, self._thoroughness)
        self._exact = following
        return NextStep(self._at(asked, following - self._overlapping(self._tail)), overlap=self._overlap)

    def _named(self, page: PageFacts) -> Any:
        return pointer(page.envelope, self._paging.pointer)

    def _following(self, page: PageFacts) -> int | None:
        """The next offset that a page names, validated."""
        named = self._named(page)
        if named is None:
            return None
        if not NUMBER.fullmatch(str(named)):
            raise InvalidPaging("the next offset is not a number.")
        if int(named) <= self._exact:
            raise InvalidPaging("the next offset does not advance.")
        if page.received == 0:
            raise InvalidPaging("the page is empty, and yet has a next one.")
        return int(named)

    # -- whether rows are missing ------------------------------------------------------------------

    def _is_rounded(self, asked: Parameters, page: PageFacts) -> bool:
        """Whether a page requested with the overlap names itself as the next one: the server rounds such offsets down,
        or its last page is empty."""
        named = str(self._named(page))
        return self._offset(asked) < self._exact and bool(NUMBER.fullmatch(named)) and int(named) <= self._exact

    def _is_gap(self, asked: Parameters, page: PageFacts) -> bool:
        """Whether rows may have moved past unseen between the page before and this one."""
        offset, tail = self._offset(asked), self._tail
        if tail is None or not tail.proves or not self._overlap or offset == 0 or page.has_misfits:
            return False
        if offset < self._exact:
            last = tail.ids[-1]
            return not (page.ids.len() and page.ids[0] == last) and last not in page.ids
        went_back = self._exact < tail.following
        return went_back and not tail.ids.is_in(page.ids.implode()).any()

    def _further_back(self, asked: Parameters, page: PageFacts) -> Parameters:
        """Step further back; drop the overlap if the step back led to the same gap again: rows that move would have
        moved on."""
        first = page.ids[0] if page.ids.len() else ""
        if self._gaps.get(self._exact) == first:
            return self._without_overlap(asked)
        if self._steps_back > STEPS_BACK:
            raise InvalidPaging("the rows move faster than they can be read.", self._thoroughness.restless)
        self._gaps[self._exact], self._steps_back = first, self._steps_back + 1
        assert self._tail is not None  # else there is no gap
        self._exact = max(0, self._offset(asked) - self._tail.stride)
        return self._at(asked, self._exact)
