"""Records gathered into batches, each without the rows that come once more right behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from etl.decode import Parsed

ROWS = 20_000
BYTES = 12 << 20
"""Memory is set by these, not by the data: a batch is written when it has so many records, or so much JSON for each
of its child tables."""
PROVED = 2 << 20
"""How much JSON is proved at a time."""


@dataclass(frozen=True)
class Part:
    """Parsed records, in their place: the page's position, and how many of its records came before."""

    parsed: Parsed
    page: int
    received_at: datetime
    before: int


class Batch:
    """Frames in the wire schema with `_place`, the number of the record in the whole."""

    def __init__(self, children: int) -> None:
        self._enough = BYTES // max(children, 1)
        self._frames: list[pl.DataFrame] = []
        self._bytes = 0

    def add(self, frame: pl.DataFrame, size: int) -> None:
        self._frames.append(frame)
        self._bytes += size

    @property
    def full(self) -> bool:
        return self._bytes >= self._enough or sum(frame.height for frame in self._frames) >= ROWS

    def take(self, key: pl.Expr, *, all_of_it: bool) -> tuple[pl.DataFrame, int]:
        """What can be written, each id once, as it came last; and how many records that leaves out.

        The last frame stays for what comes behind it.
        """
        if not self._frames:
            return pl.DataFrame(), 0
        frame = pl.concat(self._frames)
        last = self._frames[-1]
        ready = frame.height if all_of_it else frame.height - last.height
        self._frames, self._bytes = ([], 0) if all_of_it else ([last], 0)
        newest = frame.select(key.alias("key"), "_place").select(pl.col("_place") == pl.col("_place").max().over("key"))
        keep = newest.to_series().head(ready)
        return frame.head(ready).filter(keep), ready - int(keep.sum())
