"""What pages by offset that have landed tell of their walk: whether each was checked, and what was asked for besides.

A page that overlaps the one before shows a row of it. Where it could not, it begins behind that one, and the row before
it was asked for after it: by a page that landed as well where the walk went on or ended with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from etl.paginate.pager import Parameters
from etl.systems.declare import LimitOffset, NextOffset


class LandedPage(Protocol):
    @property
    def parameters(self) -> Parameters: ...
    @property
    def records(self) -> int: ...


def unchecked(paging: NextOffset | LimitOffset, pages: Sequence[LandedPage]) -> int:
    """How many pages no other one shows to follow the page before: rows may have moved past between the two calls."""
    return sum(after is None or after.records == 1 for after in _looked_back(paging, pages))


def look_backs(paging: NextOffset | LimitOffset, pages: Sequence[LandedPage]) -> int:
    """How many calls were made for the row before a page, besides those for the pages."""
    return sum(after is None for after in _looked_back(paging, pages))


def _looked_back(paging: NextOffset | LimitOffset, pages: Sequence[LandedPage]) -> list[LandedPage | None]:
    """For each page that begins where the one before ends, the one behind it that begins a row before it, if any."""
    found: list[LandedPage | None] = []
    for before, page, after in zip(pages, pages[1:], [*pages[2:], None], strict=False):
        if before.records and _step(paging, before, page) == before.records:
            found.append(after if after is not None and _step(paging, page, after) == -1 else None)
    return found


def _step(paging: NextOffset | LimitOffset, before: LandedPage, page: LandedPage) -> int | None:
    """By how many offsets a page is behind another one; None in another round."""
    name = paging.parameter
    if {**before.parameters, name: ""} != {**page.parameters, name: ""}:
        return None
    return int(page.parameters.get(name, "0")) - int(before.parameters.get(name, "0"))
