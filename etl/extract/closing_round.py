"""Walk everything, then once more what changed since the walk began."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from etl.paginate import PageFacts, Pager, Parameters
from etl.paginate.pager import NextStep

UNSURE = timedelta(days=1)
"""How far before our clock the changes are requested if no answer told the server's time."""
ABSURD = timedelta(days=366)
"""A Date that is so much earlier than our clock tells nothing."""


class TwoRounds(Pager):
    """A walk of two rounds. `again` begins the second one at its parameters, with or without overlap; `changes` returns
    the parameters for what changed since a time; `server_time` is that of a first page that landed before, and `began`
    is when the walk did, by our clock.
    """

    def __init__(
        self,
        pager: Pager,
        again: Callable[[Parameters, bool], Pager],
        changes: Callable[[datetime], Parameters],
        *,
        server_time: datetime | None,
        began: datetime,
    ) -> None:
        self.needs_ids, self.any_size = pager.needs_ids, pager.any_size
        self._pager = pager
        self._again = again
        self._changes = changes
        self._server_time = server_time
        self._began = began
        self._is_second = False

    def take(self, asked: Parameters, page: PageFacts) -> NextStep:
        onward = self._pager.take(asked, page)
        if onward.used:
            self._note_time(page)
        if onward.following is not None or self._is_second:
            return onward
        following = self._changes(self._server_time or self._began - UNSURE)
        self._pager, self._is_second = self._again(following, onward.overlap), True
        return replace(onward, following=following)

    def _note_time(self, page: PageFacts) -> None:
        """Of two clocks that disagree, the earlier one misses nothing."""
        self._server_time = self._server_time or page.server_time
        if page.date is not None and self._began - page.date < ABSURD:
            self._began = min(self._began, page.date)

    def guesses(self, asking: Parameters) -> Sequence[Parameters]:
        return self._pager.guesses(asking)

    def refused(self, asked: Parameters) -> Parameters | None:
        return self._pager.refused(asked)
