"""Retention of runs in the journal: forget those that nothing needs any more, and extractions without pages.

A run is needed while an extraction that it used is known; the newest run of each command stays, which tells that there
was one. The folders that runs wrote to are kept apart (etl.state.manifests). An extraction without pages is needed
while it is the newest of its tenant's stream: then its outcome counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from etl.state.database import Database
from etl.state.journal import text
from etl.state.manifests import Manifests

AT_ONCE = 500
"""The most runs forgotten at a time; the next run goes on."""
PAGELESS = """
SELECT id FROM extractions e WHERE started_at < ? AND NOT EXISTS (SELECT 1 FROM pages WHERE extraction = e.id)
AND id < (SELECT max(id) FROM extractions WHERE account = e.account AND stream = e.stream AND tenant = e.tenant)
"""
DUE = f"""
SELECT run_id, arguments FROM runs WHERE started_at < ? AND run_id NOT IN (SELECT run_id FROM run_extractions)
AND number NOT IN (SELECT max(number) FROM runs GROUP BY command)
ORDER BY number LIMIT {AT_ONCE}
"""  # noqa: S608  # ours


@dataclass(frozen=True)
class DueRun:
    """A run that is to be forgotten, with the arguments that it was given."""

    run_id: str
    arguments: str


class RunRetention:
    """The runs of one state folder."""

    def __init__(self, database: Database, manifests: Manifests) -> None:
        self._db, self._manifests = database, manifests

    def due(self, before: datetime) -> list[DueRun]:
        """Forget extractions that began before a time, and list the runs that nothing needs then."""
        found = [(row["id"],) for row in self._db.read(PAGELESS, text(before))]
        for (extraction,) in found:
            self._manifests.remove(extraction)  # a purge that was killed left it
        with self._db.write() as db:
            db.executemany("DELETE FROM run_extractions WHERE extraction = ?", found)
            db.executemany("DELETE FROM extractions WHERE id = ?", found)
        return [DueRun(row["run_id"], row["arguments"]) for row in self._db.read(DUE, text(before))]

    def forget(self, run: DueRun) -> None:
        with self._db.write() as db:
            db.execute("DELETE FROM runs WHERE run_id = ?", (run.run_id,))
