"""Walk everything, then once more what changed since the walk began."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from etl.paginate import PageFacts, Pager, Parameters
from etl.paginate.pager import NextStep


class TwoRounds(Pager):
    """A walk of two rounds. `again` begins the second one at its parameters, with or without overlap; `changes` returns
    the parameters for what changed since a time; `begun` is the server's time of a first page that landed before.

    If no page has the server's time, there is no second round.
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

    def take(self, asked: Parameters, page: PageFacts) -> NextStep:
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
