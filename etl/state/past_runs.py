"""Past runs and extractions, read from the journal: for `etl status` and for plans."""

from __future__ import annotations

from typing import Any

from etl.state.database import Database


class History:
    """Read-only queries over one state folder's database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def runs(self, limit: int = 20) -> list[dict[str, Any]]:
        rows = self._db.read("SELECT * FROM runs ORDER BY number DESC LIMIT ?", limit)
        return [dict(row) for row in rows]

    def run(self, run_id: str) -> dict[str, Any] | None:
        rows = self._db.read("SELECT * FROM runs WHERE run_id = ?", run_id)
        return dict(rows[0]) if rows else None

    # -- extractions -------------------------------------------------------------------------------

    def cursors(self) -> list[dict[str, Any]]:
        """For each stream and tenant, what its newest complete extraction came to."""
        rows = self._db.read(
            """
            SELECT e.account, e.stream, e.tenant, e.complete_at, e.server_date, e.since, count(p.position) AS pages,
                   coalesce(sum(p.records), 0) AS records
            FROM extractions e LEFT JOIN pages p ON p.extraction = e.id
            WHERE e.id IN (
                SELECT max(id) FROM extractions WHERE complete_at IS NOT NULL GROUP BY account, stream, tenant
            ) GROUP BY e.id ORDER BY e.account, e.stream, e.id
            """
        )
        return [dict(row) for row in rows]

    def last_pages(self, account: str, stream: str, *, tenant: str, incremental: bool) -> int | None:
        """How many pages the newest complete extraction had, of the whole stream or of what changed; None for none."""
        rows = self._db.read(
            """
            SELECT (SELECT count(*) FROM pages WHERE extraction = e.id) AS pages FROM extractions e
            WHERE account = ? AND stream = ? AND tenant = ? AND complete_at IS NOT NULL AND (since IS NOT NULL) = ?
            ORDER BY id DESC LIMIT 1
            """,
            account,
            stream,
            tenant,
            incremental,
        )
        return int(rows[0]["pages"]) if rows else None

    def unfinished_pages(self, account: str, stream: str, *, tenant: str) -> int:
        """How many pages the newest extraction has landed, where it is unfinished."""
        rows = self._db.read(
            """
            SELECT complete_at, (SELECT count(*) FROM pages WHERE extraction = e.id) AS pages FROM extractions e
            WHERE account = ? AND stream = ? AND tenant = ? ORDER BY id DESC LIMIT 1
            """,
            account,
            stream,
            tenant,
        )
        return int(rows[0]["pages"]) if rows and rows[0]["complete_at"] is None else 0
