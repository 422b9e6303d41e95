"""Leave out the rows of people who were erased: the tombstones know them by key, address or number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from etl.person.tombstones import Tombstones
from etl.push.input.child_tables import LINE, OWN_KEY
from etl.push.input.rows import Input

ERASED = "This person was erased (etl person erase): nothing is sent. Take the row out of the file."
ERASED_INSIDE = "A contact person of it was erased (etl person erase): take that person out of the file."


def without_erased(data: Input, state: Path) -> Input:
    """Mark these rows as not meant to be sent. Raises ConfigurationError where the tombstones are damaged."""
    tombstones = Tombstones.load(state)
    if not tombstones:
        return data
    names = data.frame.select(
        *(pl.col(name) if name in data.frame.columns else pl.lit(None, pl.String).alias(name) for name in SOURCE),
        key=OWN_KEY,
    )
    texts = data.frame.select(pl.exclude(*SOURCE, OWN_KEY, "key"))
    own = tombstones.rows_of(names.hstack(texts))
    lines = set[int]()
    for child in data.children.values():
        nameless = child.select(*(pl.lit(None, pl.String).alias(name) for name in (*SOURCE, "key")))
        mask = tombstones.rows_of(nameless.hstack(child.select(pl.exclude(*SOURCE, "key"))))
        lines |= set(child.filter(mask)[LINE])
    reason = (
        pl.when(own)
        .then(pl.lit(ERASED))
        .when(pl.col(LINE).is_in(pl.Series(sorted(lines), dtype=data.frame[LINE].dtype).implode()))
        .then(pl.lit(ERASED_INSIDE))
    )
    return replace(data, frame=data.frame.with_columns(_erased=reason))


SOURCE = ("account", "stream")
