"""Whose what was read is: an account's name in etl.toml says nothing, the shop behind its credential does.

A tenant is named `<system> <origin> <fingerprint of the credential>` (etl.config.identity). What a release kept that
told accounts by name alone stands under `? <base_url>`, until an account takes it over whose address is the same. Where
a user said that a new credential or address is the same shop, the earlier name stays that of both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime

from etl.config.identity import Identity, origin_of
from etl.state.database import Database
from etl.state.journal import Withdrawal, text

UNIDENTIFIED = "? "
"""How the name of a tenant begins whose credential was not kept."""


def origin_in(tenant: str) -> str:
    """Where it is, in the spelling of identities; empty where that was not kept either."""
    address = tenant.removeprefix(UNIDENTIFIED)
    if address == tenant:
        return tenant.split(" ")[1]
    return origin_of(address) if address else ""


def system_in(tenant: str) -> str | None:
    """Its system, where that was kept."""
    return None if tenant.startswith(UNIDENTIFIED) else tenant.partition(" ")[0]


class Tenants:
    """The tenants of one state folder."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def current(self, account: str, identity: Identity, streams: Sequence[str]) -> str:
        """The name under which the shop's extractions are kept.

        Those of these streams whose tenant nobody knows become its own, where they came from its address.
        """
        tenant = identity.tenant
        while rows := self._db.read("SELECT earlier FROM same_shops WHERE account = ? AND later = ?", account, tenant):
            tenant = rows[0]["earlier"]
        for stream in streams:
            found = [*self._of("extractions", account, stream), *self._of("vanished", account, stream)]
            mine = {each for each in found if each.startswith(UNIDENTIFIED) and origin_in(each) == identity.origin}
            if mine:
                with self._db.write() as db:
                    for each in mine:
                        _hand_over(db, account, stream, each, tenant)
        return tenant

    def _of(self, table: str, account: str, stream: str) -> list[str]:
        query = f"SELECT DISTINCT tenant FROM {table} WHERE account = ? AND stream = ?"  # noqa: S608  # ours
        return [row["tenant"] for row in self._db.read(query, account, stream)]

    def newest_complete(self, account: str, stream: str) -> list[str]:
        """Those of whom something complete has landed, the one that did so last before the others."""
        rows = self._db.read(
            "SELECT tenant FROM extractions WHERE account = ? AND stream = ? AND complete_at IS NOT NULL"
            " GROUP BY tenant ORDER BY max(id) DESC",
            account,
            stream,
        )
        return [row["tenant"] for row in rows]

    def newest_landed(self, account: str, streams: Collection[str]) -> list[str]:
        """Those of whom pages of these streams have landed, the one that did so last before the others."""
        rows = self._db.read(
            "SELECT e.tenant, e.stream, max(e.id) AS newest FROM extractions e WHERE e.account = ?"
            " AND EXISTS (SELECT 1 FROM pages WHERE extraction = e.id) GROUP BY e.tenant, e.stream"
            " ORDER BY newest DESC",
            account,
        )
        return list(dict.fromkeys(row["tenant"] for row in rows if row["stream"] in streams))

    def others(self, account: str, stream: str, tenant: str) -> set[int]:
        """The numbers of the extractions of all the others."""
        rows = self._db.read(
            "SELECT id FROM extractions WHERE account = ? AND stream = ? AND tenant <> ?", account, stream, tenant
        )
        return {row["id"] for row in rows}

    def join(self, account: str, *, later: str, earlier: str, now: datetime) -> list[str]:
        """Make two tenants of an account one, under the earlier name; the streams that are gone on with.

        What the later one came to by itself, without being compared with what stood before, is dropped where there is
        something to compare with: who vanished between the two must be noticed. Hold the locks of all streams.
        """
        with self._db.write() as db:
            db.execute("INSERT INTO same_shops VALUES (?, ?, ?, ?)", (account, later, earlier, text(now)))
            streams = [
                row["stream"]
                for row in db.execute(
                    "SELECT DISTINCT stream FROM extractions WHERE account = ? AND tenant = ? ORDER BY stream",
                    (account, earlier),
                )
            ]
            db.execute(
                "UPDATE extractions SET complete_at = NULL, withdrawn = coalesce(withdrawn, ?1)"
                " WHERE account = ?2 AND tenant = ?3 AND (complete_at IS NOT NULL OR since IS NOT NULL)"
                " AND stream IN (SELECT stream FROM extractions WHERE account = ?2 AND tenant = ?4"
                " AND complete_at IS NOT NULL AND since IS NULL)",
                (Withdrawal.DROPPED, account, later, earlier),
            )
            for stream in {row["stream"] for row in db.execute("SELECT DISTINCT stream FROM extractions")}:
                _hand_over(db, account, stream, later, earlier)
        return streams


def _hand_over(db: sqlite3.Connection, account: str, stream: str, old: str, new: str) -> None:
    """Make what is a tenant's of a stream another's. A record that vanished at both stays as it was received last."""
    of_old = (account, stream, old)
    db.execute("UPDATE extractions SET tenant = ?4 WHERE account = ?1 AND stream = ?2 AND tenant = ?3", (*of_old, new))
    db.execute(
        "DELETE FROM vanished AS v WHERE account = ?1 AND stream = ?2 AND tenant IN (?3, ?4) AND received_at < ("
        "SELECT max(received_at) FROM vanished WHERE account = ?1 AND stream = ?2 AND tenant IN (?3, ?4)"
        " AND key = v.key)",
        (*of_old, new),
    )
    db.execute(
        "UPDATE OR IGNORE vanished SET tenant = ?4 WHERE account = ?1 AND stream = ?2 AND tenant = ?3", (*of_old, new)
    )
    db.execute("DELETE FROM vanished WHERE account = ? AND stream = ? AND tenant = ?", of_old)
