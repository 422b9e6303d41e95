"""Take a person out of the ledger: their entries and lines keep what proves "sent once", as keyed hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import orjson

from etl.state.database import Database
from etl.state.entries import ERASED, Source
from etl.state.redaction import hashed_values

ENTRY_VALUES = ("body", "meant", "draft", "base")
LINE_VALUES = ("before", "after", "former", "said")


class EntryRow(NamedTuple):
    """An entry with all of its texts."""

    target: str
    source: Source
    state: str
    remote_id: str | None
    values: tuple[str | None, ...]
    reason: str | None


class LineRow(NamedTuple):
    """A line with all of its texts; `target` is None for a dry run's."""

    run_id: str
    line: int
    target: str | None
    source: Source
    outcome: str
    remote_id: str | None
    values: tuple[str | None, ...]
    said: tuple[str | None, ...]


class LedgerErasure:
    """The parts of one ledger that may hold a person. `hashed` makes a keyed hash, in hexadecimal, of some texts.

    Hold the locks of all targets while anything is changed.
    """

    def __init__(self, database: Database, salt: str, hashed: Callable[..., str]) -> None:
        self._db, self._salt, self._hashed = database, salt, hashed

    def entries(self) -> Iterator[EntryRow]:
        """All entries; those that are erased already have nothing left to find."""
        columns = ", ".join(ENTRY_VALUES)
        query = (
            f"SELECT target, account, stream, key, state, remote_id, reason, {columns} FROM entries"  # noqa: S608  # ours
            " WHERE (target, account, stream, key) > (?, ?, ?, ?) ORDER BY target, account, stream, key LIMIT 5000"
        )
        for row in self._paged(query, ("target", "account", "stream", "key"), ("", "", "", "")):
            source = Source(row["account"], row["stream"], row["key"])
            values = tuple(row[name] for name in ENTRY_VALUES)
            yield EntryRow(row["target"], source, row["state"], row["remote_id"], values, row["reason"])

    def lines(self, run_id: str | None = None) -> Iterator[LineRow]:
        """All lines of all runs, or of one, in the order of their input."""
        query = (
            "SELECT l.*, r.target FROM lines l LEFT JOIN runs r ON r.run_id = l.run_id"
            " WHERE (l.run_id, l.line) > (?1, ?2) AND (?3 IS NULL OR l.run_id = ?3)"
            " ORDER BY l.run_id, l.line LIMIT 5000"
        )
        for row in self._paged(query, ("run_id", "line"), (run_id or "", -1), run_id):
            source = Source(row["account"], row["stream"], row["key"] or "")
            values = tuple(row[name] for name in LINE_VALUES)
            said = (row["message"], row["suggestion"])
            yield LineRow(
                row["run_id"], row["line"], row["target"], source, row["outcome"], row["remote_id"], values, said
            )

    def erase(self, entries: list[EntryRow], lines: list[LineRow], records: set[tuple[str, str]]) -> None:
        """Replace the values and keys of these by keyed hashes, in one transaction; drop the marks of the records, by
        target and remote id."""
        with self._db.write() as db:
            db.execute("PRAGMA secure_delete = ON")
            for entry in entries:
                row = (entry.target, *entry.source)
                db.execute(
                    "UPDATE OR REPLACE entries SET key = ?, reason = NULL, hash = NULL, body = ?, meant = ?, draft = ?,"
                    " base = ? WHERE target = ? AND account = ? AND stream = ? AND key = ?",
                    (self._key(entry.source), *map(self._forgotten, entry.values), *row),
                )
                db.execute(
                    "UPDATE OR REPLACE decisions SET key = ?"
                    " WHERE target = ? AND account = ? AND stream = ? AND key = ?",
                    (self._key(entry.source), *row),
                )
            for line in lines:
                db.execute(
                    "UPDATE lines SET key = ?, message = NULL, suggestion = NULL, before = ?, after = ?, former = ?,"
                    " said = ? WHERE run_id = ? AND line = ?",
                    (self._key(line.source), *map(self._forgotten, line.values), line.run_id, line.line),
                )
            db.executemany("DELETE FROM strangers WHERE target = ? AND remote_id = ?", sorted(records))

    def targets(self) -> list[str]:
        """Every target that was ever written to."""
        query = "SELECT target FROM targets UNION SELECT target FROM entries UNION SELECT target FROM runs ORDER BY 1"
        return [row["target"] for row in self._db.read(query)]

    def count_marks(self, target: str, remote_id: str) -> int:
        rows = self._db.read(
            "SELECT count(*) AS marks FROM strangers WHERE target = ? AND remote_id = ?", target, remote_id
        )
        return int(rows[0]["marks"])

    def compact(self) -> None:
        """Remove every trace of what was changed from the file and its log. Raises TryLater while it is in use."""
        self._db.compact(whole=True)

    def _paged(self, query: str, keys: tuple[str, ...], last: tuple[object, ...], *more: object) -> Iterator[Any]:
        while page := self._db.read(query, *last, *more):
            yield from page
            last = tuple(page[-1][name] for name in keys)

    def _key(self, source: Source) -> str:
        if source.is_erased:
            return source.key
        return ERASED + self._hashed("row", *source)

    def _forgotten(self, value: str | None) -> str | None:
        if value is None:
            return None
        return orjson.dumps(hashed_values(orjson.loads(value), self._salt, key=self._hashed("values"))).decode()
