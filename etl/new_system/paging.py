"""Guess how the pages of a list follow each other, by what stands around its records and what can be asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from etl.new_system.seen import INTEGER, Seen

WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
LINK = re.compile(r" urls? | links? | href | uri ", re.VERBOSE)
PAGE = ("page", "pagenumber", "pagenr", "pageindex", "p", "pagina")
SIZE = ("perpage", "pagesize", "limit", "size", "take", "rows", "maxresults", "top", "count", "pagelength")
OFFSET = ("offset", "skip", "start", "startindex", "from", "startat")
CURSOR = ("cursor", "after", "pagetoken", "nexttoken", "continuation", "continuationtoken", "startingafter", "token")
NEXT_CURSOR = ("nextcursor", "nextpagetoken", "nexttoken", "continuationtoken", "continuation", "cursor", "cursornext")
PAGES = ("totalpages", "pages", "pagecount", "lastpage", "pagestotal", "numpages", "totalpagecount")
ROWS = ("total", "totalcount", "totalrows", "totalitems", "totalresults", "totalrecords", "totalelements", "found")
CURRENT = ("page", "currentpage", "pagenumber", "pageindex", "number")
MORE = ("hasmore", "more", "hasnext", "hasnextpage", "hasmoreitems")
USUAL = 100
"""How many rows a page is asked to have, where a declaration has to say it."""


@dataclass(frozen=True)
class Guess:
    """A way of paging, as it is declared, with the names that this takes; and what it rests on.

    Where it is `unsure`, that says what to look up in the vendor's document.
    """

    text: str
    basis: str
    names: tuple[str, ...] = ()
    unsure: str | None = None
    count: str | None = None
    """Where a page says how many records it holds."""


@dataclass
class _Around:
    """What stands around records, by the letters of its name: its path and its value."""

    told: Mapping[str, Any]
    found: dict[str, str] = field(default_factory=dict)

    def first(self, names: Iterable[str], fits: Callable[[Any], bool] = lambda value: True) -> str | None:
        """The path whose last name, or last two, are one of these words."""
        for wanted in names:
            for path, value in self.told.items():
                if wanted in _names_of(path) and fits(value):
                    return path
        return None


def guess_paging(seen: Seen) -> Guess:
    """Return the likeliest way of paging."""
    around = _Around(seen.around)
    asked = {_bare(name): name for name in seen.parameters}
    guess = _named(around, asked, seen) or _reckoned(around, asked, seen) or _unknown(seen)
    count = around.first(("count",), lambda value: value == seen.rows and type(value) is int)
    if count is None or not seen.records or json_text(count) in guess.text:
        return guess
    return Guess(guess.text, guess.basis, guess.names, guess.unsure, count)


def _named(around: _Around, asked: Mapping[str, str], seen: Seen) -> Guess | None:
    """A page that names the next one: by an address, an offset or a token."""
    if not seen.records:
        return Guess("NextUrl()", "its header Link", ("NextUrl",)) if _has(seen.headers, "link") else None
    rows = _rows(around)
    offset = around.first(("nextoffset", "offsetnext"))
    if offset is not None:
        name = _asked(asked, OFFSET) or "offset"
        told = f"NextOffset({json_text(name)}, {json_text(offset)})"
        return Guess(told, f"{offset} is the next offset", ("NextOffset",), _parameter(asked, OFFSET, name))
    cursor = around.first((*NEXT_CURSOR, "nextafter"))
    if cursor is not None:
        known = _asked(asked, CURSOR) or _in_address(around, cursor)
        name = known or ("after" if "after" in _bare(cursor) else "cursor")
        unsure = None if known else _parameter(asked, CURSOR, name)
        more = around.first(MORE)
        told = f", more={json_text(more)}" if more else ""
        text = f"NextCursor({json_text(name)}, {json_text(cursor)}{rows}{told})"
        return Guess(text, f"{cursor} is the token of the next page", ("NextCursor",), unsure)
    address = next((path for path, value in around.told.items() if _is_next_address(path, value)), None)
    if address is not None:
        return Guess(f"NextUrl({json_text(address)}{rows})", f"{address} is the address of the next page", ("NextUrl",))
    return Guess("NextUrl()", "its header Link", ("NextUrl",)) if _has(seen.headers, "link") else None


def _reckoned(around: _Around, asked: Mapping[str, str], seen: Seen) -> Guess | None:
    """Pages that are numbered, or begin at a row that we reckon."""
    size = _asked(asked, SIZE)
    total = _rows(around) or _header(seen, "rows", ("total", "xtotal", "xtotalcount", "xwptotal"))
    offset = _asked(asked, OFFSET)
    page = _asked(asked, PAGE)
    told_offset = around.first(OFFSET, lambda value: type(value) is int or value == INTEGER)
    if page is None and (offset or (told_offset and around.first(CURRENT) is None)):
        name, rows = offset or "offset", size or "limit"
        text = f"LimitOffset({json_text(name)}, PageSize({json_text(rows)}, {USUAL}){total})"
        names = ("LimitOffset", "PageSize", *(("Header",) if "Header(" in total else ()))
        return Guess(text, f"{offset or told_offset} is an offset", names, _parameter(asked, OFFSET, name))
    pages = around.first(PAGES)
    counted = f", pages={json_text(pages)}" if pages and seen.records else ""
    counted = counted or _header(seen, "pages", ("xtotalpages", "xpages", "totalpages", "xwptotalpages"))
    current = around.first(CURRENT)
    if not (page or pages or current or (total and seen.records)):
        return None
    name = page or "page"
    sized = f", size=PageSize({json_text(size)}, {USUAL})" if size else ""
    names = ("PageNumber", *(("PageSize",) if size else ()), *(("Header",) if "Header(" in counted + total else ()))
    basis = f"{page or pages or current or 'a total'} is of numbered pages"
    return Guess(f"PageNumber({json_text(name)}{sized}{counted}{total})", basis, names, _parameter(asked, PAGE, name))


def _unknown(seen: Seen) -> Guess:
    if seen.described:
        return Guess("WholeList()", "no parameter and no field is of pages", ("WholeList",))
    unsure = "how pages follow each other: nothing in the sample shows it, so it is read as one whole list"
    return Guess("WholeList()", "nothing shows pages", ("WholeList",), unsure)


def _is_next_address(path: str, value: Any) -> bool:
    words = [word.lower() for word in WORDS.findall(path)]
    if "next" not in words or not isinstance(value, str | None):
        return False
    says = any(map(LINK.fullmatch, words))
    if value in (None, "Text"):
        return says or words[-1] == "next"
    return value.startswith(("http://", "https://", "/", "?"))


def _in_address(around: _Around, cursor: str) -> str | None:
    """The parameter of a token, where an address of the next page shows it."""
    token = around.told[cursor]
    for path, value in around.told.items():
        if token and isinstance(value, str) and _is_next_address(path, value):
            found = [name for name, given in parse_qsl(urlsplit(value).query) if given == str(token)]
            if found:
                return found[0]
    return None


def _rows(around: _Around) -> str:
    found = around.first(ROWS, lambda value: type(value) is int or value == INTEGER or str(value).isdecimal())
    return f", rows={json_text(found)}" if found else ""


def _header(seen: Seen, what: str, names: Iterable[str]) -> str:
    found = next((name for name in seen.headers if _bare(name) in names), None)
    return f", {what}=Header({json_text(found)})" if found else ""


def _has(headers: Iterable[str], name: str) -> bool:
    return name in {_bare(one) for one in headers}


def _asked(asked: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((asked[name] for name in names if name in asked), None)


def _parameter(asked: Mapping[str, str], names: Iterable[str], name: str) -> str | None:
    if _asked(asked, names) is not None:
        return None
    return f"the parameter of the page: {json_text(name)} is a guess"


def _names_of(path: str) -> set[str]:
    """The letters of the last name of a path, and of the last two and three together."""
    parts = path.split(".")
    return {_bare("".join(parts[-n:])) for n in (1, 2, 3)}


def _bare(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


def json_text(text: str | None) -> str:
    """A text as Python writes it, in double quotes."""
    return json.dumps(text or "", ensure_ascii=False)
