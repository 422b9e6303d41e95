"""What a way of paging is: the next parameters, by the pages so far."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

import polars as pl

from etl.errors import EtlError, ProtocolBroken

Parameters: TypeAlias = Mapping[str, str]


class PageFacts(Protocol):
    """What a pager needs to know of a page. `ids` are those of its records in their order, of those that could be
    read; none of them where the pager needs none. `date` is the server's time."""

    @property
    def envelope(self) -> Any: ...
    @property
    def received(self) -> int: ...
    @property
    def ids(self) -> pl.Series: ...
    @property
    def has_misfits(self) -> bool: ...
    @property
    def date(self) -> datetime | None: ...


@dataclass(frozen=True)
class PlainPage:
    """A page of which nothing is kept but its facts."""

    envelope: Any
    received: int
    ids: pl.Series
    has_misfits: bool = False
    date: datetime | None = None


class Earlier(Protocol):
    """A page of an earlier run, read again only where a pager needs it."""

    @property
    def parameters(self) -> Parameters: ...

    def read(self) -> PageFacts: ...


@dataclass(frozen=True)
class Thoroughness:
    """How much a walk spends on proving that no row slipped past it.

    Pages of fewer rows than `smallest` are asked for without an overlap. `sure` widens the overlap where a page shows
    fewer rows than it has offsets, so that its last row is found again there, too. `restless` is raised where the rows
    move faster than they can be read.
    """

    smallest: int = 4
    sure: bool = False
    restless: type[EtlError] = ProtocolBroken


@dataclass(frozen=True)
class WalkStart:
    """Where a walk begins: at its `first` parameters, behind the `earlier` pages of the same round.

    `overlap` is False where the server is known to refuse it. `expected` is how many pages the last complete walk had;
    beyond them, or without it, no more is asked for ahead than a quarter of what came, so that few calls are spent past
    the end.
    """

    first: Parameters
    earlier: Sequence[Earlier] = ()
    overlap: bool = True
    expected: int | None = None
    thoroughness: Thoroughness = field(default_factory=Thoroughness)


@dataclass(frozen=True)
class Onward:
    """What to ask for behind a page, None at the end; `used` is False where the page does not count and is asked for
    otherwise. `overlap` says whether the walk still asks for rows again."""

    following: Parameters | None
    used: bool = True
    overlap: bool = True


class Astray(Exception):
    """The paging cannot be right: `what` is wrong with it, and `kind` the error that it is."""

    def __init__(self, what: str, kind: type[EtlError] = ProtocolBroken) -> None:
        super().__init__(what)
        self.what = what
        self.kind = kind


class Pager(ABC):
    """One walk by one way of paging. It is asked in this order: `guesses`, then `take` or `refused`."""

    needs_ids: bool = False
    any_size: bool = False
    """Whether an answer may be of any size: it is then read as it arrives, and none is asked for before its turn."""

    @abstractmethod
    def take(self, asked: Parameters, page: PageFacts) -> Onward:
        """How it goes on behind a page. Raises Astray."""

    def guesses(self, asking: Parameters) -> Sequence[Parameters]:
        """What will probably be asked for behind these, in order."""
        return ()

    def refused(self, asked: Parameters) -> Parameters | None:
        """What to ask for where the server refuses these; None where its refusal stands."""
        return None
