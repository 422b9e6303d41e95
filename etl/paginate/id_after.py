"""Pages that begin after the highest id seen, whether the server takes that bound inclusive or exclusive."""

from __future__ import annotations

import re

from etl.paginate.pager import Astray, Onward, PageFacts, Pager, Parameters, WalkStart
from etl.systems.declare import IdAfter


class IdAfterPager(Pager):
    """From the first page to the one without a new id."""

    needs_ids = True
    any_size = True

    def __init__(self, paging: IdAfter, start: WalkStart) -> None:
        self._parameter = paging.parameter
        self._known: set[str] = set()
        self._is_first = not start.earlier
        for page in start.earlier:
            self._known |= _ids(page.read())

    def take(self, asked: Parameters, page: PageFacts) -> Onward:
        ids, is_first = _ids(page), self._is_first
        following = self._following(asked, ids)
        self._known |= ids
        self._is_first = False
        if following == asked and is_first:  # a bound from outside the walk, and nothing is beyond it
            return Onward(None)
        if following == asked:
            raise Astray("the next page is one that was already given.")
        return Onward(following)

    def _following(self, asked: Parameters, ids: set[str]) -> Parameters | None:
        bound = {asked[self._parameter]} if self._parameter in asked else set()
        numbers = [int(i) for i in ids | self._known if re.fullmatch(r"\d{1,18}", i)]
        if not numbers or not ids - self._known - bound:
            return None
        return {**asked, self._parameter: str(max(numbers))}


def _ids(page: PageFacts) -> set[str]:
    return set(page.ids.str.strip_chars())
