"""Decode, normalise and write landed pages: during an export, and in the same way for a replay afterwards.

    parts -> proved -> batch (each id once) -> into (normalised) -> tables

Three batches are under way at once, each step in its own thread: one collected, one normalised, one written.

If an id came more than once (rows moved during paging, or changed later), the newest record counts. Duplicates within a
batch are dropped there. Unless the order of the ids proves that there are no others, those are known only at the end;
then the tables are built again from the landed pages, without the superseded records.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from etl.config.settings import Account
from etl.decode.erased import ONLY_MARK, places
from etl.decode.fast import Parsed, decode_all, key_of
from etl.errors import EtlError
from etl.state.journal import LandedPage
from etl.state.landing import Landing
from etl.state.vanished import Vanished
from etl.systems.declare import Context, Stream
from etl.tables.background import Beside
from etl.tables.batch import PROVED, Batch, BatchPart
from etl.tables.dialect import PLAIN, Dialect
from etl.tables.files import Tables
from etl.tables.fingerprints import Changes, Fingerprints
from etl.tables.keys import SeenKeys, superseded
from etl.tables.landed import keys_of, must_have_one_parent_each, parts_of
from etl.tables.pseudonyms import Pseudonyms
from etl.tables.rejects import Rejects
from etl.tables.unread import Unread
from etl.tables.vanished import gone


@dataclass
class Built:
    """The result for one stream: received = written + duplicates + rejected + erased.

    `erased` are records of people who were erased: only their places came. Of those, `returned` is how many the source
    gave again. `vanished` rows are in the tables besides those written. `changes` compares it with the run before.
    `notes` are what people should know about it.
    """

    received: int = 0
    written: int = 0
    duplicates: int = 0
    rejected: int = 0
    erased: int = 0
    returned: int = 0
    vanished: int = 0
    tables: dict[str, int] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    changes: Changes | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to build, and where. `fingerprints` is the folder and the extraction to store them under; None for none.

    With `pseudonyms`, tables have these in place of people, and rejects have no raw record."""

    account: Account
    stream: Stream
    out: Path
    forms: Sequence[str]
    landing: Landing
    fingerprints: tuple[Path, int] | None = None
    pseudonyms: Pseudonyms | None = None
    dialect: Dialect = PLAIN

    @property
    def name(self) -> str:
        return f"{self.account.name}.{self.stream.name}"

    @property
    def context(self) -> Context:
        account = self.account
        return Context(account.name, account.system, self.stream.name, account.timezone, account.country)


class Build:
    """Builds one stream's tables: call `parts` and `landed` in order, `close`, then `finish`.

    `discard` drops what is not finished; before that, `refuse` leaves its rejects to be looked at. Raises CannotCreate
    or InputOutputError if something cannot be written.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._stream = plan.stream
        self._key = key_of(plan.stream)
        self._pages: list[LandedPage] = []
        self._skip: pl.Series | None = None
        self._dropped = False
        self._turn = threading.RLock()  # a stopped run discards this while a thread may still be at work
        self._begin()

    def _begin(self) -> None:
        plan = self._plan
        self._built = Built()
        self.unread = Unread()
        self._batch = Batch(len(plan.stream.tables) - 1)
        self._unproved: list[BatchPart] = []
        self._in_page = (-1, 0)
        self._seen = SeenKeys()
        self._doubtful = False
        self._later: pl.Series | None = None
        self._rejects = Rejects(plan.out, plan.name, with_raw=plan.pseudonyms is None)
        self._into = Beside(f"into {plan.name}")
        self._tables = Tables(plan.stream, plan.name, plan.out, plan.forms, plan.dialect)
        try:
            self._fingerprints = Fingerprints(*plan.fingerprints) if plan.fingerprints else None
        except BaseException:
            self._tables.discard()
            raise

    # -- adding records -----------------------------------------------------------------------------

    def parts(self, position: int, received_at: datetime, parts: Iterable[Parsed]) -> None:
        """Take records of the page at a position."""
        with self._turn:
            for parsed in parts:
                before = self._in_page[1] if self._in_page[0] == position else 0
                self._in_page = (position, before + parsed.received)
                self._unproved.append(BatchPart(parsed, position, received_at, before))
                if sum(len(part.parsed.records) for part in self._unproved) >= PROVED:
                    self._prove()
                if self._batch.full:
                    self._write(all_of_it=False)

    def landed(self, page: LandedPage) -> None:
        """Learn that all records of this page came, and that it can be read again."""
        with self._turn:
            self._pages.append(page)

    def again(self) -> None:
        """Forget what came after the last landed page."""
        with self._turn:
            self._restart()

    def anew(self, pages: Iterable[LandedPage]) -> None:
        """Begin again with these pages: those that came were changed since."""
        with self._turn:
            self._pages = list(pages)
            self._restart()

    def take(self, pages: Iterable[LandedPage], later: Collection[str] = ()) -> None:
        """Take landed pages of one extraction. `later` are the ids that later extractions replace."""
        with self._turn:
            self._flush()
            self._later = pl.Series(list(later), dtype=pl.String) if later else None
            for page in pages:
                self.parts(page.position, page.received_at, parts_of(page, self._stream, self._plan.landing))
                self._in_page = (-1, 0)
                self.landed(page)

    def _prove(self) -> None:
        parts, self._unproved = self._unproved, []
        for part, decoded in zip(parts, decode_all([part.parsed for part in parts], self._stream), strict=True):
            for misfit in decoded.misfits:
                if misfit.raw == ONLY_MARK:
                    self._built.erased += 1
                    self._built.rejected -= 1
                    continue
                self._rejects.add(part.page, part.received_at, part.before, misfit)
                self.unread.add(misfit, self._stream)
            self._built.received += decoded.received
            self._built.rejected += len(decoded.misfits)
            self._batch.add(decoded.frame, part.received_at, len(part.parsed.records))

    def _write(self, *, all_of_it: bool) -> None:
        self._into.wait()  # else two batches would be in memory besides their results
        frame, dropped = self._batch.take(self._key, all_of_it=all_of_it)
        self._built.duplicates += dropped
        if not frame.height:
            return
        erased = places(frame)
        if erased.any():
            self._built.erased += int(erased.sum())
            frame = frame.filter(~erased)
        keys = frame.select(self._key.alias("key")).to_series()
        out = keys.is_in(self._later.implode()) if self._later is not None else None
        if self._skip is not None:
            out = frame["_place"].is_in(self._skip.implode())
        if out is not None and out.any():
            self._built.duplicates += int(out.sum())
            frame, keys = frame.filter(~out), keys.filter(~out)
        self._seen.add(keys)
        self._into.put(lambda: self._normalise(frame, keys))

    def _normalise(self, frame: pl.DataFrame, keys: pl.Series) -> None:
        if self._fingerprints:
            self._fingerprints.append(keys, frame.drop("extracted_at", "_place"))
        self._show(self._stream.into(frame.drop("_place"), self._plan.context))

    def _show(self, tables: Mapping[str, pl.DataFrame]) -> None:
        pseudonyms = self._plan.pseudonyms
        self._tables.append(
            tables if pseudonyms is None else {name: pseudonyms.table(name, one) for name, one in tables.items()}
        )

    # -- finishing ----------------------------------------------------------------------------------

    def close(self) -> None:
        """End the records. On return each id is in the tables once, and the fingerprints are stored."""
        with self._turn:
            self._close()

    def _close(self) -> None:
        self._flush()
        if self._stream.for_each is not None and (self._doubtful or self._built.duplicates):
            must_have_one_parent_each(self._pages, self._plan.name, self._stream, self._plan.landing)
        if self._doubtful:
            skip = superseded(lambda: keys_of(self._pages, self._stream, self._plan.landing))
            if skip.len() > self._built.duplicates:
                self._skip = skip
                self._restart()
                self._flush()
        if self._fingerprints:
            self._fingerprints.finish()

    def _flush(self) -> None:
        self._prove()
        self._write(all_of_it=True)
        self._into.wait()
        self._doubtful |= self._seen.doubtful
        self._seen = SeenKeys()

    def _restart(self) -> None:
        if self._dropped:  # a thread that is late must not start again
            return
        self._drop()
        self._begin()
        pages, self._pages = self._pages, []
        self.take(pages)

    def add_vanished(self, vanished: Sequence[Vanished]) -> None:
        """Add the records that are no longer there, marked as deleted."""
        with self._turn:
            for tables in gone(vanished, self._stream, self._plan.context):
                self._show(tables)
            self._built.vanished = len(vanished)

    def finish(self) -> Built:
        """Make the tables durable under their final names; write the rejects, or remove an old file of them.

        Raises EtlError before a file has its name if the rows do not balance.
        """
        with self._turn:
            built = self._built
            built.tables = self._tables.rows()
            built.written = built.tables[self._stream.tables[0]] - built.vanished
            if built.received != built.written + built.duplicates + built.rejected + built.erased:
                raise EtlError(
                    f"{self._plan.name}: the rows do not balance.",
                    remedy="The tables are as they were; please report it.",
                )
            built.files = self._tables.finish()
            self._rejects.finish()
            built.notes += self._tables.notes
            return built

    def refuse(self) -> Path | None:
        """Write nothing but the records that cannot be read, for people to look at; None for none of these."""
        with self._turn:
            return self._rejects.refuse()

    @property
    def received(self) -> int:
        return self._built.received

    @property
    def readable(self) -> int:
        """How many rows there are, once it is closed."""
        return self._built.received - self._built.duplicates - self._built.rejected - self._built.erased

    def discard(self) -> None:
        with self._turn:
            self._dropped = True
            self._drop()

    def _drop(self) -> None:
        self._into.stop()
        self._tables.discard()
        self._rejects.discard()
        if self._fingerprints:
            self._fingerprints.discard()
