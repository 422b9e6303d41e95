"""What whoever builds tables of an extraction is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from etl.decode.fast import Parsed
from etl.state.journal import LandedPage


class Feed(Protocol):
    """Who builds tables of what comes."""

    async def parts(self, position: int, received_at: datetime, parts: Sequence[Parsed]) -> None:
        """Records of the page at that position, in their order."""

    async def landed(self, page: LandedPage) -> None:
        """All records of that page came, and it is durable."""

    async def again(self) -> None:
        """The list broke off on its way, and comes anew: what came of it does not count."""
