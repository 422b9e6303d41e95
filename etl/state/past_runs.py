"""Past runs and extractions, read from the journal: for `etl status` and for plans."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from etl.state.database import Database
from etl.state.journal import text


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

    def calls(self, account: str, tenants: Sequence[str], since: datetime) -> list[datetime]:
        """When an account called for what landed of these tenants, from a time on, as far as is known: each page was a
        call, and a run of that account alone tells how many it sent in all."""
        pages = self._db.read(
            "SELECT e.tenant, p.received_at AS at FROM pages p JOIN extractions e ON e.id = p.extraction"
            " WHERE e.account = ? AND julianday(p.received_at) >= julianday(?)",
            account,
            text(since),
        )
        runs = self._db.read(
            "SELECT DISTINCT r.run_id, e.tenant, r.ended_at AS at, r.summary FROM extractions e"
            " JOIN run_extractions x ON x.extraction = e.id JOIN runs r USING (run_id)"
            " WHERE e.account = ? AND julianday(r.started_at) >= julianday(?) AND r.summary IS NOT NULL",
            account,
            text(since),
        )
        times = [datetime.fromisoformat(row["at"]) for row in pages if row["tenant"] in tenants]
        ended = {row["run_id"]: (row["at"], json.loads(row["summary"])) for row in runs if row["tenant"] in tenants}
        alone = [(at, told["calls"]["sent"]) for at, told in ended.values() if list(told["accounts"]) == [account]]
        more = sum(sent for _, sent in alone) - len(times)
        return times + [datetime.fromisoformat(max(at for at, _ in alone))] * more if more > 0 else times

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

    def last_complete(self, account: str, stream: str, *, tenant: str, incremental: bool) -> int | None:
        """The newest complete extraction, of the whole stream or of what changed; None for none."""
        rows = self._db.read(
            """
            SELECT id FROM extractions
            WHERE account = ? AND stream = ? AND tenant = ? AND complete_at IS NOT NULL AND (since IS NOT NULL) = ?
            ORDER BY id DESC LIMIT 1
            """,
            account,
            stream,
            tenant,
            incremental,
        )
        return int(rows[0]["id"]) if rows else None

    def last_pages(self, account: str, stream: str, *, tenant: str, incremental: bool) -> int | None:
        """How many pages that extraction had; None for none."""
        last = self.last_complete(account, stream, tenant=tenant, incremental=incremental)
        if last is None:
            return None
        return int(self._db.read("SELECT count(*) AS pages FROM pages WHERE extraction = ?", last)[0]["pages"])

    def unfinished(self, account: str, stream: str, *, tenant: str) -> int | None:
        """The newest extraction, where it is unfinished."""
        rows = self._db.read(
            "SELECT id, complete_at FROM extractions WHERE account = ? AND stream = ? AND tenant = ?"
            " ORDER BY id DESC LIMIT 1",
            account,
            stream,
            tenant,
        )
        return int(rows[0]["id"]) if rows and rows[0]["complete_at"] is None else None
