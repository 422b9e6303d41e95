"""Collect records into batches, and drop rows that occur again later in the batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from etl.decode.fast import Parsed

ROWS = 20_000
BYTES = 12 << 20
"""The bounds of memory: a batch is written when it has so many records, or so much JSON for each of its child
tables."""
UTC_TIME = pl.Datetime("us", "UTC")
PROVED = 2 << 20
"""How much JSON is proved at once."""


@dataclass(frozen=True)
class BatchPart:
    """Parsed records with their position: that of the page, and how many of its records came before."""

    parsed: Parsed
    page: int
    received_at: datetime
    before: int


class Batch:
    """Frames in the wire schema. `take` adds `extracted_at`, and `_place`, the number of the record in the whole
    extraction."""

    def __init__(self, children: int) -> None:
        self._enough = BYTES // max(children, 1)
        self._frames: list[tuple[pl.DataFrame, datetime]] = []
        self._rows = 0
        self._bytes = 0
        self._place = 0

    def add(self, frame: pl.DataFrame, received_at: datetime, size: int) -> None:
        """Add the next records; `size` is their length as JSON."""
        self._frames.append((frame, received_at))
        self._rows += frame.height
        self._bytes += size

    @property
    def full(self) -> bool:
        return self._bytes >= self._enough or self._rows >= ROWS

    def take(self, key: pl.Expr, *, all_of_it: bool) -> tuple[pl.DataFrame, int]:
        """Take what can be written, the last record of each id, and how many records were dropped.

        The last frame stays unless `all_of_it`, to be compared with what follows.
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
        ready.clear()  # frees their memory for the result
        return pl.concat(kept, rechunk=True) if kept else pl.DataFrame(), dropped


def _where(frame: pl.DataFrame, mask: pl.Series) -> pl.DataFrame:
    """Select the marked rows; mostly these are all, or all but the last ones, which costs nothing."""
    height = int(mask.sum())
    return frame.head(height) if mask.head(height).all() else frame.filter(mask)
