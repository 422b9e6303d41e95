"""Page the list of each record of another stream, one after another.

A list that comes whole is requested ahead, for the next records: each of them is asked for anyway. A record that is
gone by then (404, 410) is passed over; where that is all there is, the path may be wrong, and the refusal is final.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from etl.paginate.pager import Earlier, NextStep, PageFacts, Pager, Parameters, WalkStart
from etl.paginate.request import PARENTS
from etl.paginate.window import AHEAD
from etl.systems.declare import PARENT, Paging, WholeList

GONE = frozenset({404, 410})


class EachPager(Pager):
    """A walk of a walk for each parent, which `inner` begins with `opening`."""

    needs_ids = True

    def __init__(
        self,
        paging: Paging,
        start: WalkStart,
        parents: Sequence[str],
        opening: Parameters,
        inner: Callable[[WalkStart], Pager],
    ) -> None:
        self._start, self._parents, self._opening, self._inner = start, parents, opening, inner
        self._comes_whole = isinstance(paging, WholeList)
        self._number = {parent: n for n, parent in enumerate(parents)}
        self._of = start.first[PARENTS]
        self._answered = bool(start.earlier)
        own = start.first[PARENT]
        earlier = [_Bare(page) for page in start.earlier if page.parameters[PARENT] == own]
        self._pager = self._begin(own, _bare(start.first), earlier)

    def _begin(self, parent: str, first: Parameters, earlier: Sequence[Earlier] = ()) -> Pager:
        address = self._start.address.replace(PARENT, quote(parent, safe=""))
        return self._inner(replace(self._start, first=first, earlier=earlier, expected=None, address=address))

    def _of_parent(self, parent: str, parameters: Parameters) -> Parameters:
        return {**parameters, PARENT: parent, PARENTS: self._of}

    def _after(self, parent: str) -> Sequence[str]:
        place = self._number[parent] + 1
        return self._parents[place : place + AHEAD]

    def guesses(self, asking: Parameters) -> Sequence[Parameters]:
        parent = asking[PARENT]
        if self._comes_whole:
            return [self._of_parent(one, self._opening) for one in self._after(parent)]
        return [self._of_parent(parent, guess) for guess in self._pager.guesses(_bare(asking))]

    def refused(self, asked: Parameters, status: int | None = None) -> NextStep | None:
        parent = asked[PARENT]
        instead = self._pager.refused(_bare(asked), status)
        if instead is not None and instead.following is not None:
            return replace(instead, following=self._of_parent(parent, instead.following))
        if status not in GONE or (not self._answered and not self._after(parent)):
            return None
        return self._next(parent, NextStep(None, used=False))

    def take(self, asked: Parameters, page: PageFacts) -> NextStep:
        parent, step = asked[PARENT], self._pager.take(_bare(asked), page)
        self._answered = True
        if step.following is not None:
            return replace(step, following=self._of_parent(parent, step.following))
        return self._next(parent, step)

    def _next(self, parent: str, step: NextStep) -> NextStep:
        """The first page of the next parent; the end behind the last."""
        following = next(iter(self._after(parent)), None)
        if following is None:
            return replace(step, following=None)
        self._pager = self._begin(following, self._opening)
        return replace(step, following=self._of_parent(following, self._opening))


def _bare(parameters: Parameters) -> Parameters:
    """The parameters of a page within its own list."""
    return {name: value for name, value in parameters.items() if name not in (PARENT, PARENTS)}


@dataclass(frozen=True)
class _Bare:
    """A page of an earlier run, within its own list."""

    page: Earlier

    @property
    def parameters(self) -> Parameters:
        return _bare(self.page.parameters)

    @property
    def received(self) -> int:
        return self.page.received

    def read(self) -> PageFacts:
        return self.page.read()
