"""Page by number, with prefetch as far as the end is known, or as it was the last time.

Numbered pages share no rows, so nothing shows that one follows the one before. Where the answers tell how many rows
there are, and that falls, rows were deleted and others slid to a page that was read already: the walk steps back by as
many pages. A row that is deleted while another one is inserted shows nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from etl.paginate.pager import InvalidPaging, NextStep, PageFacts, Pager, Parameters, WalkStart, pages_ahead
from etl.paginate.told import EMPTY, ShownPages, must_hold, next_link, number_told
from etl.paginate.window import AHEAD
from etl.systems.declare import PageNumber

STEPS_BACK = 50


class NumberPager(Pager):
    """A walk by number. `_full` is how many rows the first page has, `_last` the number of the last page, as far as the
    answers tell; `_held` are the rows of each page."""

    needs_ids = True

    def __init__(self, paging: PageNumber, start: WalkStart) -> None:
        self._paging = paging
        self._restless = start.restless
        self._expected = start.expected
        self._held = {self._number(page.parameters): page.received for page in start.earlier}
        self._shown = ShownPages(start.earlier)
        self._last: int | None = None
        self._rows = number_told(start.earlier[-1].read(), paging.rows, "rows") if start.earlier else None
        self._steps_back = 0

    def _number(self, parameters: Parameters) -> int:
        return int(parameters.get(self._paging.parameter, self._paging.first))

    def _at(self, parameters: Parameters, number: int) -> Parameters:
        return {**parameters, self._paging.parameter: str(number)}

    @property
    def _full(self) -> int:
        return self._held.get(self._paging.first, 0)

    def guesses(self, asking: Parameters) -> Sequence[Parameters]:
        number = self._number(asking)
        if self._last is not None:
            ahead = min(AHEAD, self._last - number + 1)
        else:
            ahead = pages_ahead(self._expected, len(self._held)) if self._held else 1
        return [self._at(asking, number + n) for n in range(1, ahead)]

    def take(self, asked: Parameters, page: PageFacts) -> NextStep:
        number, fallen = self._number(asked), self._fallen(page)
        if fallen and number > self._paging.first:
            return NextStep(self._at(asked, self._further_back(number, fallen)), used=False)
        self._shown.add(page)
        self._held[number] = page.received
        if self._is_end(number, page):
            if self._rows is not None:
                must_hold(self._rows, sum(self._held.values()))
            return NextStep(None)
        if not page.received:
            raise InvalidPaging(EMPTY)
        return NextStep(self._at(asked, number + 1))

    def _fallen(self, page: PageFacts) -> int:
        """By how many rows the list is shorter than at the page before."""
        before = self._rows
        self._rows = number_told(page, self._paging.rows, "rows")
        return max(before - self._rows, 0) if before is not None and self._rows is not None else 0

    def _further_back(self, number: int, fallen: int) -> int:
        self._steps_back += 1
        if self._steps_back > STEPS_BACK:
            raise InvalidPaging("the rows move faster than they can be read.", self._restless)
        target = max(self._paging.first, number - -(-fallen // max(self._full, 1)))
        self._held = {one: rows for one, rows in self._held.items() if one < target or one == self._paging.first}
        self._shown, self._last = ShownPages(), None
        return target

    def _is_end(self, number: int, page: PageFacts) -> bool:
        paging, place = self._paging, number - self._paging.first + 1
        pages = number_told(page, paging.pages, "pages")
        if page.received and ((paging.pages and pages is None) or (paging.rows and self._rows is None)):
            raise InvalidPaging("the answer does not tell how many pages or rows there are.")
        if pages is not None:
            if page.received and place > pages:
                raise InvalidPaging(f"the answer says {pages} pages, but it is page {place} of them.")
            self._last = paging.first + pages - 1
            return place >= pages
        if self._rows is not None:
            self._last = paging.first - 1 - -self._rows // max(self._full, 1)
            return not page.received or sum(self._held.values()) >= self._rows
        if paging.more is not None and next_link(page, paging.more) is not None:
            return False
        return not page.received or (paging.size is not None and page.received < self._full)
