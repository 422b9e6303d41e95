"""From staged pages to landed ones, in groups, while the walk goes on; then the journal moves on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta

from etl.decode import decode, parse
from etl.extract.ids import walk_ids
from etl.extract.lists import walk_list
from etl.extract.offsets import Beginning, OffsetWalk, Tail
from etl.extract.request import naive
from etl.extract.source import Source
from etl.extract.walk import AHEAD, Feed, Walked, Window
from etl.page import cut, pointer
from etl.state.journal import Extraction, Journal, LandedPage
from etl.systems.declare import IdAfter, NextOffset

LOOK_BACK = timedelta(minutes=10)
"""How far before a time its changes are asked for: a row may be committed late with an older time."""


GATHER_S = 0.005
"""How long a page that has come waits for others, to be named and journalled together."""


async def extract(
    extraction: Extraction,
    landed: Sequence[LandedPage],
    *,
    source: Source,
    journal: Journal,
    feed: Feed,
    expected: int | None,
) -> None:
    """Fetch what an extraction still lacks beyond the pages that landed, journalling as it goes.

    `expected` is how many pages the last one like it had. Raises ProtocolBroken where the paging cannot be right: a
    cursor that repeats or goes back, an empty page with a next; the cursor then stays where it was.
    """
    if extraction.next is None:
        return
    source.landing.sweep(source.account.name, source.stream.name)
    paging = source.stream.paging
    window = Window(AHEAD if isinstance(paging, NextOffset) else 1)
    if isinstance(paging, NextOffset):
        beginning = await asyncio.to_thread(_beginning, extraction, landed, source, paging, expected)
        closing = None if extraction.since or _is_closing(extraction, source) else _closing(source)
        walk = OffsetWalk(source, paging, beginning, closing=closing, window=window).walk()
    elif isinstance(paging, IdAfter):
        seen = await asyncio.to_thread(_seen, landed, source)
        walk = walk_ids(source, paging, extraction.next, seen=seen, pages=len(landed), feed=feed, window=window)
    else:
        walk = walk_list(source, extraction.next, feed=feed, window=window)
    await _land(walk, extraction, len(landed), source=source, journal=journal, feed=feed, window=window)


async def _land(
    walk: AsyncIterator[Walked],
    extraction: Extraction,
    position: int,
    *,
    source: Source,
    journal: Journal,
    feed: Feed,
    window: Window,
) -> None:
    """Make durable what the walk gives, as much at a time as has come, and hand it on."""
    waiting: asyncio.Queue[Walked | Exception | None] = asyncio.Queue()

    async def walk_on() -> None:
        try:
            async with aclosing(walk) as steps:  # type: ignore[type-var]  # all three are generators
                async for walked in steps:
                    waiting.put_nowait(walked)
        except Exception as error:  # what came before it is landed first
            waiting.put_nowait(error)
        else:
            waiting.put_nowait(None)

    walker = asyncio.create_task(walk_on())
    try:
        while True:
            group = [await waiting.get()]
            await asyncio.sleep(GATHER_S)
            group += [waiting.get_nowait() for _ in range(waiting.qsize())]
            walked = [one for one in group if isinstance(one, Walked)]
            pages = await asyncio.to_thread(_keep, extraction.id, position, walked, source, journal)
            position += len(pages)
            for _ in pages:
                window.release()
            for one, page in zip(walked, pages, strict=True):
                if one.parts:
                    await feed.parts(page.position, page.received_at, one.parts)
                await feed.landed(page)
            if group[-1] is None:
                return
            if isinstance(group[-1], Exception):
                raise group[-1]
    finally:
        walker.cancel()
        await asyncio.gather(walker, return_exceptions=True)
        while not waiting.empty():
            if isinstance(left := waiting.get_nowait(), Walked):
                left.staged.discard()


def _keep(
    extraction: int, position: int, walked: Sequence[Walked], source: Source, journal: Journal
) -> list[LandedPage]:
    """On return these pages are durable, and the journal is past them."""
    if not walked:
        return []
    source.landing.keep([one.staged for one in walked])
    pages = [
        LandedPage(n, one.parameters, one.staged.landed.file, one.staged.landed.size, one.received, one.received_at)
        for n, one in enumerate(walked, position)
    ]
    dates = [one.date for one in walked if one.date]
    last = walked[-1]
    journal.land(
        extraction, pages, following=last.following, overlap=last.overlap, server_date=dates[0] if dates else None
    )
    return pages


# -- going on behind what landed ----------------------------------------------------------------------


def _beginning(
    extraction: Extraction, landed: Sequence[LandedPage], source: Source, paging: NextOffset, expected: int | None
) -> Beginning:
    assert extraction.next is not None  # else there is nothing to go on with
    if expected is not None and extraction.since is None and source.stream.since:
        expected -= 1  # the round at the end
    closing = _is_closing(extraction, source)
    round_of = source.stream.since or ""
    done = [page for page in landed if page.parameters.get(round_of) == extraction.next.get(round_of)]
    return Beginning(
        extraction.next,
        pages=len(landed),
        done=len(done),
        tail=_tail(done[-1], source, paging) if done else None,
        overlap=extraction.overlap,
        begun=extraction.server_date,
        expected=None if closing else expected,
    )


def _tail(page: LandedPage, source: Source, paging: NextOffset) -> Tail | None:
    body = cut(source.landing.read(page.file), source.stream.envelope)
    following = pointer(body.envelope, paging.pointer)
    if following is None:
        return None
    parsed = parse(body.records, source.stream)
    misfits = bool(parsed.decoded and parsed.decoded.misfits)
    return Tail.of(
        parsed.ids(source.stream),
        int(page.parameters.get(paging.parameter, "0")),
        int(following),
        page.records,
        misfits=misfits,
    )


def _seen(landed: Sequence[LandedPage], source: Source) -> set[str]:
    seen: set[str] = set()
    for page in landed:
        body = cut(source.landing.read(page.file), source.stream.envelope)
        seen.update(decode(body.records or b"[]", source.stream).keys(source.stream))
    return seen


def _is_closing(extraction: Extraction, source: Source) -> bool:
    """Whether it goes on in the round at its end."""
    return extraction.since is None and source.stream.since in (extraction.next or {})


def _closing(source: Source) -> Callable[[datetime], Mapping[str, str]] | None:
    """The parameters for what changed since a time, where the API can tell that."""
    if source.stream.since is None:
        return None
    return lambda begun: source.first(naive(begun - LOOK_BACK, source.account.timezone))
