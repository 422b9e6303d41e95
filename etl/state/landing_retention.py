"""Retention of landed pages: purge those that nothing needs any more.

Needed is what a replay builds on (the newest complete extraction of the whole stream and what came after it), what is
not written yet, and all of a stream that was never complete. Each tenant of an account is judged by itself; what there
is of others than the one that was complete last goes only where that is asked for.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from etl.state.database import Database
from etl.state.journal import Withdrawal, text
from etl.state.landing import Landing
from etl.state.manifests import Manifests

ORPHANED_S = 3600
"""A landed file that the journal does not name is left alone for this long: it may be about to be journalled."""


@dataclass(frozen=True)
class Purged:
    """Count of files removed, and their size on disk."""

    files: int = 0
    size: int = 0

    def __add__(self, other: Purged) -> Purged:
        return Purged(self.files + other.files, self.size + other.size)


class LandingRetention:
    """The landed pages of one state folder and their journal, together."""

    def __init__(self, database: Database, landing: Landing, manifests: Manifests) -> None:
        self._db = database
        self._landing, self._manifests = landing, manifests

    def streams(self) -> list[str]:
        """List every account.stream that has been extracted."""
        rows = self._db.read("SELECT DISTINCT account, stream FROM extractions ORDER BY account, stream")
        return [f"{row['account']}.{row['stream']}" for row in rows]

    def purge(self, name: str, *, before: datetime | None, down_to: int | None = None, others: bool = False) -> Purged:
        """Drop the pages of one stream that nothing needs and that came before a time.

        With `down_to`, only as many of them, oldest first, as leave no more than so many bytes on disk. With `others`,
        also what is older than the newest complete extraction, and another tenant's. Hold the stream's lock.
        """
        gone = Purged()
        account, _, stream = name.partition(".")
        for extraction in self._unneeded(account, stream, before, others):
            if down_to is not None and self._size() <= down_to:
                break
            gone += self._drop(extraction)
        return gone

    def _unneeded(self, account: str, stream: str, before: datetime | None, others: bool) -> Sequence[int]:
        rows = self._db.read(
            """
            SELECT e.id FROM extractions e JOIN pages p ON p.extraction = e.id
            WHERE e.account = ?1 AND e.stream = ?2 AND (e.id < (
                SELECT max(id) FROM extractions
                WHERE account = ?1 AND stream = ?2 AND tenant = e.tenant AND complete_at IS NOT NULL AND since IS NULL
            ) OR (?4 AND EXISTS (
                SELECT 1 FROM extractions n WHERE n.tenant <> e.tenant AND n.id > e.id AND n.id = (
                    SELECT max(id) FROM extractions WHERE account = ?1 AND stream = ?2 AND complete_at IS NOT NULL
                )
            ))) GROUP BY e.id HAVING ?3 IS NULL OR max(p.received_at) < ?3 ORDER BY e.id
            """,
            account,
            stream,
            text(before),
            others,
        )
        return [row["id"] for row in rows]

    def _size(self) -> int:
        rows = self._db.read("SELECT coalesce(sum(size), 0) AS size FROM (SELECT DISTINCT file, size FROM pages)")
        return int(rows[0]["size"])

    def _drop(self, extraction: int) -> Purged:
        """Delete the journal's pages first, since a file that nothing names does no harm, and withdraw the extraction,
        since nothing may build on one without pages."""
        rows = self._db.read("SELECT DISTINCT file, size FROM pages WHERE extraction = ?", extraction)
        with self._db.write() as db:
            db.execute("DELETE FROM pages WHERE extraction = ?", (extraction,))
            db.execute(
                "UPDATE extractions SET complete_at = NULL, withdrawn = ? WHERE id = ?",
                (Withdrawal.PURGED, extraction),
            )
        self._manifests.remove(extraction)
        named = self._named([row["file"] for row in rows])
        free = [row for row in rows if row["file"] not in named]
        for row in free:
            self._landing.remove(row["file"])
        return Purged(len(free), sum(row["size"] for row in free))

    def purge_orphans(self, streams: Collection[str]) -> Purged:
        """Drop the files of these streams that the journal does not name, left by killed runs."""
        gone = Purged()
        for file, stat in list(self._landing.files()):
            account, stream, *_ = file.split("/")
            old = stat.st_mtime < time.time() - ORPHANED_S
            if old and f"{account}.{stream}" in streams and not self._named([file]):
                self._landing.remove(file)
                gone += Purged(1, stat.st_size)
        return gone

    def _named(self, files: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for file in files:
            found.update(row["file"] for row in self._db.read("SELECT file FROM pages WHERE file = ? LIMIT 1", file))
        return found
