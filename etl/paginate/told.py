"""What an answer tells of its list: in its envelope or a header, how many rows there are, and what it shows again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from etl.decode.envelope import told
from etl.paginate.link import links
from etl.paginate.pager import Earlier, InvalidPaging, PageFacts
from etl.systems.declare import Header, PageNumber, Paging, Told

NUMBER = re.compile(r"\d{1,18}")
EMPTY = "the page is empty, and yet has a next one."


def told_by(page: PageFacts, where: Told) -> Any:
    """What an answer tells there; None for nothing. Several headers of one name are one list, as RFC 9110 has it."""
    if not isinstance(where, Header):
        return told(page.envelope, where)
    found = [value for name, value in page.headers.items() if name.lower() == where.name.lower()]
    return ", ".join(found).strip() or None


def number_told(page: PageFacts, where: Told | None, what: str) -> int | None:
    """The number that an answer tells there. Raises InvalidPaging if it is none."""
    value = told_by(page, where) if where is not None else None
    if value is None:
        return None
    if not NUMBER.fullmatch(str(value)):
        raise InvalidPaging(f"the number of {what} is not a number.")
    return int(value)


def next_link(page: PageFacts, where: Header) -> str | None:
    """The address of the next page in a `Link` header (RFC 8288); None for none. Raises InvalidPaging for another
    header, and for several addresses."""
    found = told_by(page, where)
    try:
        named = [] if found is None else links(found, "next")
    except ValueError:
        raise InvalidPaging(f"its header {where.name} cannot be read.") from None
    if len(named) > 1:
        raise InvalidPaging(f"its header {where.name} names several next pages.")
    return named[0] if named else None


def pages_told(paging: Paging, page: PageFacts) -> int | None:
    """How many pages a list has, by its first one; None where that does not tell. Raises InvalidPaging."""
    if not isinstance(paging, PageNumber):
        return None
    pages, rows = number_told(page, paging.pages, "pages"), number_told(page, paging.rows, "rows")
    if pages is None and rows is not None:
        pages = -(-rows // max(page.received, 1))
    return None if pages is None else max(pages, 1)


class ShownPages:
    """The pages that a walk has shown, as far as it knows them: one that comes again is a server that stands still."""

    def __init__(self, earlier: Sequence[Earlier] = ()) -> None:
        self._seen: set[int] = set()
        for page in {id(one): one for one in (*earlier[:1], *earlier[-1:])}.values():
            self.add(page.read())

    def add(self, page: PageFacts) -> None:
        """Remember a page. Raises InvalidPaging if its records are those of one before, in their order."""
        if page.ids.null_count() == len(page.ids):
            return  # nothing tells them apart
        shown = hash(tuple(page.ids))
        if shown in self._seen:
            raise InvalidPaging("the page shows the same records as one before.")
        self._seen.add(shown)


class RowCount:
    """The rows that the pages hold, beside the least number that they told there are: rows that were deleted meanwhile
    lack nowhere."""

    def __init__(self, rows: Told | None, earlier: Sequence[Earlier]) -> None:
        self._rows = rows
        self._is_resumed = bool(earlier)
        self._received = sum(page.received for page in earlier)
        self._least: int | None = None

    def add(self, page: PageFacts) -> None:
        """Count a page. Raises InvalidPaging if what it tells is no number."""
        self._received += page.received
        rows = number_told(page, self._rows, "rows")
        if rows is not None:
            self._least = min(rows, self._least if self._least is not None else rows)

    def must_be_whole(self) -> None:
        """Raise InvalidPaging if the pages hold fewer rows than they told, or did not tell."""
        if self._least is not None:
            must_hold(self._least, self._received)
        elif self._rows is not None and self._received and not self._is_resumed:
            raise InvalidPaging("the answers do not tell how many rows there are.")


def must_hold(said: int, held: int) -> None:
    """Raise InvalidPaging for a list that holds fewer rows than it says."""
    if held < said:
        raise InvalidPaging(f"the list says {said} rows, but its pages hold {held}; it is incomplete.")
