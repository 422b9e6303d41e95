"""Store each record's id and a hash of its content when its tables were last written: one small file per stream.

Comparing two of them shows what is new, changed and vanished. They are derived: if one is missing, or was made by
another release of polars, the landed pages or its ids show the same, except for what changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl.tables.unread import Unread
from etl.tables.write import Layout, TableFile

SCHEMA = pa.schema([("key", pa.string()), ("hash", pa.uint64())])
MADE_BY = f"polars-{pl.__version__}"
"""Part of the name, as another release may hash differently."""


@dataclass(frozen=True)
class Changes:
    """How a complete run differs from the one before. `changed` is None if that is unknown. `unread` counts the rows
    that came, but cannot be read any more; those without an id may be any of those missing."""

    before: int
    new: int
    changed: int | None
    vanished: list[str]
    unread: int = 0

    @property
    def share_vanished(self) -> float:
        return len(self.vanished) / self.before if self.before else 0.0


class Fingerprints:
    """Writes the fingerprints of one extraction."""

    def __init__(self, folder: Path, extraction: int) -> None:
        self._file = TableFile(path_of(folder, extraction), Layout("fingerprints", SCHEMA))

    def append(self, keys: pl.Series, frame: pl.DataFrame) -> None:
        self._file.append(pl.DataFrame({"key": keys, "hash": frame.hash_rows()}))

    def finish(self) -> None:
        self._file.finish()

    def discard(self) -> None:
        self._file.discard()


def path_of(folder: Path, extraction: int) -> Path:
    return folder / f"{extraction}.{MADE_BY}.parquet"


def stored(folder: Path, extraction: int) -> pl.LazyFrame | None:
    """The fingerprints of an extraction, without hashes if another release made them; None if there are none."""
    path = path_of(folder, extraction)
    if path.is_file():
        return pl.scan_parquet(path)
    others = sorted(folder.glob(f"{extraction}.*.parquet"))
    return pl.scan_parquet(others[-1]).select("key") if others else None


def compare(before: pl.LazyFrame, now: pl.LazyFrame, unread: Unread) -> Changes:
    """Compare two runs. `before` may lack the column `hash`. Rows that are `unread` came: they have not vanished."""
    hashed = "hash" in before.collect_schema().names()
    both = before.join(now, on="key", how="inner")
    stayed = both.select(pl.len()).collect().item()
    changed = both.filter(pl.col("hash") != pl.col("hash_right")).select(pl.len()).collect().item() if hashed else None
    missing = before.join(now, on="key", how="anti").select("key").collect()["key"]
    vanished = missing.filter(~missing.is_in(pl.Series(list(unread.keys), dtype=pl.String).implode())).sort()
    counts = [frame.select(pl.len()).collect().item() for frame in (before, now)]
    unreadable = missing.len() - vanished.len() + min(unread.keyless, vanished.len())
    return Changes(counts[0], counts[1] - stayed, changed, vanished.to_list(), unreadable)
