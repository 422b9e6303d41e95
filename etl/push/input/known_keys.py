"""Take known keys for those that a spreadsheet changed, before anything is made of them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.state.entries import Source

NO_KEYS: Mapping[Source, str] = {}
_END = "\x1f"


def with_known_keys(
    frame: pl.DataFrame, column: str, known: Mapping[Source, str], source: str | None = None
) -> pl.DataFrame:
    """Take the keys of `known` in a column. The rows are those of the table `source`, or name their own account and
    stream."""
    if not known:
        return frame
    names = {_END.join(one): key for one, key in known.items()}
    key = pl.col(column).cast(pl.String).str.strip_chars()
    of = (pl.lit(source), pl.lit("")) if source is not None else (_named(frame, "account"), _named(frame, "stream"))
    whole = pl.concat_str(*of, key, separator=_END)
    return frame.with_columns(whole.replace_strict(names, default=key, return_dtype=pl.String).alias(column))


def _named(frame: pl.DataFrame, name: str) -> pl.Expr:
    return (pl.col(name).cast(pl.String) if name in frame.columns else pl.lit(None, pl.String)).fill_null("")
