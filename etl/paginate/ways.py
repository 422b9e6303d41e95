"""The ways of paging that are declared, and who walks each."""

from __future__ import annotations

from etl.paginate.id_after import IdAfterPager
from etl.paginate.offset import OffsetPager
from etl.paginate.pager import Pager, WalkStart
from etl.paginate.whole_list import WholeListPager
from etl.systems.declare import IdAfter, NextOffset, Paging, WholeList


def pager_for(paging: Paging, start: WalkStart) -> Pager:
    """A walk by that way from there; earlier pages are read now where it needs them."""
    match paging:
        case WholeList():
            return WholeListPager()
        case IdAfter():
            return IdAfterPager(paging, start)
        case NextOffset():
            return OffsetPager(paging, start)
