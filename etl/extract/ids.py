"""Pages that begin after the highest id seen, whether the server takes that bound inclusive or exclusive."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace

from etl.decode import Parsed
from etl.extract.lists import take_list
from etl.extract.source import Source
from etl.extract.walk import Feed, Walked, Window, circle
from etl.systems.declare import IdAfter


async def walk_ids(
    source: Source,
    paging: IdAfter,
    parameters: Mapping[str, str],
    *,
    seen: Iterable[str],
    pages: int,
    feed: Feed,
    window: Window,
) -> AsyncIterator[Walked]:
    """From `parameters` to the page without a new id. `seen` are the ids of the pages that landed.

    The window has room for one: a page that breaks off is fetched anew behind pages that are all durable.
    """
    known = set(seen)
    asking: Mapping[str, str] | None = parameters
    while asking is not None:
        await window.acquire()
        ids: set[str] = set()

        def see(part: Parsed, ids: set[str] = ids) -> None:
            ids.update(each.strip() for each in part.ids(source.stream))

        walked = await take_list(source, asking, pages, feed=feed, see=see)
        following = _following(asking, paging, ids, known)
        if following == asking:
            raise circle(f"{source.name}, page {pages + 1}", "the next page is one that was already given.")
        yield replace(walked, following=following)
        known |= ids
        asking, pages = following, pages + 1


def _following(asking: Mapping[str, str], paging: IdAfter, ids: set[str], known: set[str]) -> Mapping[str, str] | None:
    numbers = [int(i) for i in ids | known if re.fullmatch(r"\d{1,18}", i)]
    return {**asking, paging.parameter: str(max(numbers))} if ids - known and numbers else None
