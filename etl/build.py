"""Landed pages -> decoded, normalised, written. The same for an export as it goes and for a replay afterwards.

Where a key came more than once (rows moved while one paged, or changed later), the newest counts. That is known only
at the end; then the tables are built once more from the landed pages, without the superseded records.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import polars as pl

from etl.careful import Misfit
from etl.decode import Decoded, cut, decode, key_of
from etl.settings import Account
from etl.state.files import discard, make_folder, write_whole
from etl.state.journal import LandedPage, text
from etl.systems.declare import Context, Stream
from etl.write import Layout, TableFile

BATCH = 20_000
"""Records normalised and written at a time: memory is set by this, not by the data."""


@dataclass
class Built:
    """What became of the records of one stream: received = written + duplicates + rejected."""

    received: int = 0
    written: int = 0
    duplicates: int = 0
    rejected: int = 0
    tables: dict[str, int] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)


class Build:
    """One stream's tables in the making. `add` pages in order, then `finish`; `discard` drops what is not finished."""

    def __init__(
        self, account: Account, stream: Stream, out: Path, forms: Sequence[str], *, read: Callable[[str], bytes]
    ) -> None:
        self._stream = stream
        self._out = out
        self._forms = forms
        self._read = read
        self._name = f"{account.name}.{stream.name}"
        self._context = Context(account.name, account.system, stream.name, account.timezone, account.country)
        self._pages: list[LandedPage] = []
        self._skip: pl.Series | None = None
        self._turn = threading.RLock()  # a run that is stopped drops this while a thread may still be at work
        self._begin()

    def _begin(self) -> None:
        self._built = Built()
        self._batch: list[pl.DataFrame] = []
        self._waiting = 0
        self._received = 0
        self._keys: list[pl.DataFrame] = []
        self._rejects: list[bytes] = []
        self._files: list[TableFile] = []
        try:
            for table in self._stream.tables:
                layout = Layout.of(table, self._stream.names.get(table, {}))
                self._files += [TableFile(self._out / table / f"{self._name}.{form}", layout) for form in self._forms]
        except BaseException:
            self.discard()
            raise

    def add(self, page: LandedPage, decoded: Decoded | None = None) -> None:
        """Take a page; `decoded` saves reading it back from landing."""
        with self._turn:
            self._pages.append(page)
            self._take(page, decoded or self._decoded(page))

    def _decoded(self, page: LandedPage) -> Decoded:
        return decode(cut(self._read(page.file), self._stream.envelope).records or b"[]", self._stream)

    def _take(self, page: LandedPage, decoded: Decoded) -> None:
        self._rejects += [self._reject(page, misfit) for misfit in decoded.misfits]
        frame = decoded.frame.with_columns(
            extracted_at=pl.lit(page.received_at, dtype=pl.Datetime("us", "UTC")),
            _ordinal=pl.int_range(self._received, self._received + decoded.frame.height, dtype=pl.Int64),
        )
        self._received += decoded.frame.height
        self._built.received += decoded.received
        self._built.rejected += len(decoded.misfits)
        self._batch.append(frame)
        self._waiting += frame.height
        if self._waiting >= BATCH:
            self._write_batch()

    def _write_batch(self) -> None:
        if not self._batch:
            return
        frame = pl.concat(self._batch)
        self._batch, self._waiting = [], 0
        self._keys.append(frame.select(key_of(self._stream).alias("key"), "_ordinal"))
        if self._skip is not None:
            frame = frame.filter(~pl.col("_ordinal").is_in(self._skip.implode()))
        for part in frame.drop("_ordinal").iter_slices(BATCH):
            tables = self._stream.into(part, self._context)
            for file in self._files:
                file.append(tables[file.table])

    def finish(self) -> Built:
        """The tables under their final names, durable; rejects beside them, or an old file of them removed."""
        with self._turn:
            return self._finish()

    def _finish(self) -> Built:
        self._write_batch()
        superseded = self._superseded()
        if superseded.len() and self._skip is None:
            self.discard()
            self._skip = superseded
            self._begin()
            for page in self._pages:
                self._take(page, self._decoded(page))
            return self._finish()
        built = self._built
        built.duplicates = superseded.len()
        for file in self._files:
            file.finish()
            built.tables[file.table] = file.rows
            built.files.setdefault(file.table, []).append(str(file.target))
        built.written = built.tables[self._stream.tables[0]]
        self._write_rejects()
        return built

    def _superseded(self) -> pl.Series:
        if not self._keys:
            return pl.Series(dtype=pl.Int64)
        keys = pl.concat(self._keys)
        if keys["key"].n_unique() == keys.height:
            return pl.Series(dtype=pl.Int64)
        last = pl.col("_ordinal").max().over("key")
        return keys.filter(pl.col("_ordinal") != last)["_ordinal"]

    def _reject(self, page: LandedPage, misfit: Misfit) -> bytes:
        account, stream = self._name.split(".")
        return orjson.dumps(
            {
                "account": account,
                "stream": stream,
                "page": page.position,
                "position": misfit.position,
                "field": misfit.field or None,
                "reason": misfit.reason,
                "received_at": text(page.received_at),
                "raw": misfit.raw,
            }
        )

    def _write_rejects(self) -> None:
        target = self._out / "rejects" / f"{self._name}.jsonl"
        if self._rejects:
            make_folder(target.parent)
            write_whole(target, b"\n".join(self._rejects) + b"\n")
        else:
            discard(target)

    def discard(self) -> None:
        with self._turn:
            for file in self._files:
                file.discard()


def rebuild(
    account: Account,
    stream: Stream,
    pages: Iterable[LandedPage],
    out: Path,
    forms: Sequence[str],
    *,
    read: Callable[[str], bytes],
) -> Built:
    """All of it from landed pages."""
    build = Build(account, stream, out, forms, read=read)
    try:
        for page in pages:
            build.add(page)
        return build.finish()
    finally:
        build.discard()
