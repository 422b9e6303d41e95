"""Find ids that occur more than once, without storing them while their order proves them unique.

Most lists come in ascending order of a whole number. Then only the last one has to be remembered. Once the order
breaks, an eight-byte hash of each further id is stored, and if two of those are equal, or ids came before the break,
the ids are read again from the landed pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

WHOLE_NUMBER = r"^[1-9]\d{0,17}$"


class SeenKeys:
    """The ids written so far."""

    def __init__(self) -> None:
        self._rising = True
        self._last = -1
        self._unknown = False
        self._hashes: list[pl.Series] = []

    def add(self, keys: pl.Series) -> None:
        """Add the next ids, which are distinct."""
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
        """Whether an id may have come twice."""
        if self._rising:
            return False
        return self._unknown or bool(pl.concat(self._hashes).is_duplicated().any())


def superseded(batches: Callable[[], Iterable[pl.Series]]) -> pl.Series:
    """The positions, counted from 0 over all batches, of ids that come again later. `batches` yields them anew."""
    hashes = pl.concat([pl.Series(dtype=pl.UInt64), *(keys.hash() for keys in batches())])
    twice = hashes.filter(hashes.is_duplicated()).unique().implode()
    found, start = [pl.DataFrame(schema={"key": pl.String, "place": pl.Int64})], 0
    for keys in batches():
        places = keys.to_frame("key").with_columns(place=pl.int_range(start, start + keys.len(), dtype=pl.Int64))
        found.append(places.filter(keys.hash().is_in(twice)))
        start += keys.len()
    return pl.concat(found).filter(pl.col("place") != pl.col("place").max().over("key"))["place"]
