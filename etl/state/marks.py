"""What the records of a target may be recognised by, kept from the one time that all of them were read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from etl.state.database import Database

MOST_VALUES = 500
"""So many values at most stand in one query: SQLite takes 999 in any build."""


class Marks:
    """The marks of one target's records, those that no row is known as among them."""

    def __init__(self, database: Database, target: str) -> None:
        self._db, self._target = database, target

    def are_complete(self) -> bool:
        """Whether all records of the target were read once, and marked."""
        return bool(self._db.read("SELECT 1 FROM scans WHERE target = ?", self._target))

    def set_complete(self, run_id: str) -> None:
        with self._db.write() as db:
            db.execute("INSERT OR REPLACE INTO scans VALUES (?, ?)", (self._target, run_id))

    def keep(self, records: Mapping[str, Iterable[bytes]]) -> None:
        """Keep the marks of these records, by remote id, in the place of those that they had."""
        with self._db.write() as db:
            db.executemany(
                "DELETE FROM strangers WHERE target = ? AND remote_id = ?", [(self._target, key) for key in records]
            )
            db.executemany(
                "INSERT OR IGNORE INTO strangers VALUES (?, ?, ?)",
                [(self._target, key, mark) for key, marks in records.items() for mark in marks],
            )

    def records(self, marks: Iterable[bytes]) -> dict[bytes, list[str]]:
        """By each of these marks that any records have, which ones."""
        wanted, found = list(marks), dict[bytes, list[str]]()
        for start in range(0, len(wanted), MOST_VALUES):
            some = wanted[start : start + MOST_VALUES]
            places = ", ".join("?" * len(some))
            query = f"SELECT mark, remote_id FROM strangers WHERE target = ? AND mark IN ({places})"  # noqa: S608  # ours
            for mark, remote_id in self._db.read(query, self._target, *some):
                found.setdefault(mark, []).append(remote_id)
        return found
