"""Page by id: each page begins after the highest id seen, whether the server's bound is inclusive or exclusive."""

from __future__ import annotations

import re

from etl.paginate.pager import InvalidPaging, NextStep, PageFacts, Pager, Parameters, WalkStart
from etl.systems.declare import IdAfter


class IdAfterPager(Pager):
    """A walk by id, from the first page to the one without a new id."""

    needs_ids = True
    any_size = True

    def __init__(self, paging: IdAfter, start: WalkStart) -> None:
        self._parameter = paging.parameter
        self._known: set[str] = set()
        self._is_first = not start.earlier
        for page in start.earlier:
            self._known |= _ids(page.read())

    def take(self, asked: Parameters, page: PageFacts) -> NextStep:
        ids, is_first = _ids(page), self._is_first
        following = self._following(asked, ids)
        self._known |= ids
        self._is_first = False
        if following == asked and is_first:  # the bound came from outside the walk, and nothing lies beyond it
            return NextStep(None)
        if following == asked:
            raise InvalidPaging("the next page is one that was already given.")
        return NextStep(following)

    def _following(self, asked: Parameters, ids: set[str]) -> Parameters | None:
        bound = {asked[self._parameter]} if self._parameter in asked else set()
        numbers = [int(i) for i in ids | self._known if re.fullmatch(r"\d{1,18}", i)]
        if not numbers or not ids - self._known - bound:
            return None
        return {**asked, self._parameter: str(max(numbers))}


def _ids(page: PageFacts) -> set[str]:
    return set(page.ids.drop_nulls().str.strip_chars())
