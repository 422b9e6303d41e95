"""A walk through everything, and behind it one more through what changed since it began."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from etl.paginate import PageFacts, Pager, Parameters
from etl.paginate.pager import Onward


class ThenChanges(Pager):
    """`again` begins the second round at its parameters, with the overlap or without; `changes` gives those for what
    changed since a time; `begun` is the server's time on the first page, where that landed before.

    Where no page tells the server's time, there is no second round.
    """

    def __init__(
        self,
        pager: Pager,
        again: Callable[[Parameters, bool], Pager],
        changes: Callable[[datetime], Parameters],
        begun: datetime | None,
    ) -> None:
        self.needs_ids, self.any_size = pager.needs_ids, pager.any_size
        self._pager = pager
        self._again = again
        self._changes = changes
        self._begun = begun
        self._is_second = False

    def take(self, asked: Parameters, page: PageFacts) -> Onward:
        onward = self._pager.take(asked, page)
        if onward.used:
            self._begun = self._begun or page.date
        if onward.following is not None or self._is_second or self._begun is None:
            return onward
        following = self._changes(self._begun)
        self._pager, self._is_second = self._again(following, onward.overlap), True
        return replace(onward, following=following)

    def guesses(self, asking: Parameters) -> Sequence[Parameters]:
        return self._pager.guesses(asking)

    def refused(self, asked: Parameters) -> Parameters | None:
        return self._pager.refused(asked)
