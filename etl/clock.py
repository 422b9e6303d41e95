"""The time, as something that can be handed in: tests and rehearsals move it by hand."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def monotonic(self) -> float:
        """Seconds that never go back."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC."""

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """This machine's clock."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
