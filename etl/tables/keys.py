"""Which records stand for the same thing: ids as they come, without keeping them where their order proves them unique.

Most lists come in ascending order of a whole number. Then the last one is all that has to be remembered. Where the
order breaks, a hash of eight bytes is kept of each id that comes, and where two of those are alike, or ids came before
the break, the ids are read again from the landed pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

WHOLE_NUMBER = r"^[1-9]\d{0,17}$"


class SeenKeys:
    """The ids that were written so far."""

    def __init__(self) -> None:
        self._rising = True
        self._last = -1
        self._unknown = False
        self._hashes: list[pl.Series] = []

    def add(self, keys: pl.Series) -> None:
        """The next ids, each of which is there once."""
        if not keys.len():
            return
        if self._rising:
            self._rising = self._rises(keys)
            if self._rising:
                self._last = int(keys[-1])
                return
            self._unknown = self._last >= 0
        self._hashes.append(keys.hash())

    def _rises(self, keys: pl.Series) -> bool:
        if not keys.str.contains(WHOLE_NUMBER).all():
            return False
        numbers = keys.cast(pl.Int64)
        return int(numbers[0]) > self._last and bool((numbers.diff().drop_nulls() > 0).all())

    @property
    def doubtful(self) -> bool:
        """Whether one of them may have come twice."""
        if self._rising:
            return False
        return self._unknown or bool(pl.concat(self._hashes).is_duplicated().any())


def superseded(batches: Callable[[], Iterable[pl.Series]]) -> pl.Series:
    """The places, counted from 0 over all batches, of ids that come once more later. `batches` gives them anew."""
    hashes = pl.concat([pl.Series(dtype=pl.UInt64), *(keys.hash() for keys in batches())])
    twice = hashes.filter(hashes.is_duplicated()).unique().implode()
    found, start = [pl.DataFrame(schema={"key": pl.String, "place": pl.Int64})], 0
    for keys in batches():
        places = keys.to_frame("key").with_columns(place=pl.int_range(start, start + keys.len(), dtype=pl.Int64))
        found.append(places.filter(keys.hash().is_in(twice)))
        start += keys.len()
    return pl.concat(found).filter(pl.col("place") != pl.col("place").max().over("key"))["place"]
