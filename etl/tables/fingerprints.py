"""What each record was when its tables were last written: its id and a hash of all it held, one small file a stream.

Comparing two of them tells what is new, changed and gone. They are derived: where one is missing, or was made by
another release of polars, the landed pages tell the same, but for what changed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl.tables.write import Layout, TableFile

SCHEMA = pa.schema([("key", pa.string()), ("hash", pa.uint64())])
MADE_BY = f"polars-{pl.__version__}"
"""Another release may hash otherwise."""


@dataclass(frozen=True)
class Changes:
    """What a complete run says about the one before. `changed` is None where that cannot be told."""

    before: int
    new: int
    changed: int | None
    vanished: list[str]

    @property
    def share_vanished(self) -> float:
        return len(self.vanished) / self.before if self.before else 0.0


class Fingerprints:
    """Those of one extraction, in the making."""

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


def known(folder: Path, extraction: int) -> pl.LazyFrame | None:
    """The fingerprints of an extraction, where they are there."""
    path = path_of(folder, extraction)
    return pl.scan_parquet(path) if path.is_file() else None


def compare(before: pl.LazyFrame, now: pl.LazyFrame, rejected: Collection[str] = ()) -> Changes:
    """`before` may lack the column `hash`. The `rejected` ids came, but could not be read: they did not vanish."""
    hashed = "hash" in before.collect_schema().names()
    both = before.join(now, on="key", how="inner")
    stayed = both.select(pl.len()).collect().item()
    changed = both.filter(pl.col("hash") != pl.col("hash_right")).select(pl.len()).collect().item() if hashed else None
    missing = before.join(now, on="key", how="anti").select("key").collect()["key"]
    vanished = missing.filter(~missing.is_in(pl.Series(list(rejected), dtype=pl.String).implode())).sort()
    counts = [frame.select(pl.len()).collect().item() for frame in (before, now)]
    return Changes(counts[0], counts[1] - stayed, changed, vanished.to_list())
