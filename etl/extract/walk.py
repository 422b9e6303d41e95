"""What a walk through the pages of a stream gives, whatever its paging."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from etl.decode import Parsed
from etl.errors import ProtocolBroken
from etl.extract.source import Read
from etl.state.journal import LandedPage
from etl.state.landing import Arriving

AHEAD = 8
"""How many pages of a stream may be asked for, or received and not yet durable."""
CIRCLE = "The pages before it are kept; --full begins anew."

Window = asyncio.Semaphore
"""A slot for each page that is asked for and not yet durable: who asks takes it, who makes it durable gives it back."""


@dataclass(frozen=True)
class Walked:
    """A page in its place, staged. `parts` are its records, where they were not handed on yet.

    `following` is what to ask for next, None at the end; `overlap` whether with a row again.
    """

    parameters: Mapping[str, str]
    staged: Arriving
    received: int
    received_at: datetime
    date: datetime | None
    parts: Sequence[Parsed]
    following: Mapping[str, str] | None
    overlap: bool = True

    @classmethod
    def of(cls, read: Read, following: Mapping[str, str] | None, *, overlap: bool = True) -> Walked:
        parsed = read.parsed
        return cls(
            read.parameters, read.staged, parsed.received, read.received_at, read.date, [parsed], following, overlap
        )


class Feed(Protocol):
    """Who builds tables of what comes."""

    async def parts(self, position: int, received_at: datetime, parts: Sequence[Parsed]) -> None:
        """Records of the page at that position, in their order."""

    async def landed(self, page: LandedPage) -> None:
        """All records of that page came, and it is durable."""

    async def again(self) -> None:
        """The list broke off on its way, and comes anew: what came of it does not count."""


def circle(where: str, what: str) -> ProtocolBroken:
    return ProtocolBroken(f"{where}: {what}", remedy=CIRCLE)
