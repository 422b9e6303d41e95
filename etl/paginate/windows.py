"""Page by windows of dates, from the first day to today, each of which has pages of its own.

A window that shows as many rows as the server shows at most may hold more: it is asked for again by halves, down to a
day. What it showed is kept, and comes again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from etl.paginate.pager import InvalidPaging, NextStep, PageFacts, Pager, Parameters, WalkStart
from etl.paginate.request import opening, window
from etl.paginate.window import AHEAD
from etl.systems.declare import DateWindows, WholeList
from etl.systems.declare.paging import parameters_of

DAY = timedelta(days=1)


class WindowsPager(Pager):
    """A walk of a walk for each window, which `inner` begins. `_rows` are those of the window so far."""

    needs_ids = True

    def __init__(self, paging: DateWindows, start: WalkStart, inner: Callable[[WalkStart], Pager]) -> None:
        self._paging = paging
        self._start = start
        self._inner = inner
        own = self._window(start.first)
        earlier = [page for page in start.earlier if self._window(page.parameters) == own]
        self._rows = sum(page.received for page in earlier)
        self._pager = inner(replace(start, earlier=earlier, expected=None))

    def _window(self, parameters: Parameters) -> tuple[date, date]:
        return date.fromisoformat(parameters[self._paging.begin]), date.fromisoformat(parameters[self._paging.end])

    def _first(self, asked: Parameters, begin: date, end: date | None = None) -> Parameters:
        """The parameters of the first page of a window."""
        own = parameters_of(self._paging.pages).values()
        kept = {name: value for name, value in asked.items() if name not in own}
        return {**kept, **opening(self._paging.pages), **window(self._paging, begin, end)}

    def _is_last(self, end: date) -> bool:
        """Whether a window reaches behind today, wherever the server is on earth."""
        return end - DAY > self._start.today

    def guesses(self, asking: Parameters) -> Sequence[Parameters]:
        if not isinstance(self._paging.pages, WholeList):
            return self._pager.guesses(asking)
        found = [asking]
        while len(found) < AHEAD and not self._is_last(end := self._window(found[-1])[1]):
            found.append(self._first(asking, end))
        return found[1:]

    def refused(self, asked: Parameters, status: int | None = None) -> NextStep | None:
        return self._pager.refused(asked, status)

    def take(self, asked: Parameters, page: PageFacts) -> NextStep:
        (begin, end), step = self._window(asked), self._pager.take(asked, page)
        self._rows += page.received if step.used else 0
        if step.following is not None:
            return step
        if self._rows >= self._paging.most:
            if end - begin <= DAY:
                raise InvalidPaging("a day holds as many rows as the server shows at most: others may be missing.")
            following = self._first(asked, begin, begin + (end - begin) // 2)
        elif self._is_last(end):
            return step
        else:
            following = self._first(asked, end)
        self._rows = 0
        self._pager = self._inner(
            replace(self._start, first=following, earlier=(), expected=None, overlap=step.overlap)
        )
        return replace(step, following=following)
