"""Show a list in pages, by each declared way: what of it is asked for, and what the answer tells of the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from etl.simulator.engine.answer import RefusedRequest
from etl.systems.declare import (
    DateWindows,
    Header,
    IdAfter,
    LimitOffset,
    NextCursor,
    NextOffset,
    NextUrl,
    PageNumber,
    PageSize,
    Paging,
    Told,
    WholeList,
)

BEGINS = "page_begins"
"""The parameter by which an address names the row that its page begins with."""
CURSOR = "row-"
"""How a token begins; it ends with the number of a row."""


@dataclass
class Shown:
    """A page: its rows, and what else its answer tells, by the place where it is told."""

    rows: Sequence[int]
    told: dict[Told, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request for a page: its parameters, and the `address` without them. `size` is how many rows a page has that
    nobody asks to have another number, `day` when a row was made."""

    parameters: Mapping[str, str]
    address: str
    size: int
    day: Callable[[int], date]


def show(paging: Paging, ids: Sequence[int], asked: Asked) -> Shown:
    """Return the page of a list that is asked for. Raises RefusedRequest (400) for what cannot be read."""
    given = asked.parameters
    match paging:
        case PageNumber():
            rows = _rows_asked(paging.size, asked)
            start = (_number(given, paging.parameter, paging.first) - paging.first) * rows
            pages = max(1, -(-len(ids) // rows))
            shown = Shown(_from(ids, start, rows), _told({paging.pages: pages, paging.rows: len(ids)}))
        case LimitOffset():
            start, rows = _number(given, paging.parameter, 0), _rows_asked(paging.size, asked)
            shown = Shown(_from(ids, start, rows), _told({paging.rows: len(ids)}))
        case IdAfter():
            after = _number(given, paging.parameter, -1)
            shown = Shown([key for key in ids if key > after][: asked.size])
        case NextOffset() | NextCursor() | NextUrl():
            shown = _named(paging, ids, asked)
        case DateWindows():
            begin, end = _day(given, paging.begin), _day(given, paging.end)
            inside = [key for key in ids if begin <= asked.day(key) < end]
            shown = show(paging.pages, inside[: paging.most], asked)
        case WholeList():
            shown = Shown(ids)
    return shown


def _named(paging: NextOffset | NextCursor | NextUrl, ids: Sequence[int], asked: Asked) -> Shown:
    """A page that names the next one: by the row that it begins with, in a token or an address."""
    parameter = BEGINS if isinstance(paging, NextUrl) else paging.parameter
    begins = asked.parameters.get(parameter, "0")
    start = _number({parameter: begins.removeprefix(CURSOR)}, parameter, 0)
    following = start + asked.size if start + asked.size < len(ids) else None
    named: Any = following
    told: dict[Told, Any] = {}
    if isinstance(paging, NextCursor):
        named = None if following is None else f"{CURSOR}{following}"
        told = _told({paging.rows: len(ids), paging.more: following is not None})
    elif isinstance(paging, NextUrl):
        named = _address(asked, following)
        if isinstance(paging.pointer, Header) and named is not None:
            named = f'<{named}>; rel="next"'
        told = _told({paging.rows: len(ids)})
    return Shown(_from(ids, start, asked.size), {paging.pointer: named, **told})


def _rows_asked(size: PageSize | None, asked: Asked) -> int:
    return asked.size if size is None else max(1, _number(asked.parameters, size.parameter, asked.size))


def _number(given: Mapping[str, str], parameter: str, otherwise: int) -> int:
    text = given.get(parameter, str(otherwise))
    if not text.lstrip("-").isdecimal() or len(text) > 18:
        raise RefusedRequest(400, f"{parameter} is no number.")
    return int(text)


def _day(given: Mapping[str, str], parameter: str) -> date:
    try:
        return date.fromisoformat(given.get(parameter, ""))
    except ValueError:
        raise RefusedRequest(400, f"{parameter} is no day.") from None


def _from(ids: Sequence[int], start: int, rows: int) -> Sequence[int]:
    if start < 0:
        raise RefusedRequest(400, "There is no such page.")
    return ids[start : start + rows]


def _address(asked: Asked, start: int | None) -> str | None:
    if start is None:
        return None
    return f"{asked.address}?{urlencode({**asked.parameters, BEGINS: str(start)})}"


def _told(values: Mapping[Told | None, Any]) -> dict[Told, Any]:
    return {where: value for where, value in values.items() if where is not None}
