"""Walk the pages of a list, whatever its paging."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Generic

from etl.errors import RemoteRefused
from etl.paginate.pager import InvalidPaging, Pager, Parameters
from etl.paginate.prefetch import P, Prefetch, Reader
from etl.paginate.window import Lease, PageWindow


@dataclass(frozen=True)
class Walked(Generic[P]):
    """A page in order. `following` are the next parameters, None at the end; `overlap`: whether pages still overlap.

    The consumer of the page releases its `lease`.
    """

    parameters: Parameters
    page: P
    following: Parameters | None
    overlap: bool
    lease: Lease


async def walk(
    reader: Reader[P],
    pager: Pager,
    first: Parameters,
    *,
    window: PageWindow,
    landed: int = 0,
    remedy: str | None = None,
) -> AsyncGenerator[Walked[P]]:
    """Yield the pages in order; `landed` says how many came before.

    Raises what the reader raises, and for invalid paging an error with that `remedy`: ProtocolBroken, or the
    `restless` of its start.
    """
    prefetch, asking, number = Prefetch(reader, window), first, landed + 1
    try:
        while True:
            try:
                page, lease = await prefetch.page(asking, pager.guesses(asking), number)
            except RemoteRefused as refusal:
                instead = pager.refused(asking, refusal.status)
                if instead is None:
                    raise
                if instead.following is None:
                    return
                asking = instead.following
                continue
            try:
                onward = pager.take(asking, page)
            except InvalidPaging as invalid:
                lease.release()
                reader.over_fetched(page, 0)
                raise invalid.kind(f"{reader.where(number)}: {invalid.what}", remedy=remedy) from None
            if onward.used:
                yield Walked(asking, page, onward.following, onward.overlap, lease)
                number += 1
            else:
                lease.release()
                reader.over_fetched(page, 1)
            if onward.following is None:
                return
            asking = onward.following
    finally:
        await prefetch.drop()
