"""A clock on which waiting takes no time: whoever sleeps moves it on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class QuickClock:
    """Begins now. Limits, pauses and settle times are waited for in full, by this clock."""

    def __init__(self) -> None:
        self._start, self._passed = datetime.now(UTC), 0.0

    def monotonic(self) -> float:
        return self._passed

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    async def sleep(self, seconds: float) -> None:
        self._passed += max(seconds, 0.0)
        await asyncio.sleep(0)
