"""A list that comes whole, in one answer of any size."""

from __future__ import annotations

from etl.paginate.pager import Onward, PageFacts, Pager, Parameters


class WholeListPager(Pager):
    """The one page of a list that has no more."""

    any_size = True

    def take(self, asked: Parameters, page: PageFacts) -> Onward:
        return Onward(None)
