"""Land staged pages in groups while the walk continues, then advance the journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import TypeAlias

from etl.extract.closing_round import UNSURE, TwoRounds, changes_from
from etl.extract.consumer import PageConsumer
from etl.extract.lists import ListReader
from etl.extract.pages import PageReader
from etl.extract.source import EarlierPage, PageSource, StagedPage
from etl.paginate import AHEAD, Pager, PageWindow, Parameters, Reader, Walked, WalkStart, pager_for, walk
from etl.paginate.each import EachPager
from etl.paginate.request import naive
from etl.state.journal import Extraction, Journal, LandedPage
from etl.systems.declare import WholeList

LOOK_BACK = timedelta(minutes=10)
"""How far before a time its changes are requested: a row may be committed late with an older time."""
GATHER_S = 0.005
"""How long a page waits for others, to be renamed and journalled as one group."""
KEPT = "The pages before it are kept; --full begins anew."

Pages: TypeAlias = AsyncGenerator[Walked[StagedPage]]


async def extract(
    extraction: Extraction,
    landed: Sequence[LandedPage],
    *,
    source: PageSource,
    journal: Journal,
    consumer: PageConsumer,
    expected: int | None,
) -> None:
    """Fetch what an extraction still lacks after the landed pages, and journal it.

    `expected` is how many pages the last similar one had. Raises ProtocolBroken for invalid paging: a cursor that
    repeats or goes back, an empty page with a next one; the cursor then stays where it was.
    """
    if extraction.next is None:
        return
    pager = await asyncio.to_thread(_pager, extraction, landed, source, expected)
    # a truncated list is fetched anew after pages that are all durable
    window = PageWindow(1 if pager.any_size else AHEAD)
    reader: Reader[StagedPage] = (
        ListReader(source, consumer, ids=pager.needs_ids) if pager.any_size else PageReader(source)
    )
    pages = walk(reader, pager, extraction.next, window=window, landed=len(landed), remedy=KEPT)
    await _land(pages, extraction, len(landed), source=source, journal=journal, consumer=consumer)


async def _land(
    pages: Pages,
    extraction: Extraction,
    position: int,
    *,
    source: PageSource,
    journal: Journal,
    consumer: PageConsumer,
) -> None:
    """Land the pages of the walk, as many at a time as have come, and pass them on.

    Where the run is stopped, what has come lands first: it is not fetched again.
    """
    waiting: asyncio.Queue[Walked[StagedPage] | Exception | None] = asyncio.Queue()

    async def walk_on() -> None:
        try:
            async with aclosing(pages) as steps:
                async for walked in steps:
                    waiting.put_nowait(walked)
        except Exception as error:  # the pages before it are landed first
            waiting.put_nowait(error)
        else:
            waiting.put_nowait(None)

    group: list[Walked[StagedPage] | Exception | None] = []
    keeping: asyncio.Task[list[LandedPage]] | None = None
    walker = asyncio.create_task(walk_on())
    try:
        while True:
            group.append(await waiting.get())
            await asyncio.sleep(GATHER_S)
            group += _come(waiting)
            walked, last = [one for one in group if isinstance(one, Walked)], group[-1]
            group.clear()
            keeping = asyncio.create_task(asyncio.to_thread(_keep, extraction, position, walked, source, journal))
            kept, keeping = await asyncio.shield(keeping), None  # cancelled, it might never begin
            position += len(kept)
            for one in walked:
                one.lease.release()
            for one, page in zip(walked, kept, strict=True):
                if one.page.parts:
                    await consumer.parts(page.position, page.received_at, one.page.parts)
                await consumer.landed(page)
            if last is None:
                return
            if isinstance(last, Exception):
                raise last
    except asyncio.CancelledError:
        if keeping is not None:
            position += len(await keeping)
        come = [one for one in (*group, *_come(waiting)) if isinstance(one, Walked)]
        _keep(extraction, position, come, source, journal)
        raise
    finally:
        walker.cancel()
        await asyncio.gather(walker, return_exceptions=True)
        for left in _come(waiting):
            if isinstance(left, Walked):
                left.lease.release()
                left.page.staged.discard()


def _come(waiting: asyncio.Queue[Walked[StagedPage] | Exception | None]) -> list[Walked[StagedPage] | Exception | None]:
    """Take what has come so far."""
    return [waiting.get_nowait() for _ in range(waiting.qsize())]


def _keep(
    extraction: Extraction, position: int, walked: Sequence[Walked[StagedPage]], source: PageSource, journal: Journal
) -> list[LandedPage]:
    """Make these pages durable and advance the journal past them."""
    if not walked:
        return []
    staged = [one.page.staged for one in walked]
    source.landing.keep(staged)
    pages = [
        LandedPage(n, one.parameters, body.landed.file, body.landed.size, one.page.received, one.page.received_at)
        for n, (one, body) in enumerate(zip(walked, staged, strict=True), position)
    ]
    last = walked[-1]
    first = walked[0].page
    since = changes_from(first, min(extraction.started_at, first.received_at))
    is_told = first.server_time is not None or first.date is None  # a Date that is not believed moves no cursor
    journal.land(
        extraction.id,
        pages,
        following=last.following,
        overlap=last.overlap,
        server_date=since if is_told else None,
        changes_from=since,
    )
    return pages


# -- resuming after what landed -----------------------------------------------------------------------


def _pager(extraction: Extraction, landed: Sequence[LandedPage], source: PageSource, expected: int | None) -> Pager:
    """The walk after the landed pages, with a second round at its end if one is due."""
    assert extraction.next is not None  # else there is nothing to resume
    paging, since = source.stream.paging, source.stream.since
    has_rounds = extraction.since is None and since is not None and not isinstance(paging, WholeList)
    is_second = has_rounds and since in extraction.next
    earlier = [page for page in landed if (since in page.parameters) == (since in extraction.next)]
    if expected is not None and has_rounds:
        expected = None if is_second else expected - 1
    start = WalkStart(
        extraction.next,
        [EarlierPage(page, source) for page in earlier],
        extraction.overlap,
        expected,
        address=source.address,
        today=source.today,
    )
    if source.stream.for_each is not None:
        return EachPager(paging, start, source.parents, source.first(None), lambda own: pager_for(paging, own))
    pager = pager_for(paging, start)
    return _two_rounds(pager, source, extraction, has_landed=bool(landed)) if has_rounds and not is_second else pager


def _two_rounds(pager: Pager, source: PageSource, extraction: Extraction, *, has_landed: bool) -> Pager:
    def again(first: Parameters, overlap: bool) -> Pager:
        return pager_for(source.stream.paging, WalkStart(first, overlap=overlap, address=source.address))

    def changes(since: datetime) -> Parameters:
        return source.first(naive(since - LOOK_BACK, source.account.timezone))

    began = min(extraction.started_at, source.clock.now())
    # releases before this column kept no time of a first page whose Date was not believed, or none
    since = extraction.changes_from or extraction.server_date or (began - UNSURE if has_landed else None)
    return TwoRounds(pager, again, changes, since=since, began=began)
