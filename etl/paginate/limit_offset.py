"""Page by an offset that we reckon: as by one that the server names, which is what each page is made to look like."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from etl.paginate.offset import OffsetPager
from etl.paginate.pager import Earlier, InvalidPaging, NextStep, PageFacts, Parameters, WalkStart
from etl.paginate.told import must_hold, number_told
from etl.systems.declare import LimitOffset, NextOffset


@dataclass(frozen=True)
class CountedPage:
    """A page, with the next offset as we reckon it in the place of its envelope."""

    page: PageFacts
    following: int | None

    @property
    def envelope(self) -> Mapping[str, int | None]:
        return {"following": self.following}

    @property
    def received(self) -> int:
        return self.page.received

    @property
    def ids(self) -> pl.Series:
        return self.page.ids

    @property
    def contents(self) -> Sequence[Hashable]:
        return self.page.contents

    @property
    def date(self) -> datetime | None:
        return self.page.date

    @property
    def server_time(self) -> datetime | None:
        return self.page.server_time

    @property
    def headers(self) -> Mapping[str, str]:
        return self.page.headers


@dataclass(frozen=True)
class EarlierCounted:
    """A landed page that was not the last."""

    page: Earlier
    offset: int

    @property
    def parameters(self) -> Parameters:
        return self.page.parameters

    @property
    def received(self) -> int:
        return self.page.received

    def read(self) -> CountedPage:
        return CountedPage(self.page.read(), self.offset + self.received)


class LimitOffsetPager(OffsetPager):
    """A walk by offset. `_full` is how many rows the first page has.

    Where nothing tells how many rows there are, a first page with fewer than were asked for may be all of them, or as
    many as the server shows: what follows it tells. A server that takes no offset but whole pages is asked for the
    second one, and while `_must_end` is set that has to be empty.
    """

    def __init__(self, paging: LimitOffset, start: WalkStart) -> None:
        self._rows, self._size = paging.rows, paging.size.rows
        self._full = start.earlier[0].received if start.earlier else None
        self._must_end = False
        earlier = [EarlierCounted(page, int(page.parameters.get(paging.parameter, "0"))) for page in start.earlier]
        super().__init__(NextOffset(paging.parameter, "following"), replace(start, earlier=earlier))

    def take(self, asked: Parameters, page: PageFacts) -> NextStep:
        offset, rows = self._offset(asked), number_told(page, self._rows, "rows")
        if self._must_end and page.received:
            raise InvalidPaging("the pages are shorter than asked for, and begin at no other row than whole ones.")
        if self._full == 1 and not page.received and rows is None:
            return NextStep(None, overlap=self._overlap)  # a list of one row has no row before another
        again = self._is_shown_again(offset, page)
        if again and offset >= self._exact:
            following = self._second(asked)
            if following is None:
                raise InvalidPaging("the page shows the same records as one before.")
            return NextStep(following, used=False, overlap=self._overlap)
        shown = self._tail.offset if again and self._tail is not None else offset
        step = super().take(asked, CountedPage(page, self._following_of(shown, page, rows)))
        if rows is not None and self._tail is not None:
            self._expected = -(-rows // (self._tail.stride - self._overlapping(self._tail)))
        return step

    def refused(self, asked: Parameters, status: int | None = None) -> NextStep | None:
        second = super().refused(asked, status)
        if second is None and (following := self._second(asked)) is not None:
            second = NextStep(following, used=False)
        return second

    def _second(self, asked: Parameters) -> Parameters | None:
        """The second page, where the first was short of what was asked for and no offset between them is taken."""
        if self._rows is not None or self._must_end or self._offset(asked) != self._full or self._full >= self._size:
            return None
        self._must_end = True
        return self._at(asked, self._size)

    def _following_of(self, offset: int, page: PageFacts, rows: int | None) -> int | None:
        """The offset behind a page, None at the end. Raises InvalidPaging if the list is shorter than it says."""
        if page.received and self._rows is not None and rows is None:
            raise InvalidPaging("the answer does not tell how many rows there are.")
        following = offset + page.received
        if rows is not None:
            if not page.received:
                must_hold(rows, offset)
            return following if following < rows else None
        full, self._full = self._full, page.received if self._full is None else self._full
        return following if page.received and page.received >= (full or 0) else None

    def _is_shown_again(self, offset: int, page: PageFacts) -> bool:
        """Whether a page begins as the one before, which was of a lower offset: the server rounds, or stands still."""
        tail = self._tail
        if tail is None or offset <= tail.offset or not page.received:
            return False
        return page.ids[0] is not None and page.ids[0] == tail.page.ids[0]

    def _is_same(self, page: PageFacts, shown: PageFacts) -> bool:
        return page.received > 0 and list(page.contents) == list(shown.contents)
