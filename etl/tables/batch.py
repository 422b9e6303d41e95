"""Records gathered into batches, each without the rows that come once more right behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from etl.decode.fast import Parsed

ROWS = 20_000
BYTES = 12 << 20
"""Memory is set by these, not by the data: a batch is written when it has so many records, or so much JSON for each
of its child tables."""
UTC_TIME = pl.Datetime("us", "UTC")
PROVED = 2 << 20
"""How much JSON is proved at a time."""


@dataclass(frozen=True)
class BatchPart:
    """Parsed records, in their place: the page's position, and how many of its records came before."""

    parsed: Parsed
    page: int
    received_at: datetime
    before: int


class Batch:
    """Frames in the wire schema; on the way out with `extracted_at`, and `_place`, the number of the record in the
    whole."""

    def __init__(self, children: int) -> None:
        self._enough = BYTES // max(children, 1)
        self._frames: list[tuple[pl.DataFrame, datetime]] = []
        self._rows = 0
        self._bytes = 0
        self._place = 0

    def add(self, frame: pl.DataFrame, received_at: datetime, size: int) -> None:
        """The next records, and how much JSON they were."""
        self._frames.append((frame, received_at))
        self._rows += frame.height
        self._bytes += size

    @property
    def full(self) -> bool:
        return self._bytes >= self._enough or self._rows >= ROWS

    def take(self, key: pl.Expr, *, all_of_it: bool) -> tuple[pl.DataFrame, int]:
        """What can be written, each id once, as it came last; and how many records that leaves out.

        The last frame stays for what comes behind it.
        """
        if not self._frames:
            return pl.DataFrame(), 0
        newest = pl.concat([part.select(key) for part, _ in self._frames]).to_series().is_last_distinct()
        ready, self._frames = self._frames, [] if all_of_it else [self._frames[-1]]
        self._rows, self._bytes = sum(part.height for part, _ in self._frames), 0
        kept, start, dropped = [], 0, 0
        for part, at in ready[: len(ready) - len(self._frames)]:
            places = pl.int_range(self._place, self._place + part.height, eager=True)
            times = pl.Series([at], dtype=UTC_TIME).new_from_index(0, part.height)
            placed = part.hstack([times.alias("extracted_at"), places.alias("_place")])
            kept.append(_where(placed, newest.slice(start, part.height)))
            start, dropped = start + part.height, dropped + part.height - kept[-1].height
            self._place += part.height
        ready.clear()  # their memory is needed for what they are made into
        return pl.concat(kept, rechunk=True) if kept else pl.DataFrame(), dropped


def _where(frame: pl.DataFrame, mask: pl.Series) -> pl.DataFrame:
    """The rows that are marked; most often all of them, or all but the last ones, which costs nothing."""
    height = int(mask.sum())
    return frame.head(height) if mask.head(height).all() else frame.filter(mask)
