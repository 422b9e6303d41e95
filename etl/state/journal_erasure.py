"""Take a person out of the journal: rename pages that were rewritten, and change vanished records and summaries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from etl.state.database import Database
from etl.state.landing import Landed
from etl.state.manifests import Manifests


class VanishedRow(NamedTuple):
    """A vanished record, with its primary key."""

    account: str
    stream: str
    tenant: str
    key: str
    raw: str


class RunRow(NamedTuple):
    """What the journal holds of a run in words."""

    run_id: str
    arguments: str
    summary: str | None


class JournalErasure:
    """The parts of one state.db that may hold a person. Hold the locks of all streams while anything is changed."""

    def __init__(self, database: Database, manifests: Manifests) -> None:
        self._db, self._manifests = database, manifests

    # -- pages ---------------------------------------------------------------------------------------

    def tenants_of_files(self) -> dict[str, set[str]]:
        """Map each landed file that the journal names to the shops it is of."""
        found: dict[str, set[str]] = {}
        query = "SELECT DISTINCT p.file, e.tenant FROM pages p JOIN extractions e ON e.id = p.extraction"
        for row in self._db.read(query):
            found.setdefault(row["file"], set()).add(row["tenant"])
        return found

    def present(self) -> dict[tuple[str, str], str]:
        """Map each account and stream to the shop that its tables were last made of."""
        rows = self._db.read(
            "SELECT account, stream, tenant FROM extractions WHERE id IN ("
            "SELECT max(id) FROM extractions WHERE complete_at IS NOT NULL GROUP BY account, stream)"
        )
        return {(row["account"], row["stream"]): row["tenant"] for row in rows}

    def is_named(self, file: str) -> bool:
        return bool(self._db.read("SELECT 1 FROM pages WHERE file = ? LIMIT 1", file))

    def rename(self, file: str, landed: Landed) -> None:
        """Every page of a file is of another one from now on. Its number of records stays: each keeps its place."""
        for row in self._db.read("SELECT DISTINCT extraction FROM pages WHERE file = ?", file):
            self._manifests.rename(row["extraction"], file, landed)
        with self._db.write() as db:
            db.execute("UPDATE pages SET file = ?, size = ? WHERE file = ?", (landed.file, landed.size, file))

    # -- vanished records, and summaries of runs -------------------------------------------------------

    def vanished(self) -> Iterator[VanishedRow]:
        for row in self._db.read("SELECT account, stream, tenant, key, raw FROM vanished"):
            yield VanishedRow(*row)

    def drop_vanished(self, row: VanishedRow) -> None:
        with self._db.write() as db:
            db.execute("PRAGMA secure_delete = ON")
            db.execute(
                "DELETE FROM vanished WHERE account = ? AND stream = ? AND tenant = ? AND key = ?", tuple(row)[:4]
            )

    def change_vanished(self, row: VanishedRow, raw: str) -> None:
        with self._db.write() as db:
            db.execute("PRAGMA secure_delete = ON")
            db.execute(
                "UPDATE vanished SET raw = ? WHERE account = ? AND stream = ? AND tenant = ? AND key = ?",
                (raw, *tuple(row)[:4]),
            )

    def runs(self) -> Iterator[RunRow]:
        for row in self._db.read("SELECT run_id, arguments, summary FROM runs"):
            yield RunRow(*row)

    def change_run(self, row: RunRow) -> None:
        with self._db.write() as db:
            db.execute("PRAGMA secure_delete = ON")
            db.execute(
                "UPDATE runs SET arguments = ?, summary = ? WHERE run_id = ?", (row.arguments, row.summary, row.run_id)
            )

    def correct_vanished(self) -> None:
        """Let the copies of vanished records be what the journal has of them now."""
        self._manifests.correct_vanished()

    def outputs(self) -> list[str]:
        """The folders that runs have written to."""
        return self._manifests.outputs()

    def compact(self) -> None:
        """Remove every trace of what was changed from the file and its log. Raises TryLater while it is in use."""
        self._db.compact(whole=True)
