"""Walk everything, then once more what changed since the walk began."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from etl.paginate import PageFacts, Pager, Parameters
from etl.paginate.pager import NextStep

UNSURE = timedelta(days=1)
"""How far before our clock the changes are requested if the first answer did not tell the server's time."""
ABSURD = timedelta(days=366)
"""A Date that is so much earlier than our clock tells nothing."""


def changes_from(page: PageFacts, began: datetime) -> datetime:
    """From when on the changes are requested, by the page that was fetched first: the server's time, else a day before
    the earlier of both clocks: of two that disagree, that one misses nothing. `began` is when, by our clock."""
    if page.server_time is not None:
        return page.server_time
    if page.date is not None and began - page.date < ABSURD:
        began = min(began, page.date)
    return began - UNSURE


class TwoRounds(Pager):
    """A walk of two rounds. `again` begins the second one at its parameters, with or without overlap; `changes` returns
    the parameters for what changed since a time. `since` is that time where the first page has landed before; else the
    first page tells it, and none behind it makes it later. `began` is when the walk did, by our clock.
    """

    def __init__(
        self,
        pager: Pager,
        again: Callable[[Parameters, bool], Pager],
        changes: Callable[[datetime], Parameters],
        *,
        since: datetime | None,
        began: datetime,
    ) -> None:
        self.needs_ids, self.any_size = pager.needs_ids, pager.any_size
        self._pager = pager
        self._again = again
        self._changes = changes
        self._since = since
        self._began = began
        self._is_second = False

    def take(self, asked: Parameters, page: PageFacts) -> NextStep:
        onward = self._pager.take(asked, page)
        if onward.used:
            self._note_time(page)
        if onward.following is not None or self._is_second:
            return onward
        assert self._since is not None  # the last page of a round is used
        following = self._changes(self._since)
        self._pager, self._is_second = self._again(following, onward.overlap), True
        return replace(onward, following=following)

    def _note_time(self, page: PageFacts) -> None:
        told = changes_from(page, self._began)
        if self._since is None or page.date is not None:
            self._since = min(self._since or told, told)

    def guesses(self, asking: Parameters) -> Sequence[Parameters]:
        return self._pager.guesses(asking)

    def refused(self, asked: Parameters, status: int | None = None) -> NextStep | None:
        return self._pager.refused(asked, status)
