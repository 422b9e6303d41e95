"""Records missing from a complete run, kept as raw JSON so that no purge of landed pages loses them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from etl.state.database import Database
from etl.state.journal import text, time
from etl.state.manifests import Manifests


@dataclass(frozen=True)
class Vanished:
    """A record that is gone from its stream. `raw` is its JSON as received at `received_at`."""

    key: str
    deleted_at: datetime
    received_at: datetime
    raw: str


class VanishedRecords:
    """Those of one state folder, by account, stream and tenant."""

    def __init__(self, database: Database, manifests: Manifests) -> None:
        self._db, self._manifests = database, manifests

    def of(self, account: str, stream: str, tenant: str) -> list[Vanished]:
        rows = self._db.read(
            "SELECT * FROM vanished WHERE account = ? AND stream = ? AND tenant = ? ORDER BY deleted_at, key",
            account,
            stream,
            tenant,
        )
        return [
            Vanished(row["key"], _time_of(row["deleted_at"]), _time_of(row["received_at"]), row["raw"]) for row in rows
        ]

    def change(self, account: str, stream: str, tenant: str, *, gone: Sequence[Vanished], back: Sequence[str]) -> None:
        """Add those that are gone, where they are not known yet, and forget those that are back."""
        with self._db.write() as db:
            db.executemany(
                "DELETE FROM vanished WHERE account = ? AND stream = ? AND tenant = ? AND key = ?",
                [(account, stream, tenant, key) for key in back],
            )
            db.executemany(
                "INSERT OR IGNORE INTO vanished VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(account, stream, tenant, v.key, text(v.deleted_at), text(v.received_at), v.raw) for v in gone],
            )
        if gone or back:
            self._manifests.copy_vanished(account, stream)


def _time_of(value: str) -> datetime:
    at = time(value)
    assert at is not None  # the column is NOT NULL
    return at
