"""A shop whose list comes in pages of any declared way: the declarations, and a script for `Server` that keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from etl.systems import SYSTEMS
from etl.systems.declare import (
    DateWindows,
    Envelope,
    Header,
    LimitOffset,
    NextCursor,
    NextUrl,
    PageNumber,
    PageSize,
    Paging,
)

from .scripted import Answer, Seen, customer

SIZE = PageSize("per_page", 10)
PAGES: Mapping[str, Paging] = {
    "number, pages in a header": PageNumber("page", size=SIZE, pages=Header("X-Pages"), rows=Header("X-Rows")),
    "number, pages in the body": PageNumber("page", 0, pages="meta.pages"),
    "number, rows": PageNumber("page", size=SIZE, rows="meta.rows"),
    "number, until a short page": PageNumber("page", size=SIZE),
    "number, until an empty page": PageNumber("page", first=0),
    "number, and whether there is a next": PageNumber("page", size=SIZE, more=Header("Link")),
    "offset, rows": LimitOffset("skip", SIZE, rows="meta.rows"),
    "offset, until a short page": LimitOffset("skip", PageSize("take", 10)),
    "token": NextCursor("after", "meta.next.after"),
    "token, rows": NextCursor("after", "meta.next.after", rows="meta.rows"),
    "token, and whether there are more": NextCursor("after", "meta.last.after", more="meta.more"),
    "address": NextUrl("meta.url", rows="meta.rows"),
    "Link": NextUrl(),
}


WINDOWS = DateWindows("made_from", "made_to", date(2025, 1, 1), days=90, most=20, pages=PageNumber("page"))


def declare(patch: pytest.MonkeyPatch, paging: Paging, **more: Any) -> None:
    """Let the customers of a shop come in these pages, without telling what changed unless `more` says so."""
    system = SYSTEMS["cyclesoftware"]
    stream = system.stream("customers")
    how = {"since": None, "envelope": Envelope("customers"), **more}
    streams = [replace(one, paging=paging, **how) if one is stream else one for one in system.streams]
    patch.setitem(SYSTEMS.loaded, system.id, replace(system, streams=tuple(streams)))


class PagedShop:
    """Tells its customers in pages, `most` of them on one whatever was asked for. `before` is what happens before the
    request of a number, counted from 1; `spoil` changes what is told: its body, and its headers. A `bare` body is the
    list itself."""

    def __init__(
        self,
        paging: Paging,
        ids: Iterable[int],
        *,
        most: int = 10,
        before: Mapping[int, Callable[[list[int]], object]] | None = None,
        spoil: Callable[[Seen, dict[str, Any], dict[str, str]], object] = lambda seen, body, headers: None,
        wait_s: float = 0.0,
        bare: bool = False,
    ) -> None:
        self.paging, self.rows, self.most = paging, list(ids), most
        self.before = before or {}
        self.spoil, self.wait_s, self.bare = spoil, wait_s, bare
        self.requests = 0

    def __call__(self, seen: Seen) -> Answer:
        self.requests += 1
        if (change := self.before.get(self.requests)) is not None:
            change(self.rows)
        start = self.start(seen)
        end, rows = start + self.most, len(self.rows)
        following = end if end < rows else None
        meta: dict[str, Any] = {
            "rows": rows,
            "pages": -(-rows // self.most),
            "next": None,
            "url": None,
            "more": following is not None,
        }
        meta["last"] = {"after": f"={end}&"}
        headers = {"X-Rows": str(rows), "X-Pages": str(meta["pages"])}
        if following is not None:
            since = f"&modified_since={seen.query['modified_since']}" if "modified_since" in seen.query else ""
            address = f"http://{seen.headers['Host']}{seen.path}?from={following}{since}"
            meta |= {"next": {"after": f"={following}&"}, "url": address}
            headers["Link"] = f'<{address}>; rel="next", <{seen.path}?from=0>; rel=first'
        body = {"customers": [customer(number) for number in self.rows[start:end]], "meta": meta}
        self.spoil(seen, body, headers)
        told = body["customers"] if self.bare else body
        return Answer(json.dumps(told).encode(), headers=headers, wait_s=self.wait_s)

    def start(self, seen: Seen) -> int:
        """The place of the first row that is asked for, from 0."""
        match self.paging:
            case PageNumber(parameter, first):
                return (int(seen.query[parameter]) - first) * self.most
            case LimitOffset(parameter):
                return int(seen.query.get(parameter, "0"))
            case NextCursor(parameter):
                return int(seen.query.get(parameter, "0").strip("=&"))
        return int(seen.query.get("from", "0"))
