"""Tenants: the shops that extractions and vanished rows belong to, whatever their account is called in etl.toml.

A tenant is named `<system> <origin> <fingerprint of the credential>` (etl.config.identity). Rows of releases that knew
accounts by name alone have the tenant `? <base_url>`, until an account at the same address takes them over. If a user
said that a new credential or address is the same shop, the earlier name stands for both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime

from etl.config.identity import Identity, origin_of
from etl.state.database import Database
from etl.state.journal import Withdrawal, text
from etl.state.manifests import Manifests

UNIDENTIFIED = "? "
"""The prefix of a tenant whose credential was not recorded."""


def origin_in(tenant: str) -> str:
    """Return a tenant's origin as identities spell it; empty if that was not recorded either."""
    address = tenant.removeprefix(UNIDENTIFIED)
    if address == tenant:
        return tenant.split(" ")[1]
    return origin_of(address) if address else ""


def system_in(tenant: str) -> str | None:
    """Return a tenant's system, if it was recorded."""
    return None if tenant.startswith(UNIDENTIFIED) else tenant.partition(" ")[0]


class Tenants:
    """The tenants of one state folder."""

    def __init__(self, database: Database, manifests: Manifests) -> None:
        self._db, self._manifests = database, manifests

    def current(self, account: str, identity: Identity, streams: Sequence[str]) -> str:
        """Return the tenant under which the shop's extractions are kept.

        Extractions of these streams without a known tenant become its own, if they came from its address. Hold their
        locks.
        """
        tenant = self.name_of(account, identity)
        for stream in streams:
            found = [*self._of("extractions", account, stream), *self._of("vanished", account, stream)]
            mine = {each for each in found if each.startswith(UNIDENTIFIED) and origin_in(each) == identity.origin}
            if mine:
                with self._db.write() as db:
                    for each in mine:
                        _hand_over(db, account, stream, each, tenant)
                self._manifests.note_all(account, stream)
        return tenant

    def name_of(self, account: str, identity: Identity) -> str:
        """Return the name of the shop's tenant. Changes nothing."""
        tenant = identity.tenant
        while rows := self._db.read("SELECT earlier FROM same_shops WHERE account = ? AND later = ?", account, tenant):
            tenant = rows[0]["earlier"]
        return tenant

    def names(self, account: str, tenant: str) -> list[str]:
        """List all names that a shop had: what was kept under one of them is its own."""
        rows = self._db.read(
            "WITH RECURSIVE names (name) AS (VALUES (?2) UNION"
            " SELECT later FROM same_shops JOIN names ON earlier = name WHERE account = ?1) SELECT name FROM names",
            account,
            tenant,
        )
        return [row["name"] for row in rows]

    def standing(self, account: str, identity: Identity, stream: str) -> str:
        """Return the tenant under which the shop's extractions of a stream stand now. Changes nothing."""
        name, found = self.name_of(account, identity), self._of("extractions", account, stream)
        unnamed = (each for each in found if each.startswith(UNIDENTIFIED) and origin_in(each) == identity.origin)
        return name if name in found else next(unnamed, name)

    def _of(self, table: str, account: str, stream: str) -> list[str]:
        query = f"SELECT DISTINCT tenant FROM {table} WHERE account = ? AND stream = ?"  # noqa: S608  # ours
        return [row["tenant"] for row in self._db.read(query, account, stream)]

    def newest_complete(self, account: str, stream: str) -> list[str]:
        """List the tenants with a complete extraction, the most recent first."""
        rows = self._db.read(
            "SELECT tenant FROM extractions WHERE account = ? AND stream = ? AND complete_at IS NOT NULL"
            " GROUP BY tenant ORDER BY max(id) DESC",
            account,
            stream,
        )
        return [row["tenant"] for row in rows]

    def newest_landed(self, account: str, streams: Collection[str]) -> list[str]:
        """List the tenants with landed pages of these streams, the most recent first."""
        rows = self._db.read(
            "SELECT e.tenant, e.stream, max(e.id) AS newest FROM extractions e WHERE e.account = ?"
            " AND EXISTS (SELECT 1 FROM pages WHERE extraction = e.id) GROUP BY e.tenant, e.stream"
            " ORDER BY newest DESC",
            account,
        )
        return list(dict.fromkeys(row["tenant"] for row in rows if row["stream"] in streams))

    def others(self, account: str, stream: str, tenant: str) -> set[int]:
        """Return the numbers of all other tenants' extractions."""
        rows = self._db.read(
            "SELECT id FROM extractions WHERE account = ? AND stream = ? AND tenant <> ?", account, stream, tenant
        )
        return {row["id"] for row in rows}

    def join(self, account: str, *, later: str, earlier: str, now: datetime) -> list[str]:
        """Merge two tenants of an account under the earlier name; return the streams that resume.

        Complete extractions of the later one are withdrawn if the earlier one has any: they were not compared with
        those, and rows that vanished in between must be noticed. Hold the locks of all streams.
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
            every = {row["stream"] for row in db.execute("SELECT DISTINCT stream FROM extractions")}
            for stream in every:
                _hand_over(db, account, stream, later, earlier)
        for stream in every:
            self._manifests.note_all(account, stream)
        self._manifests.copy_shops(account)
        return streams


def _hand_over(db: sqlite3.Connection, account: str, stream: str, old: str, new: str) -> None:
    """Move a tenant's rows of a stream to another one. A record that vanished at both stays as it was last received."""
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
