"""Read pages that fit into memory: request, check, parse and stage them, several at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from etl.decode.envelope import cut
from etl.decode.fast import Parsed, parse
from etl.extract.source import PageSource, StagedPage
from etl.http.answer import Bounds, Response
from etl.http.judge import refuse_web_page, wait_of
from etl.paginate import Parameters
from etl.paginate.check import ListCheck
from etl.paginate.request import asked
from etl.systems.declare import PARENT


class PageReader:
    """Reads each page whole, in a thread."""

    def __init__(self, source: PageSource) -> None:
        self._source = source
        self.where = source.where
        self.over_fetched = source.over_fetched

    async def page(self, parameters: Parameters, number: int, sent: Callable[[], None]) -> StagedPage:
        """Fetch one page. Raises what the client, the check and the landing raise."""
        source, where = self._source, self.where(number)

        async def read(response: Response) -> StagedPage:
            async with source.readers:
                return await staged(response)

        async def staged(response: Response) -> StagedPage:
            staging = asyncio.ensure_future(asyncio.to_thread(stage, source, response, where, parameters.get(PARENT)))
            try:
                return await asyncio.shield(staging)
            except asyncio.CancelledError:  # the thread still runs to its end, and nobody takes what it staged
                (outcome,) = await asyncio.gather(staging, return_exceptions=True)
                if isinstance(outcome, StagedPage):
                    outcome.staged.discard()
                raise

        path, (query, search) = source.path(parameters), asked(source.stream, parameters)
        return await source.client.ask(
            path, query, read, where=where, bounds=Bounds(), sent=sent, cost=source.cost, search=search
        )


def stage(source: PageSource, response: Response, where: str, parent: str | None = None) -> StagedPage:
    """Check, parse and stage an answer. An error is raised, not staged."""
    envelope, parsed = taken_apart(response, source.check(where), parent)
    staged = source.landing.stage(source.account.name, source.stream.name, response.raw, response.encoding)
    ids = parsed.ids(source.stream)
    at, headers = response.received_at, response.headers
    return StagedPage(staged, envelope, parsed.received, ids, at, response.date, headers, [parsed])


def taken_apart(response: Response, check: ListCheck, parent: str | None = None) -> tuple[Any, Parsed]:
    """The envelope and the records of a page, asked for with that parent. Raises what an answer means that is none."""
    if response.status != 200:
        check.must_be_empty_list(response)
        return None, parse(b"[]", check.stream)
    refuse_web_page(response.body, check.where, wait_s=wait_of(response))
    with check.repeated():
        page = cut(response.body, check.stream.envelope)
    check.envelope(page.envelope, page.records)
    with check.repeated():
        parsed = parse(page.records, check.stream, parent)
    check.count(page.envelope, parsed.received)
    return page.envelope, parsed
