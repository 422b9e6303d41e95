"""The interface by which an extraction passes pages to the table builder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from etl.decode.fast import Parsed
from etl.state.journal import LandedPage


class PageConsumer(Protocol):
    """Receives the pages of an extraction."""

    async def parts(self, position: int, received_at: datetime, parts: Sequence[Parsed]) -> None:
        """Take records of the page at that position, in order."""

    async def landed(self, page: LandedPage) -> None:
        """Learn that all records of that page came, and that it is durable."""

    async def again(self) -> None:
        """Forget the records of the current list: it was truncated and is fetched anew."""
