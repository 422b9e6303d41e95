"""Page a list that comes whole, in one answer of any size."""

from __future__ import annotations

from etl.paginate.pager import NextStep, PageFacts, Pager, Parameters


class WholeListPager(Pager):
    """A walk of one page."""

    any_size = True

    def take(self, asked: Parameters, page: PageFacts) -> NextStep:
        return NextStep(None)
