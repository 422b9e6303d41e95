"""Page by what each page names as the next one: a token, or an address of the same list."""

from __future__ import annotations

from abc import abstractmethod
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from etl.decode.envelope import pointer
from etl.paginate.pager import InvalidPaging, NextStep, PageFacts, Pager, Parameters, WalkStart
from etl.paginate.told import EMPTY, RowCount, ShownPages, next_link, told_by
from etl.scrub import GONE
from etl.systems.declare import Header, NextCursor, NextUrl, Told

LONGEST = 8_000
"""The most characters of a token or an address: servers refuse longer requests."""
SAID = {"true": True, "1": True, "false": False, "0": False}
PORTS = {"http": 80, "https": 443}


class NamedPager(Pager):
    """A walk from page to page, as each names the next. Nothing can be requested ahead."""

    needs_ids = True

    def __init__(self, rows: Told | None, start: WalkStart) -> None:
        self._count = RowCount(rows, start.earlier)
        self._shown = ShownPages(start.earlier)
        self._asked = {frozenset(page.parameters.items()) for page in start.earlier}

    def take(self, asked: Parameters, page: PageFacts) -> NextStep:
        following = self._following(asked, page)
        self._asked.add(frozenset(asked.items()))
        if following is not None:
            if not page.received:
                raise InvalidPaging(EMPTY)
            if frozenset(following.items()) in self._asked:
                raise InvalidPaging("the next page is one that was already given.")
        self._shown.add(page)
        self._count.add(page)
        if following is None:
            self._count.must_be_whole()
        return NextStep(following)

    @abstractmethod
    def _following(self, asked: Parameters, page: PageFacts) -> Parameters | None:
        """The parameters of the page that this one names. Raises InvalidPaging."""


class CursorPager(NamedPager):
    """A walk by the tokens that the pages hold."""

    def __init__(self, paging: NextCursor, start: WalkStart) -> None:
        super().__init__(paging.rows, start)
        self._paging = paging

    def _following(self, asked: Parameters, page: PageFacts) -> Parameters | None:
        more = self._paging.more
        if more is not None and not _says_yes(page, more):
            return None
        token = told_by(page, self._paging.pointer)
        if token is None or token == "":
            if more is not None:
                raise InvalidPaging("the page says that there are more, but has no token for them.")
            return None
        if isinstance(token, bool) or not isinstance(token, str | int) or len(str(token)) > LONGEST:
            raise InvalidPaging("the token of the next page is no short text.")
        return {**asked, self._paging.parameter: str(token)}


class UrlPager(NamedPager):
    """A walk by the addresses that the pages hold. Of an address only the query is taken: it must lead to `address`."""

    def __init__(self, paging: NextUrl, start: WalkStart) -> None:
        super().__init__(paging.rows, start)
        self._pointer = paging.pointer
        self._address = start.address

    def _following(self, asked: Parameters, page: PageFacts) -> Parameters | None:
        named = self._named(page)
        if named is None or named == "":
            return None
        if not isinstance(named, str) or len(named) > LONGEST:
            raise InvalidPaging("the address of the next page is no short text.")
        try:
            address = urljoin(self._address, named)
            where, query = _place(address), parse_qsl(urlsplit(address).query, keep_blank_values=True)
        except ValueError:
            raise InvalidPaging("the address of the next page cannot be read.") from None
        own = _place(self._address)
        if where[:-1] != own[:-1]:
            raise InvalidPaging("the address of the next page is on another server: it is not followed.")
        if where != own:
            raise InvalidPaging("the address of the next page is another list's: it is not followed.")
        if len(dict(query)) < len(query):
            raise InvalidPaging("the address of the next page has a parameter twice.")
        return {name: value for name, value in query if GONE not in value}  # a key was in it, and is sent anyway

    def _named(self, page: PageFacts) -> object:
        where = self._pointer
        return next_link(page, where) if isinstance(where, Header) else told_by(page, where)


def _says_yes(page: PageFacts, path: str) -> bool:
    """Whether a page says that there are more. Raises InvalidPaging if it says neither yes nor no."""
    said = str(pointer(page.envelope, path)).lower()
    if said not in SAID and page.received:
        raise InvalidPaging("the page does not say whether there are more.")
    return SAID.get(said, False)


def _place(address: str) -> tuple[str, str, int | None, str]:
    """Scheme, host, port and path of an address. Raises ValueError."""
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme), unquote(parts.path).rstrip("/")
