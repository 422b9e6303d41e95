"""Estimate how far the server's clock is from ours, as an interval that every answer narrows.

A Date header holds whole seconds, written somewhere between our sending and its arrival, so one answer bounds the
difference to a second plus its latency; several together to a few milliseconds. Without it a day would end when *our*
clock says so: ten minutes early means ten minutes of refusals, ten minutes late means a day counted wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

from etl.budget.sliding_window import DRIFT

WIDEST_S = 3600.0
"""The largest difference that is believed: beyond it a cache answered, or the header is wrong."""


@dataclass(slots=True)
class Skew:
    """The server's time minus ours is in [low, high]; 0 until an answer says otherwise. `base` is how wrong our clock
    was found to be."""

    low: float = 0.0
    high: float = 0.0
    at: float = 0.0
    base: float = 0.0

    def learn(self, date: float, sent: float, received: float) -> bool:
        """Narrow the interval by a Date header. False if it is too far off to be believed."""
        low, high = date - received, date + 1 - sent
        if low - self.base > WIDEST_S or high - self.base < -WIDEST_S:
            return False
        if self.at:
            known_low, known_high = self._bounds(received)
            narrower = max(low, known_low), min(high, known_high)
            if narrower[0] <= narrower[1]:
                low, high = narrower
        self.low, self.high, self.at = low, high, received
        return True

    @classmethod
    def of_wrong_clock(cls, date: float, sent: float, received: float) -> Skew:
        """Our clock is wrong, and a Date header is right."""
        return cls(date - received, date + 1 - sent, received, date - received)

    def earliest(self, server: float, now: float) -> float:
        """The earliest time, on our clock, at which the server's may show that time."""
        return server - self._bounds(now)[1]

    def latest(self, server: float, now: float) -> float:
        """The time, on our clock, from which the server's certainly shows that time."""
        return server - self._bounds(now)[0]

    def server(self, now: float) -> float:
        """The best estimate of the server's time."""
        return now + (self.low + self.high) / 2

    def _bounds(self, now: float) -> tuple[float, float]:
        if not self.at:
            return self.low, self.high
        age = max(now - self.at, 0.0) * DRIFT
        return self.low - age, self.high + age
