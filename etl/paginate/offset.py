"""Page by offset, with prefetch where the next offset can be predicted, and an overlap of a few rows.

    requested 0 ........ 500
                     497 ........ 997          the rows from 497 again: where some of them stand unchanged, no row was
                              994 ........     skipped, whatever was deleted, inserted or moved in the meantime

Rows that nobody changed keep their order. So behind one that was seen before, and is unchanged, stand all such rows
that were not seen; a row that was changed meanwhile may have moved, and proves nothing, but the closing round of an
export asks for it again. If a page proves nothing, the walk steps back until one does. A server that refuses such
offsets, or rounds them, is walked without.

Where pages are too small to overlap, the row before each is asked for after it, and the walk goes on with that page if
it shows more. If it is one row, nothing can be proved by any number of calls: the list may be a row shorter for one of
them and as long as before for the next, and each shows what a list without the row in between would. Such walks, and
those without overlap, are told: etl.paginate.landed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from etl.decode.envelope import told
from etl.paginate.pager import InvalidPaging, NextStep, PageFacts, Pager, Parameters, WalkStart, pages_ahead
from etl.paginate.told import EMPTY, NUMBER
from etl.systems.declare import NextOffset

ANCHORS = 3
"""How many rows a page shows again, if it has sixteen times as many; else fewer."""
SURE = 2
"""So many unchanged rows prove a page, if it shows as many again: of one alone, the change may not show."""
REMEMBERED = 50
"""So many rows of small pages are remembered; of larger ones those of the last two."""
STEPS_BACK = 50
SHORTEST_STEP = 8


@dataclass(frozen=True)
class Tail:
    """The page before, its offset, and the next offset that it named.

    The next page is requested from `overlap` offsets before that. If the page shows fewer rows than it has offsets, it
    reaches back further, to rows that were shown; if it shows hardly half of them, nothing can be proved.
    """

    page: PageFacts
    offset: int
    following: int

    @property
    def stride(self) -> int:
        return self.following - self.offset

    @property
    def unshown(self) -> int:
        return max(self.stride - self.page.received, 0)

    @property
    def overlap(self) -> int:
        half = self.stride // 2
        return min(max(1, min(ANCHORS, self.stride // 16)) + self.unshown, half)

    @property
    def proves(self) -> bool:
        return self.page.received > 0 and (not self.unshown or self.unshown < self.stride // 2)

    def is_followed_in_place(self, page: PageFacts) -> bool:
        """Whether the last rows stand at the beginning of a page, in their order, as far as their ids can be read."""
        if self.unshown or page.received < self.overlap:
            return False
        equal = self.page.ids.tail(self.overlap) == page.ids.head(self.overlap)
        return int(equal.sum()) >= SURE and equal.all()


class OffsetPager(Pager):
    """A walk by offset. `_exact` is the offset that the server named itself, or that the walk stepped back to.

    While `_beyond` is set, the row before a page that could not overlap is asked for: it is where the walk goes on.
    """

    needs_ids = True

    def __init__(self, paging: NextOffset, start: WalkStart) -> None:
        self._paging = paging
        self._restless = start.restless
        self._overlap = start.overlap
        self._expected = start.expected
        self._done = len(start.earlier)
        self._recent: list[PageFacts] = []
        self._beyond: NextStep | None = None
        self._bare = False
        self._tail = self._tail_of(start)
        self._exact = self._tail.following if self._tail else self._offset(start.first)
        if self._tail and self._offset(start.first) < self._tail.offset:
            self._beyond = NextStep(self._at(start.first, self._exact))
        self._gaps: dict[int, str] = {}
        self._probed: PageFacts | None = None
        self._honours = False
        self._steps_back = 0

    def _tail_of(self, start: WalkStart) -> Tail | None:
        for earlier in start.earlier[-SHORTEST_STEP:]:
            if earlier is start.earlier[-1] or earlier.received * SHORTEST_STEP <= REMEMBERED:
                self._remember(earlier.read())
        if not start.earlier:
            return None
        page = self._recent[-1]
        named = self._named(page)
        return None if named is None else Tail(page, self._offset(start.earlier[-1].parameters), int(named))

    # -- what to ask for ---------------------------------------------------------------------------

    def _offset(self, parameters: Parameters) -> int:
        return int(parameters.get(self._paging.parameter, "0"))

    def _at(self, parameters: Parameters, offset: int) -> Parameters:
        return {**parameters, self._paging.parameter: str(offset)}

    def guesses(self, asking: Parameters) -> Sequence[Parameters]:
        if self._tail is None or self._offset(asking) <= self._tail.offset or self._needs_look_back(asking):
            return []
        step = self._tail.stride - self._overlapping(self._tail)
        ahead = pages_ahead(self._expected, self._done)
        return [self._at(asking, self._offset(asking) + step * n) for n in range(1, ahead)]

    def _overlapping(self, tail: Tail) -> int:
        return tail.overlap if self._overlap else 0

    def refused(self, asked: Parameters, status: int | None = None) -> NextStep | None:
        """The offset that the server named itself, if the refused one was ours."""
        return None if self._offset(asked) >= self._exact else NextStep(self._without_overlap(asked), used=False)

    def _without_overlap(self, asking: Parameters) -> Parameters:
        self._overlap = False
        return self._at(asking, self._exact)

    # -- what a page amounts to --------------------------------------------------------------------

    def take(self, asked: Parameters, page: PageFacts) -> NextStep:
        beyond, self._beyond = self._beyond, None
        if self._probed is not None:
            shown, self._probed = self._probed, None
            if not page.received:
                self._following(page)  # empty at the server's own offset, with a next one: that is no motion
            if not self._is_same(page, shown):
                return NextStep(self._further_back(asked, page), used=False)
            self._overlap = False
        if beyond is None and self._is_rounded(asked, page):
            self._bare = self._is_short(asked, page)
            exactly = self._at(asked, self._exact) if self._bare else self._without_overlap(asked)
            return NextStep(exactly, used=False)
        if self._is_gap(asked, page, looks_back=beyond is not None):
            if beyond is not None:  # rows may be missing before the page that it looks back from: it proves nothing
                del self._recent[-1]
            return NextStep(self._further_back(asked, page), used=False)
        self._honours |= self._is_as_asked(asked, page)
        self._remember(page)
        if beyond is not None and page.received == 1:
            # the last page of a walk must be used, for the journal to know of its end
            return replace(beyond, used=beyond.following is None)
        if beyond is not None:  # it shows the row before and what follows it at once: the walk goes on behind that
            self._exact = self._offset(asked)
        self._done += 1
        following = self._following(page)
        step = NextStep(None, overlap=self._overlap)
        looks_back = self._at(asked, self._offset(asked) - 1) if self._needs_look_back(asked) else None
        self._bare = False
        if following is not None:
            self._tail, self._exact = Tail(page, self._offset(asked), following), following
            step = NextStep(self._at(asked, following - self._overlapping(self._tail)), overlap=self._overlap)
        if looks_back is not None:
            self._beyond = step
            return NextStep(looks_back, overlap=self._overlap)
        return step

    def _named(self, page: PageFacts) -> Any:
        return told(page.envelope, self._paging.pointer)

    def _following(self, page: PageFacts) -> int | None:
        """The next offset that the page names, validated."""
        named = self._named(page)
        if named is None:
            return None
        if not NUMBER.fullmatch(str(named)):
            raise InvalidPaging("the next offset is not a number.")
        if int(named) <= self._exact:
            raise InvalidPaging("the next offset does not advance.")
        if page.received == 0:
            raise InvalidPaging(EMPTY)
        return int(named)

    # -- whether rows are missing ------------------------------------------------------------------

    def _remember(self, page: PageFacts) -> None:
        self._recent.append(page)
        while len(self._recent) > 2 and sum(each.received for each in self._recent) > REMEMBERED:
            del self._recent[0]

    def _went_back(self) -> bool:
        return self._tail is not None and self._exact < self._tail.following

    def _needs_look_back(self, asked: Parameters) -> bool:
        """Whether a page could not overlap: it follows one of a single row, or what overlapped was short."""
        tail = self._tail
        return (
            bool(tail and tail.proves and self._overlap and (self._bare or not tail.overlap))
            and not self._went_back()
            and self._offset(asked) == self._exact
        )

    def _is_rounded(self, asked: Parameters, page: PageFacts) -> bool:
        """Whether a page requested with the overlap names itself as the next one: the server rounds such offsets down,
        or its last page is empty."""
        named = str(self._named(page))
        return self._offset(asked) < self._exact and bool(NUMBER.fullmatch(named)) and int(named) <= self._exact

    def _is_short(self, asked: Parameters, page: PageFacts) -> bool:
        """Whether a page that seems rounded is of the offset that was asked for, but ends before the next one."""
        return page.received > 0 and str(self._named(page)) == str(self._offset(asked) + page.received)

    def _is_as_asked(self, asked: Parameters, page: PageFacts) -> bool:
        """Whether a page is of the offset that was asked for, which the server did not name: by the next one."""
        offset, tail = self._offset(asked), self._tail
        return tail is not None and offset < self._exact and str(self._named(page)) == str(offset + tail.stride)

    def _is_same(self, page: PageFacts, shown: PageFacts) -> bool:
        """Whether the server shows the same for its own offset as for one before it: it rounds."""
        told = [(self._named(each), list(each.contents)) for each in (page, shown)]
        return page.received > 0 and told[0] == told[1]

    def _is_gap(self, asked: Parameters, page: PageFacts, *, looks_back: bool) -> bool:
        """Whether rows may have moved past unseen between the pages before and this one.

        None are before the first offset; but of a look back it is its row that counts, even there.
        """
        offset, tail = self._offset(asked), self._tail
        if tail is None or not tail.proves or not self._overlap or (offset == 0 and not looks_back):
            return False
        if offset == self._exact and not self._went_back():
            return False
        if offset == self._exact - tail.overlap and tail.is_followed_in_place(page):
            return False
        anchors = SURE if self._went_back() else max(tail.overlap, 1)
        known = self._recent[:-1] if looks_back else self._recent  # the row that is looked back from proves nothing
        return not _is_proven(page, known, min(SURE, anchors, page.received))

    def _further_back(self, asked: Parameters, page: PageFacts) -> Parameters:
        """Step further back. Where that led to the same gap again, the server may round: its own offset tells."""
        first = (page.ids[0] or "") if page.received else ""
        if self._gaps.pop(self._exact, None) == first and not self._honours:
            self._probed = page
            return self._at(asked, self._exact)
        if self._steps_back > STEPS_BACK:
            raise InvalidPaging("the rows move faster than they can be read.", self._restless)
        self._gaps[self._exact], self._steps_back = first, self._steps_back + 1
        assert self._tail is not None  # else there is no gap
        self._exact = max(0, self._offset(asked) - max(self._tail.stride, SHORTEST_STEP))
        return self._at(asked, self._exact)


def _is_proven(page: PageFacts, known: Sequence[PageFacts], needed: int) -> bool:
    """Whether a page begins with a row that is known, and shows so many that are unchanged."""
    contents = {content for each in known for content in each.contents}
    if not page.received or sum(content in contents for content in page.contents) < needed:
        return False
    first = page.ids[0]
    return page.contents[0] in contents or any(first is not None and first in each.ids for each in known)
