"""What is told of a row before it is judged: why it cannot be sent, in which field, what would help, a note, and flags
of values that were read again."""

from __future__ import annotations

import polars as pl

ERROR, FIELD, SUGGESTION, NOTE, FLAGS = "_error", "_field", "_suggestion", "_note", "_flags"


def with_told(frame: pl.DataFrame, told: pl.DataFrame, on: str) -> pl.DataFrame:
    """Join what is told by the column `on`; of two errors of one row, the first that was told stays, with its field."""
    new = [name for name in (ERROR, FIELD, SUGGESTION, NOTE, FLAGS) if name in told.columns]
    joined = frame.join(told.select(on, *new), on=on, how="left", maintain_order="left", suffix="_later")
    twice = [name for name in new if name in frame.columns]
    if not twice:
        return joined
    first = pl.col(ERROR).is_not_null() if ERROR in frame.columns else pl.lit(False)
    return joined.with_columns(
        pl.when(first).then(name).otherwise(pl.coalesce(f"{name}_later", name)).alias(name) for name in twice
    ).drop(f"{name}_later" for name in twice)
