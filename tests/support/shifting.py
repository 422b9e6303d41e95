"""A shop whose list changes while it is told: a script for `Server`, with a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

from .clock import NOON
from .scripted import Answer, Seen, customer, is_closing, page

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WELL: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Kept:
    """A customer as the shop has him: his city tells the version, `place` where he stands on the list. With `spoilt` as
    further fields he cannot be read."""

    city: str
    modified_at: datetime
    place: float
    spoilt: Mapping[str, Any] = field(default_factory=dict)


class ShiftingShop:
    """Tells its customers by offset, in the order of their places, and those that changed since a time. A place is the
    id, unless a customer was moved.

    `before` says what happens before the request of a number, counted from 1. A second passes with each request.
    """

    def __init__(
        self, ids: Iterable[int], size: int = 10, before: Mapping[int, Callable[[ShiftingShop], object]] | None = None
    ) -> None:
        self.size = size
        self.before = dict(before or {})
        self.now = NOON
        self.requests = 0
        self.rows = {number: Kept("Utrecht", NOON - timedelta(days=400), number) for number in ids}

    def put(self, *numbers: int, city: str = "Edam", to: float | None = None, spoilt: Mapping[str, Any] = WELL) -> None:
        """Add customers, or change them, move them, and spoil them."""
        for number in numbers:
            place = to if to is not None else self.rows[number].place if number in self.rows else number
            self.rows[number] = Kept(city, self.now, place, spoilt)

    def remove(self, *numbers: int) -> None:
        for number in numbers:
            self.rows.pop(number, None)

    def __call__(self, seen: Seen) -> Answer:
        self.requests += 1
        self.now += timedelta(seconds=1)
        if (change := self.before.get(self.requests)) is not None:
            change(self)
        told = sorted(
            (number for number in self.rows if self._is_asked(number, seen)),
            key=lambda number: (self.rows[number].place, number),
        )
        offset = self.offset(seen)
        following = offset + self.size if offset + self.size < len(told) else None
        body = page([self.record(number) for number in told[offset : offset + self.size]], following)
        return Answer(body, headers={"Date": format_datetime(self.now, usegmt=True)})

    def offset(self, seen: Seen) -> int:
        return int(seen.query.get("offset", "0"))

    def record(self, number: int) -> dict[str, Any]:
        return customer(number, **{"city": self.rows[number].city, **self.rows[number].spoilt})

    def _is_asked(self, number: int, seen: Seen) -> bool:
        if not is_closing(seen):
            return True
        since = datetime.fromisoformat(seen.query["modified_since"]).replace(tzinfo=AMSTERDAM)
        return self.rows[number].modified_at >= since
