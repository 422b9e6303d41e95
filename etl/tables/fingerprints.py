"""Store each record's id and a hash of its content when its tables were last written: one small file per stream.

Comparing two of them shows what is new, changed and vanished. They are derived: one that is missing or damaged, or was
made by another release of polars, is made again from the landed pages.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl.decode.erased import places
from etl.decode.fast import key_of
from etl.state.journal import LandedPage
from etl.state.landing import Landing
from etl.systems.declare import Stream
from etl.tables.landed import decoded
from etl.tables.unread import Unread
from etl.tables.write import Layout, TableFile

LOG = logging.getLogger("etl")

SCHEMA = pa.schema([("key", pa.string()), ("hash", pa.uint64())])
MADE_BY = f"polars-{pl.__version__}"
"""Part of the name, as another release may hash differently."""


@dataclass(frozen=True)
class Changes:
    """How a complete run differs from the one before. `unread` counts the rows that came, but cannot be read any more;
    those without an id may be any of those missing."""

    before: int
    new: int
    changed: int
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
    """The fingerprints of an extraction; None if there are none, or they are damaged, which is told."""
    import pyarrow.parquet as pq

    path = path_of(folder, extraction)
    if not path.is_file():
        return None
    try:
        table = pq.read_table(path, page_checksum_verification=True)
        if table.schema.names != SCHEMA.names:
            raise ValueError
        return pl.DataFrame(table).cast({"key": pl.String, "hash": pl.UInt64}).lazy()
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError, ValueError):
        LOG.warning("%s is damaged; what it held is made again from the landed pages, and nothing is lost.", path)
        return None


def made_again(pages: Iterable[LandedPage], stream: Stream, landing: Landing) -> pl.LazyFrame:
    """The fingerprints of these pages, the newest record of each id but for erased ones. Raises as reading does."""
    parts = [pl.DataFrame(schema={"key": pl.String, "hash": pl.UInt64})]
    for page in pages:
        for _, part in decoded(page, stream, landing):
            kept = part.frame.filter(~places(part.frame))
            parts.append(kept.select(key_of(stream).alias("key")).with_columns(hash=kept.hash_rows()))
    return pl.concat(parts).unique("key", keep="last").lazy()


def compare(before: pl.LazyFrame, now: pl.LazyFrame, unread: Unread) -> Changes:
    """Compare two runs. Rows that are `unread` came: they have not vanished."""
    both = before.join(now, on="key", how="inner")
    stayed = both.select(pl.len()).collect().item()
    changed = both.filter(pl.col("hash") != pl.col("hash_right")).select(pl.len()).collect().item()
    missing = before.join(now, on="key", how="anti").select("key").collect()["key"]
    vanished = missing.filter(~missing.is_in(pl.Series(list(unread.keys), dtype=pl.String).implode())).sort()
    counts = [frame.select(pl.len()).collect().item() for frame in (before, now)]
    unreadable = missing.len() - vanished.len() + min(unread.keyless, vanished.len())
    return Changes(counts[0], counts[1] - stayed, changed, vanished.to_list(), unreadable)
