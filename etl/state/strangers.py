"""Marks by which the records of a target may be recognised, kept since the target's whole list was read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from etl.state.database import Database

MAX_VALUES = 500
"""The most values in one query: every build of SQLite takes 999."""


class Marks:
    """The marks of one target's records, including records that belong to no row."""

    def __init__(self, database: Database, target: str) -> None:
        self._db, self._target = database, target

    def are_complete(self) -> bool:
        """Whether all records of the target have been read and marked once."""
        return bool(self._db.read("SELECT 1 FROM scans WHERE target = ?", self._target))

    def set_complete(self, run_id: str) -> None:
        with self._db.write() as db:
            db.execute("INSERT OR REPLACE INTO scans VALUES (?, ?)", (self._target, run_id))

    def keep(self, records: Mapping[str, Iterable[bytes]]) -> None:
        """Replace the marks of these records, by remote id."""
        with self._db.write() as db:
            db.executemany(
                "DELETE FROM strangers WHERE target = ? AND remote_id = ?", [(self._target, key) for key in records]
            )
            db.executemany(
                "INSERT OR IGNORE INTO strangers VALUES (?, ?, ?)",
                [(self._target, key, mark) for key, marks in records.items() for mark in marks],
            )

    def records(self, marks: Iterable[bytes]) -> dict[bytes, list[str]]:
        """Map each of these marks that any record has to the remote ids of those records."""
        wanted, found = list(marks), dict[bytes, list[str]]()
        for start in range(0, len(wanted), MAX_VALUES):
            some = wanted[start : start + MAX_VALUES]
            places = ", ".join("?" * len(some))
            query = f"SELECT mark, remote_id FROM strangers WHERE target = ? AND mark IN ({places})"  # noqa: S608  # ours
            for mark, remote_id in self._db.read(query, self._target, *some):
                found.setdefault(mark, []).append(remote_id)
        return found
