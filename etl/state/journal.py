"""The journal: what each run was asked for, which pages landed, and how far each extraction got.

    run ---< run_extractions >--- extraction ---< page
             (what a run used)    one stream of one account, from its first page to its last,
                                  at one tenant: the shop that the account was at (etl.state.tenants)

An extraction is the unit that resumes: its `next` holds the parameters of the page to fetch, and moves in the same
transaction that records a page whose file is durable. `next` is null when all of it has landed; `complete_at` is set
when its tables are written. No run resumes one that is `withdrawn`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from etl.state.database import Database
from etl.state.manifests import Manifests

YOUNG = timedelta(hours=12)
TAKEN_UP = timedelta(hours=25)
"""A parked run may be resumed until this long after its `resume_at`, so that a daily schedule always catches it."""
FRESH = timedelta(hours=1)
"""A stream that was complete when another one met an outage is not fetched again within this time; and so far may our
clock be set back."""
LONGEST = timedelta(days=8)
"""No run is parked for longer, unless under a clock that ran ahead."""


class Withdrawal(StrEnum):
    """Why no run resumes an extraction, whatever its arguments."""

    DROPPED = "dropped"
    """A run restarted the stream. If the extraction is complete, a replay still builds on it."""
    PURGED = "purged"
    """Its pages were purged: nothing builds on it."""


@dataclass(frozen=True, slots=True)
class LandedPage:
    """A journalled page. `parameters` are those of its request."""

    position: int
    parameters: Mapping[str, str]
    file: str
    size: int
    records: int
    received_at: datetime


@dataclass(frozen=True)
class Extraction:
    id: int
    account: str
    stream: str
    tenant: str
    since: str | None
    server_date: datetime | None
    changes_from: datetime | None
    next: Mapping[str, str] | None
    overlap: bool
    started_at: datetime


def text(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def new_run_id(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


class Journal:
    """The journal of one state folder."""

    def __init__(self, database: Database, manifests: Manifests) -> None:
        self._db, self._manifests = database, manifests

    # -- runs --------------------------------------------------------------------------------------

    def begin_run(self, command: str, arguments: str, now: datetime, *outs: Path) -> str:
        """Record a run, with the next number: runs are ordered by it, for the wall clock may be wrong."""
        self._manifests.add_outputs(outs)
        run_id = new_run_id(now)
        with self._db.write() as db:
            db.execute(
                "INSERT INTO runs (run_id, command, arguments, started_at, number)"
                " SELECT ?, ?, ?, ?, coalesce(max(number), 0) + 1 FROM runs",
                (run_id, command, arguments, text(now)),
            )
        return run_id

    def end_run(self, run_id: str, summary: Mapping[str, Any], now: datetime) -> None:
        told = (summary["status"], summary["exit_code"], summary.get("resume_at"), json.dumps(summary))
        with self._db.write() as db:
            db.execute(
                "UPDATE runs SET ended_at = ?, status = ?, exit_code = ?, resume_at = ?, summary = ? WHERE run_id = ?",
                (text(now), *told, run_id),
            )

    def begin_extraction(
        self,
        run_id: str,
        account: str,
        stream: str,
        *,
        tenant: str,
        origin: str,
        arguments: str,
        since: str | None,
        first: Mapping[str, str] | None,
        now: datetime,
    ) -> Extraction:
        """Begin one at the parameters of its `first` page; without these there is nothing to fetch."""
        encoded = None if first is None else json.dumps(dict(first))
        with self._db.write() as db:
            newest = db.execute("SELECT max(id) FROM extractions").fetchone()[0]
            number = max(newest or 0, self._manifests.highest) + 1
            db.execute(
                "INSERT INTO extractions (id, account, stream, tenant, origin, arguments, since, started_at, next)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (number, account, stream, tenant, origin, arguments, since, text(now), encoded),
            )
            db.execute("INSERT INTO run_extractions VALUES (?, ?)", (run_id, number))
        return Extraction(number, account, stream, tenant, since, None, None, first, overlap=True, started_at=now)

    def extraction(self, number: int) -> Extraction:
        return _extraction(self._db.read("SELECT * FROM extractions WHERE id = ?", number)[0])

    def adopt(self, run_id: str, extraction: Extraction) -> None:
        """Resume, in this run, an extraction that an earlier one began."""
        with self._db.write() as db:
            db.execute("INSERT OR IGNORE INTO run_extractions VALUES (?, ?)", (run_id, extraction.id))
            db.execute("UPDATE extractions SET resume_at = NULL WHERE id = ?", (extraction.id,))
        self._manifests.note(extraction.id)

    def resumable(
        self, account: str, stream: str, *, tenant: str, arguments: str, now: datetime, accepting: bool = False
    ) -> Extraction | None:
        """What a run with these arguments goes on with: the tenant's newest extraction of the stream, where it is
        unfinished and young or still waiting for its time, or where the run that finished it was cut off or parked.

        A disbelieved one is resumed only by a run that is `accepting` its result."""
        rows = self._db.read(
            """
            SELECT e.*, r.ended_at AS run_ended, r.status AS run_status, r.exit_code AS run_code,
                   r.resume_at AS run_resume_at
            FROM extractions e JOIN run_extractions x ON x.extraction = e.id JOIN runs r USING (run_id)
            WHERE e.account = ? AND e.stream = ? AND e.tenant = ? ORDER BY e.id DESC, r.number DESC LIMIT 1
            """,
            account,
            stream,
            tenant,
        )
        if not rows or rows[0]["arguments"] != arguments:
            return None
        row = rows[0]
        if row["withdrawn"] or (row["disbelieved"] and not accepting):
            return None
        started = time(row["started_at"])
        if started is None or now < started - FRESH:
            return None  # begun under a clock that ran ahead: its age is unknown
        young = now - started < YOUNG
        parked = row["run_status"] == "parked"
        complete_at = time(row["complete_at"])
        resume_at = time(row["resume_at"] if complete_at is None else row["run_resume_at"] if parked else None)
        waiting = resume_at is not None and now - TAKEN_UP < resume_at < now + LONGEST
        cut_off = row["run_ended"] is None or parked or row["run_code"] in (130, 143)
        outage = row["run_code"] == 75 and complete_at is not None and abs(now - complete_at) < FRESH
        goes_on = complete_at is None or cut_off or outage
        return _extraction(row) if goes_on and (young or waiting) else None

    def land(
        self,
        extraction: int,
        pages: Sequence[LandedPage],
        *,
        following: Mapping[str, str] | None,
        server_date: datetime | None,
        changes_from: datetime | None = None,
        overlap: bool = True,
    ) -> None:
        """Record pages whose files are durable, and move on to the parameters `following`, None at the end.

        `overlap` says whether those request the last row again. `server_date` and `changes_from` are told by the first
        page of the extraction alone: by a later one, what changed before it would be missed.
        """
        entries = [
            {
                **asdict(page),
                "extraction": extraction,
                "parameters": json.dumps(dict(page.parameters)),
                "received_at": text(page.received_at),
            }
            for page in pages
        ]
        times = {"server_date": text(server_date), "changes_from": text(changes_from)}
        if all(page.position for page in pages):
            times = dict(self._db.read("SELECT server_date, changes_from FROM extractions WHERE id = ?", extraction)[0])
        moved = {"next": None if following is None else json.dumps(dict(following)), "overlap": int(overlap), **times}
        self._manifests.land(extraction, entries, **moved)
        with self._db.write() as db:
            db.executemany(
                "INSERT INTO pages VALUES (:extraction, :position, :parameters, :file, :size, :records, :received_at)",
                entries,
            )
            places = ", ".join(f"{name} = :{name}" for name in moved)
            db.execute(f"UPDATE extractions SET {places} WHERE id = :id", {**moved, "id": extraction})  # noqa: S608  # ours

    def complete(self, extraction: int, now: datetime) -> None:
        """Mark its tables as written: later runs build on it, and what it replaces may be purged."""
        rows = self._db.read("SELECT complete_at AS at FROM extractions WHERE id = ?", extraction)
        at = rows[0]["at"] or text(now)
        self._manifests.note(extraction, complete_at=at, disbelieved=0)
        with self._db.write() as db:
            db.execute("UPDATE extractions SET complete_at = ?, disbelieved = 0 WHERE id = ?", (at, extraction))

    def disbelieve(self, extraction: int) -> None:
        """Set an implausible extraction aside, for a run that accepts its result."""
        with self._db.write() as db:
            db.execute("UPDATE extractions SET disbelieved = 1 WHERE id = ?", (extraction,))
        self._manifests.note(extraction)

    def park(self, extractions: Sequence[int], resume_at: datetime | None) -> None:
        with self._db.write() as db:
            db.executemany(
                "UPDATE extractions SET resume_at = ? WHERE id = ?", [(text(resume_at), e) for e in extractions]
            )
        for extraction in extractions:
            self._manifests.note(extraction)

    def pages(self, extraction: int) -> list[LandedPage]:
        rows = self._db.read("SELECT * FROM pages WHERE extraction = ? ORDER BY position", extraction)
        return [
            LandedPage(
                row["position"],
                json.loads(row["parameters"]),
                row["file"],
                row["size"],
                row["records"],
                time(row["received_at"]) or datetime.min.replace(tzinfo=UTC),
            )
            for row in rows
        ]

    def latest_complete(self, account: str, stream: str, *, tenant: str, before: int | None = None) -> list[Extraction]:
        """The tenant's newest complete extraction of the whole stream, and the complete incremental ones since, oldest
        first. With `before`, as it stood when the extraction of that number began.
        """
        rows = self._db.read(
            """
            SELECT * FROM extractions WHERE account = ?1 AND stream = ?2 AND tenant = ?4
            AND complete_at IS NOT NULL AND id < ?3 AND id >= (
                SELECT max(id) FROM extractions WHERE account = ?1 AND stream = ?2 AND tenant = ?4
                AND complete_at IS NOT NULL AND since IS NULL AND id < ?3
            ) ORDER BY id
            """,
            account,
            stream,
            before if before is not None else 1 << 62,
            tenant,
        )
        return [_extraction(row) for row in rows]

    def drop_unfinished(self, account: str, stream: str, *, tenant: str) -> None:
        """Let no run go on with what earlier ones fetched of a stream: the next begins anew. Landed files stay."""
        with self._db.write() as db:
            dropped = db.execute(
                "UPDATE extractions SET withdrawn = ?"
                " WHERE account = ? AND stream = ? AND tenant = ? AND withdrawn IS NULL RETURNING id",
                (Withdrawal.DROPPED, account, stream, tenant),
            ).fetchall()
        for row in dropped:
            self._manifests.note(row["id"])


def _extraction(row: Any) -> Extraction:
    return Extraction(
        row["id"],
        row["account"],
        row["stream"],
        row["tenant"],
        row["since"],
        time(row["server_date"]),
        time(row["changes_from"]),
        json.loads(row["next"]) if row["next"] else None,
        bool(row["overlap"]),
        datetime.fromisoformat(row["started_at"]),
    )
