"""Draw random values that depend only on the seed, the kind of record and its row number.

Any row can be drawn alone, in any order, and comes out the same: nothing is kept in memory, so half a million
rows cost no more to start with than five.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

CUSTOMER, RELATION, PRODUCT, DEBTOR = 1, 2, 3, 4
INVOICED = 5


class Dice:
    """The random source of one record. Only `Random.random` is used, whose sequence Python guarantees."""

    __slots__ = ("_draw",)

    def __init__(self, seed: int, kind: int, row: int) -> None:
        # The seed is kept positive, since Random treats -1 and 1 alike.
        self._draw = Random(((seed & 0xFFFFFFFF) << 48) | (kind << 44) | row).random  # noqa: S311 - data, no secrets

    def chance(self, share: float) -> bool:
        return self._draw() < share

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self._draw() * len(items))]

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number from low to high, inclusive."""
        return low + int(self._draw() * (high - low + 1))

    def digits(self, count: int) -> str:
        return f"{int(self._draw() * 10**count):0{count}d}"
