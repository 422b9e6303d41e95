"""How a list is to come in a trial: how many rows, on how many pages, and what a server may do wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from etl.conformance.place import PAGE
from etl.simulator.declared.api import ListCall
from etl.simulator.declared.pages import Shown
from etl.simulator.engine.answer import RefusedRequest
from etl.systems.declare import (
    DateWindows,
    IdAfter,
    LimitOffset,
    PageNumber,
    PageSize,
    Stream,
    Told,
    WholeList,
)

PAGES = 2.5
"""How many pages a list has: two that are full, and half of one."""


def rows_of(stream: Stream) -> int:
    return int(size_of(stream) * PAGES)


def size_of(stream: Stream) -> int:
    """Return how many rows a page of a stream has."""
    paging = stream.paging.pages if isinstance(stream.paging, DateWindows) else stream.paging
    size = getattr(paging, "size", None)
    return size.rows if isinstance(size, PageSize) else PAGE


def is_paged(stream: Stream) -> bool:
    return not isinstance(stream.paging, WholeList)


def shows_that_pages_differ(stream: Stream) -> bool:
    """Whether a page may not be the one before once more: behind an id that is the end, and windows share days."""
    return not isinstance(stream.paging, WholeList | IdAfter | DateWindows)


def rows_told(stream: Stream) -> Told | None:
    """Return where answers tell how many rows the whole list has."""
    paging = stream.paging.pages if isinstance(stream.paging, DateWindows) else stream.paging
    found: Told | None = getattr(paging, "rows", None)
    return found


def goes_on_behind_an_empty_page(stream: Stream) -> bool:
    """Whether an answer without rows may say that there are more."""
    paging = stream.paging
    if isinstance(paging, PageNumber):
        return paging.pages is not None or paging.rows is not None
    if isinstance(paging, LimitOffset):
        return paging.rows is not None
    return not isinstance(paging, WholeList | IdAfter | DateWindows)


class Twisted:
    """What a server does wrong with the pages of a list; requests count from 1."""

    def __init__(self) -> None:
        self.requests = 0
        self.first: Shown | None = None

    def __call__(self, call: ListCall, shown: Shown) -> Shown:
        self.requests += 1
        self.first = self.first or shown
        return self.twist(call, shown)

    def twist(self, call: ListCall, shown: Shown) -> Shown:
        return shown


class MoreTold(Twisted):
    """It tells a row more than there is."""

    def __init__(self, where: Told) -> None:
        super().__init__()
        self.where = where

    def twist(self, call: ListCall, shown: Shown) -> Shown:
        return replace(shown, told={**shown.told, self.where: shown.told[self.where] + 1})


class StandsStill(Twisted):
    """It shows the first page, whatever is asked for."""

    def twist(self, call: ListCall, shown: Shown) -> Shown:
        assert self.first is not None
        return self.first


class Hollow(Twisted):
    """Behind the first page it shows no rows, and goes on."""

    def twist(self, call: ListCall, shown: Shown) -> Shown:
        return shown if self.requests == 1 else replace(shown, rows=())


class Refuses(Twisted):
    """It refuses the requests of those numbers, with a status and headers; `message` is what it says."""

    def __init__(
        self, status: int, headers: Mapping[str, str], *, first: int, last: int, message: str = "Not now."
    ) -> None:
        super().__init__()
        self.status, self.headers, self.first_refused, self.last_refused = status, headers, first, last
        self.message = message

    def twist(self, call: ListCall, shown: Shown) -> Shown:
        if self.first_refused <= self.requests <= self.last_refused:
            raise RefusedRequest(self.status, self.message, self.headers)
        return shown


class BreaksOff(Twisted):
    """It answers the first page alone, whenever that is asked for, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Mapping[str, str] | None = None

    def twist(self, call: ListCall, shown: Shown) -> Shown:
        self.asked = self.asked if self.asked is not None else call.parameters
        if call.parameters != self.asked:
            raise RefusedRequest(503, "Out of order.")
        return shown
