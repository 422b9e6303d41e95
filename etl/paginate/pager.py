"""The interface of a pager: the next parameters, by the pages so far."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, TypeAlias

import polars as pl

from etl.errors import EtlError, ProtocolBroken
from etl.paginate.window import AHEAD

Parameters: TypeAlias = Mapping[str, str]


class PageFacts(Protocol):
    """What a pager needs to know about a page. `ids` are those of its records, in order, null where one could not be
    read; `contents` are equal for records that are. Both are empty if the pager needs none. `date` is what the server
    says is its time, `server_time` the same if it is to be believed. `headers` are those of the answer: a landed
    page has none."""

    @property
    def envelope(self) -> Any: ...
    @property
    def received(self) -> int: ...
    @property
    def ids(self) -> pl.Series: ...
    @property
    def contents(self) -> Sequence[Hashable]: ...
    @property
    def date(self) -> datetime | None: ...
    @property
    def server_time(self) -> datetime | None: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class PlainPage:
    """A page of which only the facts are kept."""

    envelope: Any
    received: int
    ids: pl.Series
    contents: Sequence[Hashable] = ()
    date: datetime | None = None
    server_time: datetime | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Earlier(Protocol):
    """A page of an earlier run, read again only if a pager needs it."""

    @property
    def parameters(self) -> Parameters: ...
    @property
    def received(self) -> int: ...

    def read(self) -> PageFacts: ...


@dataclass(frozen=True)
class WalkStart:
    """Where a walk begins: at its `first` parameters, after the `earlier` pages of the same round.

    `overlap` is False if the server is known to refuse it. `expected` is how many pages the last complete walk had;
    beyond them, or without it, prefetch is limited to a quarter of the pages so far, so that few calls are spent past
    the end. `restless` is raised if the rows move faster than they can be read. `address` is the list's own URL,
    `today` the day in the account's time zone.
    """

    first: Parameters
    earlier: Sequence[Earlier] = ()
    overlap: bool = True
    expected: int | None = None
    restless: type[EtlError] = ProtocolBroken
    address: str = ""
    today: date = date.max


def pages_ahead(expected: int | None, done: int) -> int:
    """How many pages may be under way, by those of the last walk and those of this one so far."""
    known = (expected or 0) - done
    return min(AHEAD, known if known > 0 else -known // 4 + 1)


@dataclass(frozen=True)
class NextStep:
    """What to request after a page, None at the end. `used` is False if the page is discarded and requested otherwise;
    `overlap` says whether the walk still overlaps pages."""

    following: Parameters | None
    used: bool = True
    overlap: bool = True


class InvalidPaging(Exception):
    """The server's paging is invalid: `what` is wrong with it, and `kind` is the error to raise."""

    def __init__(self, what: str, kind: type[EtlError] = ProtocolBroken) -> None:
        super().__init__(what)
        self.what = what
        self.kind = kind


class Pager(ABC):
    """One walk by one way of paging. Call `guesses`, then `take` or `refused`, for each page."""

    needs_ids: bool = False
    any_size: bool = False
    """Whether an answer may be of any size: it is then read as it arrives, without prefetch."""

    @abstractmethod
    def take(self, asked: Parameters, page: PageFacts) -> NextStep:
        """The next step after a page. Raises InvalidPaging."""

    def guesses(self, asking: Parameters) -> Sequence[Parameters]:
        """The parameters that will probably follow these, in order."""
        return ()

    def refused(self, asked: Parameters, status: int | None = None) -> NextStep | None:
        """What to request instead if the server refuses these with that status; None if its refusal is final."""
        return None
