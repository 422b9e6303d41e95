"""The ways in which a list comes in pages. Frozen, no I/O.

    the server names the next page      NextOffset, NextCursor, NextUrl
    we reckon the next page             PageNumber, LimitOffset, IdAfter
    there is none                       WholeList
    one list after another              DateWindows

A declaration that cannot work is refused when it is made: ValueError, with the name of the field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""The name of a header (RFC 9110)."""


@dataclass(frozen=True)
class Header:
    """A header of the answer, in whatever case."""

    name: str

    def __post_init__(self) -> None:
        if not TOKEN.fullmatch(self.name):
            raise ValueError(f"Header.name: {self.name!r} is not the name of a header.")


Told: TypeAlias = str | Header
"""Where an answer tells something: at a dotted path of its envelope, or in a header."""


@dataclass(frozen=True)
class PageSize:
    """How many rows a page is asked to have, and by which parameter."""

    parameter: str
    rows: int

    def __post_init__(self) -> None:
        _must_be_named("PageSize.parameter", self.parameter)
        if self.rows < 2:
            raise ValueError("PageSize.rows: a page must have two rows or more, to be told from the one before.")


@dataclass(frozen=True)
class WholeList:
    """One response holds all records."""


@dataclass(frozen=True)
class NextOffset:
    """The envelope holds the next offset, or null at the end."""

    parameter: str
    pointer: str

    def __post_init__(self) -> None:
        _must_be_named("NextOffset.parameter", self.parameter)
        _must_be_told("NextOffset.pointer", self.pointer)


@dataclass(frozen=True)
class IdAfter:
    """The next page starts after the highest id seen; an inclusive bound works as well as an exclusive one.

    A page without a new id is the end.
    """

    parameter: str

    def __post_init__(self) -> None:
        _must_be_named("IdAfter.parameter", self.parameter)


@dataclass(frozen=True)
class PageNumber:
    """Pages are numbered, from `first` on.

    The answers tell how many `pages` or `rows` there are, at least one of them, in every answer that has rows. Where
    they tell neither the list ends with an empty page, and with a `size` also with one that is shorter than the first:
    a server may show fewer rows than it was asked for. Where `more`, a `Link` header (RFC 8288), names a next page, it
    goes on all the same.
    """

    parameter: str
    first: int = 1
    size: PageSize | None = None
    pages: Told | None = None
    rows: Told | None = None
    more: Header | None = None

    def __post_init__(self) -> None:
        _must_be_named("PageNumber.parameter", self.parameter)
        _must_be_another("PageNumber.size", self.size, self.parameter)
        if self.first < 0:
            raise ValueError("PageNumber.first: a page has no number below 0.")
        _must_be_told("PageNumber.pages", self.pages)
        _must_be_told("PageNumber.rows", self.rows)
        if self.more is not None and not isinstance(self.more, Header):
            raise ValueError(f"PageNumber.more: {self.more!r} is no Header.")


@dataclass(frozen=True)
class LimitOffset:
    """The next page begins behind the rows of this one, counted by us.

    The list ends where the answers tell how many `rows` there are; else with a page that is shorter than the first.
    """

    parameter: str
    size: PageSize
    rows: Told | None = None

    def __post_init__(self) -> None:
        _must_be_named("LimitOffset.parameter", self.parameter)
        _must_be_another("LimitOffset.size", self.size, self.parameter)
        _must_be_told("LimitOffset.rows", self.rows)


@dataclass(frozen=True)
class NextCursor:
    """The answer holds a token for the next page, or none at the end. `rows` is told by at least one answer.

    Where a last page has a token too, `more` is the path of what says whether there are more pages: true or false.
    """

    parameter: str
    pointer: Told
    rows: Told | None = None
    more: str | None = None

    def __post_init__(self) -> None:
        _must_be_named("NextCursor.parameter", self.parameter)
        _must_be_told("NextCursor.pointer", self.pointer)
        _must_be_told("NextCursor.rows", self.rows)
        _must_be_told("NextCursor.more", self.more)


@dataclass(frozen=True)
class NextUrl:
    """The answer holds the address of the next page, or none at the end; a header is read as `Link` with rel=next
    (RFC 8288). Its query is taken, whole; it must lead to the same list of the same server. `rows` is told by at least
    one answer."""

    pointer: Told = Header("Link")
    rows: Told | None = None

    def __post_init__(self) -> None:
        _must_be_told("NextUrl.pointer", self.pointer)
        _must_be_told("NextUrl.rows", self.rows)


@dataclass(frozen=True)
class DateWindows:
    """The list is asked for by a day that rows keep for good, as that of their creation: `begin` and `end` are the
    parameters for the first and the last day of a window (2026-01-31), `first` is the day of the first rows.

    A server that shows at most `most` rows of a window is asked for a shorter one where it shows as many. The rows of
    a window come in `pages`. Two windows share a day: a row of it may come twice, and none is missed whether the
    server counts the last day or not.
    """

    begin: str
    end: str
    first: date
    days: int
    most: int
    pages: WholeList | PageNumber | LimitOffset | NextCursor = field(default_factory=WholeList)

    def __post_init__(self) -> None:
        _must_be_named("DateWindows.begin", self.begin)
        _must_be_named("DateWindows.end", self.end)
        if self.begin == self.end or {self.begin, self.end} & set(parameters_of(self.pages).values()):
            raise ValueError("DateWindows.end: begin, end and the parameters of pages must differ.")
        if self.days < 1:
            raise ValueError("DateWindows.days: a window has a day or more.")
        if self.most < 1:
            raise ValueError("DateWindows.most: a server shows a row or more.")


Paging: TypeAlias = WholeList | NextOffset | IdAfter | PageNumber | LimitOffset | NextCursor | NextUrl | DateWindows


def paths_of(paging: Paging) -> dict[str, str]:
    """The paths in the envelope that a way of paging reads, by field."""
    if isinstance(paging, DateWindows):
        return paths_of(paging.pages)
    fields = ("pointer", "pages", "rows", "more")
    found = {name: getattr(paging, name, None) for name in fields}
    return {f"{type(paging).__name__}.{name}": path for name, path in found.items() if isinstance(path, str)}


def parameters_of(paging: Paging) -> dict[str, str]:
    """The parameters that a way of paging sends, by field."""
    if isinstance(paging, DateWindows):
        return {"DateWindows.begin": paging.begin, "DateWindows.end": paging.end, **parameters_of(paging.pages)}
    name, size = getattr(paging, "parameter", None), getattr(paging, "size", None)
    found = {"parameter": name, "size": size.parameter if isinstance(size, PageSize) else None}
    return {f"{type(paging).__name__}.{field}": sent for field, sent in found.items() if sent is not None}


def _must_be_named(field: str, parameter: str) -> None:
    if not parameter.strip():
        raise ValueError(f"{field}: the name of the parameter is missing.")


def _must_be_told(field: str, where: Told | None) -> None:
    if isinstance(where, str) and not all(name.strip() for name in where.split(".")):
        raise ValueError(f"{field}: {where!r} is no path of names with dots between them.")


def _must_be_another(field: str, size: PageSize | None, parameter: str) -> None:
    if size is not None and size.parameter == parameter:
        raise ValueError(f"{field}: {parameter!r} is the parameter of the page itself.")
