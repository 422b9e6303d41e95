"""Retention of the ledger's bodies: redact those past their time, run by run, the oldest first.

Only rows that are done are redacted. A row that is in doubt, pending or in review keeps its bodies until it is settled:
reconciliation searches by them. A dry run leaves only lines, whose messages contain values: they are deleted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import orjson

from etl.state.database import Database
from etl.state.entries import EntryState
from etl.state.journal import text
from etl.state.redaction import hashed_values

PAGE = 500
OF_LINES = ("before", "after", "former", "said")
OF_ENTRIES = ("body", "meant", "draft", "base")
DUE = """
SELECT run_id, target FROM runs
WHERE began_at < ? AND (forgotten IS NULL OR (? AND forgotten = ?)) ORDER BY began_at, run_id
"""
ENTRIES = """
SELECT e.* FROM lines l CROSS JOIN entries e
    ON e.target = ? AND e.account = l.account AND e.stream = l.stream AND e.key = l.key AND e.run_id = l.run_id
WHERE l.run_id = ? AND l.line BETWEEN ? AND ?
"""
DRY_RUNS = """
WITH RECURSIVE found (run_id) AS (
    SELECT min(run_id) FROM lines
    UNION ALL SELECT (SELECT min(run_id) FROM lines WHERE run_id > found.run_id) FROM found WHERE run_id IS NOT NULL
)
SELECT run_id FROM found WHERE run_id < ? AND run_id NOT IN (SELECT run_id FROM runs)
"""
WAITING = (EntryState.SENDING, EntryState.UNKNOWN, EntryState.REVIEW, EntryState.DONE)
"""States of an entry that is not redacted with its run and may be later. One in any other state is sent by another run
before it is done."""


@dataclass(frozen=True)
class Forgotten:
    """Counts of entries and lines whose values were redacted."""

    entries: int = 0
    lines: int = 0

    def __add__(self, other: Forgotten) -> Forgotten:
        return Forgotten(self.entries + other.entries, self.lines + other.lines)


class Extent(StrEnum):
    """How much of a run is redacted."""

    WHOLE = "whole"
    PARTLY = "partly"
    """Some rows are not done yet: the run is due again."""


class LedgerRetention:
    """Redacts what was done before a time, with hashes salted by the ledger's id."""

    def __init__(self, database: Database, salt: str, before: datetime) -> None:
        self._db, self._salt, self._before = database, salt, before

    def run(self, limit: int, *, again: bool) -> Forgotten:
        """Redact about `limit` rows at most. With `again`, also runs of which some rows had to be kept last time."""
        gone = Forgotten()
        for run in self._db.read(DUE, text(self._before), again, Extent.PARTLY):
            gone += self._forget_run(run["run_id"], run["target"], limit - gone.lines - gone.entries)
            if gone.lines + gone.entries >= limit:
                return gone
        return gone + self._delete_dry_runs()

    def _forget_run(self, run_id: str, target: str, limit: int) -> Forgotten:
        gone, last, left = Forgotten(), -1, False
        query = "SELECT * FROM lines WHERE run_id = ? AND line > ? ORDER BY line LIMIT ?"
        while page := self._db.read(query, run_id, last, PAGE):
            if gone.lines + gone.entries >= limit:
                return gone
            last = page[-1]["line"]
            with self._db.write() as db:
                db.execute("PRAGMA secure_delete = ON")
                entries = db.execute(ENTRIES, (target, run_id, page[0]["line"], last)).fetchall()
                done = [entry for entry in entries if self._is_over(entry)]
                left = left or any(entry["state"] in WAITING for entry in entries if entry not in done)
                gone += Forgotten(self._hash_entries(db, done), self._hash_lines(db, page))
        extent = Extent.PARTLY if left else Extent.WHOLE
        with self._db.write() as db:
            db.execute("UPDATE runs SET forgotten = ? WHERE run_id = ?", (extent, run_id))
        return gone

    def _is_over(self, entry: sqlite3.Row) -> bool:
        return entry["state"] == EntryState.DONE and (entry["sent_at"] or "") < (text(self._before) or "")

    def _hash_entries(self, db: sqlite3.Connection, entries: Sequence[sqlite3.Row]) -> int:
        values = [
            (*hashed, entry["target"], entry["account"], entry["stream"], entry["key"])
            for entry in entries
            if (hashed := self._hashed(entry, OF_ENTRIES))
        ]
        assignments = ", ".join(f"{name} = ?" for name in OF_ENTRIES)
        db.executemany(
            f"UPDATE entries SET {assignments} WHERE target = ? AND account = ? AND stream = ? AND key = ?",  # noqa: S608  # ours
            values,
        )
        return len(values)

    def _hash_lines(self, db: sqlite3.Connection, lines: Sequence[sqlite3.Row]) -> int:
        values = [(*hashed, line["run_id"], line["line"]) for line in lines if (hashed := self._hashed(line, OF_LINES))]
        assignments = ", ".join(f"{name} = ?" for name in OF_LINES)
        db.executemany(f"UPDATE lines SET {assignments} WHERE run_id = ? AND line = ?", values)  # noqa: S608  # ours
        return len(values)

    def _hashed(self, row: sqlite3.Row, columns: Sequence[str]) -> list[str | None]:
        """Replace the columns' values by hashes; an empty list where there is nothing to redact."""
        hashed = [None if row[name] is None else self._forgotten(row[name]) for name in columns]
        return [] if hashed == [row[name] for name in columns] else hashed

    def _forgotten(self, value: str) -> str:
        fields = orjson.loads(value)
        hashed = hashed_values(fields, self._salt)
        return value if hashed == fields else orjson.dumps(hashed).decode()

    def _delete_dry_runs(self) -> Forgotten:
        """Delete the lines of dry runs, which the ledger does not record as runs; their ids contain their time."""
        lines = 0
        for run in self._db.read(DRY_RUNS, f"{self._before.astimezone(UTC):%Y%m%dT%H%M%SZ}"):
            with self._db.write() as db:
                db.execute("PRAGMA secure_delete = ON")
                lines += db.execute("DELETE FROM lines WHERE run_id = ?", (run["run_id"],)).rowcount
        return Forgotten(0, lines)
