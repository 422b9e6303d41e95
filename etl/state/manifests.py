"""The manifests: what the journal says of the landed pages, kept beside them, so that it can be made again.

    landing/<account>/<stream>/<start>-<extraction>.pages    a line for each group of pages, and for what became of them
    landing/<account>/<stream>/vanished                      a line for each record of the stream that vanished
    landing/<account>/shops                                  a line for each pair of tenants that are one shop
    landing/outputs                                          a line for each folder that a run has written to

A line is the CRC-32 of a JSON object, a blank, and that object. Of an extraction each holds its whole row and the runs
that used it, as they stand then, and the pages that have come since: the last one tells all, and one that is torn or
damaged ends what is believed. Of the other files it is one line that cannot be read.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from etl.state.database import Database, NewerRelease
from etl.state.files import append, discard, failed, make_folder, write_whole
from etl.state.landing import Landed

FORMAT = 1
SUFFIX = ".pages"
VANISHED, SHOPS, OUTPUTS = "vanished", "shops", "outputs"

Row = Mapping[str, Any]


@dataclass
class Extracted:
    """An extraction as its manifest tells: its row, its runs, its pages, and for changes what they are built on."""

    extraction: Row
    runs: Sequence[Row]
    base: Sequence[int]
    pages: list[Row] = field(default_factory=list)
    last_group: int = 0
    """The position at which the last group of pages begins."""


class Manifests:
    """The manifests in one landing folder, written from the journal beside it."""

    def __init__(self, database: Database, landing: Path) -> None:
        self._db, self._landing = database, landing

    # -- writing -----------------------------------------------------------------------------------

    @cached_property
    def highest(self) -> int:
        """The highest number of an extraction in this folder: one that is put back from a backup gives none again."""
        return max((number_of(path) or 0 for path in self._landing.glob(f"*/*/*{SUFFIX}")), default=0)

    def add_outputs(self, outs: Sequence[Path]) -> None:
        """Remember the folders that a run writes to, for good: their files may hold what a person asks for. The first
        time, those of the runs that the journal knows as well. Durable on return."""
        path, known = self._file(OUTPUTS), self.outputs()
        new = [str(out.absolute()) for out in outs]
        if new and not path.exists():
            rows = self._db.read("SELECT DISTINCT json_extract(arguments, '$.out') AS out FROM runs")
            new += [row["out"] for row in rows if row["out"]]
        for out in dict.fromkeys(new):
            if out not in known:
                make_folder(path.parent)
                append(path, line({"out": out}))

    def outputs(self) -> list[str]:
        path = self._file(OUTPUTS)
        return [row["out"] for row in whole_lines(path) if row] if path.exists() else []

    def land(self, extraction: int, pages: Sequence[Row], **moved: object) -> None:
        """Add pages that have landed, and how the extraction's row is to change. Durable on return."""
        row = {**self._row(extraction), **moved}
        path = self.path(row)
        make_folder(path.parent)
        append(path, self._line(row, pages))

    def note(self, extraction: int, **changed: object) -> None:
        """Say how the row is to change, or has changed. Durable on return; nothing where no page has landed."""
        row = {**self._row(extraction), **changed}
        if (path := self.path(row)).exists():
            append(path, self._line(row, ()))

    def note_all(self, account: str, stream: str) -> None:
        """Say how the rows of a stream have changed, and what vanished."""
        for row in self._db.read("SELECT id FROM extractions WHERE account = ? AND stream = ?", account, stream):
            self.note(row["id"])
        self.copy_vanished(account, stream)

    def make_missing(self, account: str, stream: str) -> None:
        """Write the manifests that are not there: releases before wrote none."""
        for each in self._db.read("SELECT * FROM extractions WHERE account = ? AND stream = ?", account, stream):
            path = self.path(dict(each))
            if not path.exists() and (pages := self._pages(each["id"])):
                write_whole(path, self._line(dict(each), pages))
        if not self._file(account, stream, VANISHED).exists():
            self.copy_vanished(account, stream)
        if not self._file(account, SHOPS).exists():
            self.copy_shops(account)

    def copy_vanished(self, account: str, stream: str) -> None:
        self._copy(
            self._file(account, stream, VANISHED),
            self._db.read("SELECT * FROM vanished WHERE account = ? AND stream = ? ORDER BY key", account, stream),
        )

    def copy_shops(self, account: str) -> None:
        self._copy(self._file(account, SHOPS), self._db.read("SELECT * FROM same_shops WHERE account = ?", account))

    def rename(self, extraction: int, file: str, landed: Landed) -> None:
        """Say that a landed file of its pages is another one from now on, before the journal does: both are there."""
        row = self._row(extraction)
        if (path := self.path(row)).exists():
            new = {"file": landed.file, "size": landed.size}
            pages = [{**page, **new} if page["file"] == file else page for page in self._pages(extraction)]
            write_whole(path, self._line(row, pages))

    def correct_vanished(self) -> None:
        """Let the copies of vanished records be what the journal has of them now."""
        for row in self._db.read("SELECT DISTINCT account, stream FROM extractions"):
            self.copy_vanished(row["account"], row["stream"])

    def remove(self, extraction: int) -> None:
        discard(self.path(self._row(extraction)))

    def _copy(self, path: Path, rows: Sequence[Any]) -> None:
        if rows or path.exists():
            make_folder(path.parent)
            write_whole(path, b"".join(line(dict(row)) for row in rows))

    def _line(self, row: Row, pages: Sequence[Row]) -> bytes:
        runs = self._db.read(
            "SELECT run_id, command, started_at, number FROM run_extractions JOIN runs USING (run_id)"
            " WHERE extraction = ?",
            row["id"],
        )
        base = self._base(row) if row["since"] is not None and row["complete_at"] else []
        known = {"format": FORMAT, "extraction": dict(row), "runs": [dict(run) for run in runs], "base": base}
        return line({**known, "pages": [dict(page) for page in pages]})

    def _base(self, row: Row) -> list[int]:
        """The complete extractions of the stream that this one of changes was built on."""
        rows = self._db.read(
            "SELECT id FROM extractions WHERE account = ?1 AND stream = ?2 AND tenant = ?3 AND complete_at IS NOT NULL"
            " AND id < ?4 AND id >= (SELECT max(id) FROM extractions WHERE account = ?1 AND stream = ?2 AND"
            " tenant = ?3 AND complete_at IS NOT NULL AND since IS NULL AND id < ?4) ORDER BY id",
            row["account"],
            row["stream"],
            row["tenant"],
            row["id"],
        )
        return [base["id"] for base in rows]

    def _row(self, extraction: int) -> dict[str, Any]:
        return dict(self._db.read("SELECT * FROM extractions WHERE id = ?", extraction)[0])

    def _pages(self, extraction: int) -> list[dict[str, Any]]:
        rows = self._db.read("SELECT * FROM pages WHERE extraction = ? ORDER BY position", extraction)
        return [dict(row) for row in rows]

    def path(self, row: Row) -> Path:
        """A name that no extraction of another journal in this folder has: one that was lost began at 1, too."""
        start = datetime.fromisoformat(row["started_at"])
        return self._file(row["account"], row["stream"], f"{start:%Y%m%dT%H%M%S.%fZ}-{row['id']}{SUFFIX}")

    def _file(self, *parts: str) -> Path:
        return self._landing.joinpath(*parts)


# -- reading --------------------------------------------------------------------------------------------


def number_of(path: Path) -> int | None:
    """The number of the extraction that a manifest is of, by its name; None for another file."""
    number = path.name.removesuffix(SUFFIX).rpartition("-")[2]
    return int(number) if number.isdecimal() else None


def line(value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, sort_keys=True).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def whole_lines(path: Path) -> Iterator[dict[str, Any] | None]:
    """Read the lines of a file; None for one that is torn or damaged. Raises InputOutputError."""
    try:
        with path.open("rb") as file:
            for each in file:
                check, _, text = each.rstrip(b"\n").partition(b" ")
                is_whole = each.endswith(b"\n") and check == b"%08x" % zlib.crc32(text)
                yield dict(json.loads(text)) if is_whole else None
    except OSError as error:
        raise failed("read", path, error) from None


def read_extraction(path: Path) -> Extracted | None:
    """Read a manifest as far as it can be believed; None where that is not at all. Raises NewerRelease."""
    found: Extracted | None = None
    for each in whole_lines(path):
        if each is None:
            return found
        if each["format"] > FORMAT:
            raise NewerRelease(f"{path} was written by a newer contact-etl.", remedy="Upgrade contact-etl.")
        pages, new = found.pages if found else [], each["pages"]
        if new and new[0]["position"] > len(pages):
            return found
        kept = pages[: new[0]["position"]] if new else pages  # a kill before the journal knew of pages repeats them
        group = new[0]["position"] if new else found.last_group if found else 0
        found = Extracted(each["extraction"], each["runs"], each["base"], [*kept, *new], group)
    return found
