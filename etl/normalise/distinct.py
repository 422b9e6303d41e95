"""Rows that are the same read the same: what is dear is done once for each different one."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl


def by_distinct(frame: pl.DataFrame, read: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """`read(frame)`, which gives a row for a row, where it is shown each different one once."""
    met = frame.unique()
    if met.height == frame.height:
        return read(frame)
    keys = {name: f"key {name}" for name in frame.columns}
    table = met.rename(keys).hstack(read(met))
    joined = frame.rename(keys).join(table, on=list(keys.values()), how="left", nulls_equal=True, maintain_order="left")
    return joined.drop(keys.values())
