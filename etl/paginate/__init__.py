"""Walk paged lists, by the same code for an export and for the look-ups of a push.

    Pager    (offset | number | named | …)   the next parameters, by the pages so far; no I/O
      |  parameters, guesses
      v
    Prefetch --lease of the PageWindow--> Reader    requests, checks (ListCheck) and passes the records on
      |  page
      v
    walk --> Walked, which holds its lease until the consumer of the page releases it

A further way of paging is one module with a `Pager`, and its case in `pager_for`.
"""

from __future__ import annotations

from etl.paginate.id_after import IdAfterPager
from etl.paginate.limit_offset import LimitOffsetPager
from etl.paginate.named import CursorPager, UrlPager
from etl.paginate.number import NumberPager
from etl.paginate.offset import OffsetPager
from etl.paginate.pager import Earlier, PageFacts, Pager, Parameters, PlainPage, WalkStart
from etl.paginate.prefetch import Reader
from etl.paginate.walk import Walked, walk
from etl.paginate.whole_list import WholeListPager
from etl.paginate.window import AHEAD, PageWindow
from etl.paginate.windows import WindowsPager
from etl.systems.declare import (
    DateWindows,
    IdAfter,
    LimitOffset,
    NextCursor,
    NextOffset,
    NextUrl,
    PageNumber,
    Paging,
    WholeList,
)

__all__ = [
    "AHEAD",
    "Earlier",
    "PageFacts",
    "PageWindow",
    "Pager",
    "Parameters",
    "PlainPage",
    "Reader",
    "WalkStart",
    "Walked",
    "pager_for",
    "walk",
]


def pager_for(paging: Paging, start: WalkStart) -> Pager:
    """Create the pager of a declared way of paging; it reads earlier pages now if it needs them."""
    pager: Pager
    match paging:
        case WholeList():
            pager = WholeListPager()
        case IdAfter():
            pager = IdAfterPager(paging, start)
        case NextOffset():
            pager = OffsetPager(paging, start)
        case LimitOffset():
            pager = LimitOffsetPager(paging, start)
        case PageNumber():
            pager = NumberPager(paging, start)
        case NextCursor():
            pager = CursorPager(paging, start)
        case NextUrl():
            pager = UrlPager(paging, start)
        case DateWindows():
            pager = WindowsPager(paging, start, lambda own: pager_for(paging.pages, own))
    return pager
