"""What was sent where: written down before a call's first byte, and after its answer.

    PENDING -> SENDING -> DONE | REJECTED | UNKNOWN -> DONE | PENDING | REVIEW

An `entry` is known by target, source account, source stream and source id, never by run or time. A `line` is one row
of one run's input, and what came of it there. A `run` keeps what a later one needs to look for what is in doubt: the
server's time at its first write, and the highest id that was there before.

No entry in doubt ever becomes SENDING: the database itself refuses it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from etl.errors import EtlError
from etl.state.database import Database
from etl.state.entries import Entry, Floor, Gone, Line, Source, State, Step, Write
from etl.state.journal import text, time

MIGRATIONS = (
    """
    CREATE TABLE ledger (id TEXT NOT NULL, generation INTEGER NOT NULL, rebuilt_at TEXT);
    CREATE TABLE runs (
        run_id TEXT PRIMARY KEY, target TEXT NOT NULL, began_at TEXT NOT NULL, server_date TEXT, dated_at TEXT,
        highest INTEGER
    );
    CREATE TABLE entries (
        target TEXT NOT NULL, account TEXT NOT NULL, stream TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL,
        action TEXT, remote_id TEXT, hash TEXT, body TEXT, reason TEXT, run_id TEXT, line INTEGER, sent_at TEXT,
        doubted_at TEXT,
        PRIMARY KEY (target, account, stream, key)
    ) WITHOUT ROWID;
    CREATE INDEX entries_in_doubt ON entries (target) WHERE state IN ('SENDING', 'UNKNOWN');
    CREATE INDEX entries_by_id ON entries (target, remote_id);
    CREATE TABLE lines (
        run_id TEXT NOT NULL, line INTEGER NOT NULL, account TEXT NOT NULL, stream TEXT NOT NULL, key TEXT,
        outcome TEXT NOT NULL, remote_id TEXT, status INTEGER, message TEXT, field TEXT, suggestion TEXT,
        changed TEXT, PRIMARY KEY (run_id, line)
    ) WITHOUT ROWID;
    """,
)


class Ledger:
    """The entries of one target, of whatever run. Made by `etl.state.ledger_file.open_ledger`.

    `rebuilt_at` is when the ledger was begun anew because the old one was lost: what it does not know may be there.
    """

    def __init__(self, database: Database, target: str, rebuilt_at: datetime | None = None) -> None:
        self._db, self.target, self.rebuilt_at = database, target, rebuilt_at

    def begin(self, run_id: str, now: datetime) -> None:
        """Begin a run. What a killed one was sending is in doubt from now on: its call may still be under way."""
        with self._db.write() as db:
            db.execute("INSERT INTO runs (run_id, target, began_at) VALUES (?, ?, ?)", (run_id, self.target, text(now)))
            db.execute(
                "UPDATE entries SET state = 'UNKNOWN', doubted_at = ? WHERE target = ? AND state = 'SENDING'",
                (text(now), self.target),
            )

    def found(self, sources: Iterable[Source]) -> dict[Source, Entry]:
        """The entries that there are of these."""
        wanted = json.dumps([list(source) for source in sources])
        rows = self._db.read(
            """
            SELECT e.* FROM json_each(?) AS w CROSS JOIN entries e ON e.target = ?
                AND e.account = w.value ->> 0 AND e.stream = w.value ->> 1 AND e.key = w.value ->> 2
            """,
            wanted,
            self.target,
        )
        return {entry.source: entry for entry in map(_entry, rows)}

    def in_doubt(self) -> list[Entry]:
        return [
            _entry(row)
            for row in self._db.read(
                "SELECT * FROM entries WHERE target = ? AND state IN ('SENDING', 'UNKNOWN') ORDER BY sent_at, key",
                self.target,
            )
        ]

    def claimed(self, ids: Iterable[str]) -> dict[str, Source]:
        """Which of these remote ids are known as whose."""
        rows = self._db.read(
            "SELECT e.* FROM json_each(?) AS w CROSS JOIN entries e ON e.target = ? AND e.remote_id = w.value",
            json.dumps(list(ids)),
            self.target,
        )
        return {row["remote_id"]: Source(row["account"], row["stream"], row["key"]) for row in rows}

    def references(self, field: str | None, values: Iterable[str]) -> set[str]:
        """Which of these values stand in that field of a body that was sent."""
        wanted = json.dumps(list(values))
        if field is None or wanted == "[]":
            return set()
        rows = self._db.read(
            "SELECT DISTINCT json_extract(body, ?1) AS reference FROM entries WHERE target = ?2"
            " AND json_extract(body, ?1) IN (SELECT value FROM json_each(?3))",
            f"$.{field}",
            self.target,
            wanted,
        )
        return {row["reference"] for row in rows}

    def highest_id(self) -> int | None:
        """The highest remote id of all entries, where ids are numbers."""
        row = self._db.read(
            "SELECT max(CAST(remote_id AS INTEGER)) AS highest FROM entries WHERE target = ?", self.target
        )
        return row[0]["highest"] or None

    def floor(self, run_id: str) -> Floor | None:
        rows = self._db.read("SELECT * FROM runs WHERE run_id = ?", run_id)
        if not rows:
            return None
        began_at = time(rows[0]["began_at"])
        assert began_at is not None
        return Floor(began_at, time(rows[0]["server_date"]), time(rows[0]["dated_at"]), rows[0]["highest"])

    def target_of(self, run_id: str) -> str | None:
        """The target that a run wrote to; None for one the ledger does not know."""
        rows = self._db.read("SELECT target FROM runs WHERE run_id = ?", run_id)
        return rows[0]["target"] if rows else None

    def set_floor(self, run_id: str, *, highest: int) -> None:
        with self._db.write() as db:
            db.execute("UPDATE runs SET highest = ? WHERE run_id = ?", (highest, run_id))

    def set_date(self, run_id: str, server_date: datetime, now: datetime) -> None:
        """The server's time, and ours at that moment."""
        with self._db.write() as db:
            db.execute(
                "UPDATE runs SET server_date = ?, dated_at = ? WHERE run_id = ?", (text(server_date), text(now), run_id)
            )

    def write(self, writes: Sequence[Write]) -> None:
        """All of them in one transaction, durable on return."""
        with self._db.write() as db:
            for one in writes:
                match one:
                    case Step():
                        self._step(db, one)
                    case Line():
                        db.execute(LINE, _line_values(one))
                    case Gone():
                        db.execute(
                            "DELETE FROM entries WHERE target = ? AND account = ? AND stream = ? AND key = ?",
                            (self.target, *one.source),
                        )

    def _step(self, db: Any, step: Step) -> None:
        moved = db.execute(
            STEP,
            (
                self.target,
                *step.source,
                step.state,
                step.action,
                step.remote_id,
                step.hash,
                step.body,
                step.reason,
                step.run_id,
                step.line,
                None if step.state is State.UNKNOWN else text(step.at),
                text(step.at) if step.state is State.UNKNOWN else None,
            ),
        ).rowcount
        if moved != 1:
            raise EtlError("A bug of ours: a row whose outcome is in doubt was about to be sent again; it was not.")

    def lines(self, run_id: str) -> Iterator[Line]:
        """The run's lines in the order of its input."""
        query, last = "SELECT * FROM lines WHERE run_id = ? AND line > ? ORDER BY line LIMIT 5000", -1
        while page := self._db.read(query, run_id, last):
            yield from map(_line, page)
            last = page[-1]["line"]

    def outcomes(self, run_id: str) -> dict[str, int]:
        """How many lines of a run came to what."""
        rows = self._db.read("SELECT outcome, count(*) AS lines FROM lines WHERE run_id = ? GROUP BY outcome", run_id)
        return {row["outcome"]: row["lines"] for row in rows}

    def reasons(self, run_id: str, outcome: str) -> dict[str, int]:
        """How many lines of an outcome give which reason, the most frequent first."""
        query = (
            "SELECT message, count(*) AS lines FROM lines WHERE run_id = ? AND outcome = ? AND message IS NOT NULL"
            " GROUP BY message ORDER BY lines DESC, message LIMIT 20"
        )
        return {row["message"]: row["lines"] for row in self._db.read(query, run_id, outcome)}


STEP = """
INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    state = excluded.state, action = coalesce(excluded.action, action),
    remote_id = coalesce(excluded.remote_id, remote_id), hash = coalesce(excluded.hash, hash),
    body = coalesce(excluded.body, body), reason = excluded.reason, run_id = coalesce(excluded.run_id, run_id),
    line = coalesce(excluded.line, line), sent_at = coalesce(excluded.sent_at, sent_at),
    doubted_at = coalesce(excluded.doubted_at, doubted_at)
WHERE excluded.state != 'SENDING' OR state IN ('PENDING', 'DONE', 'REJECTED')
"""
LINE = """
INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    outcome = excluded.outcome, remote_id = coalesce(excluded.remote_id, remote_id),
    status = coalesce(excluded.status, status), message = excluded.message, field = excluded.field,
    suggestion = excluded.suggestion, changed = coalesce(excluded.changed, changed)
"""


def _line_values(line: Line) -> tuple[Any, ...]:
    return (
        line.run_id,
        line.line,
        *line.source,
        line.outcome,
        line.remote_id,
        line.status,
        line.message,
        line.field,
        line.suggestion,
        line.changed,
    )


def _line(row: Any) -> Line:
    source = Source(row["account"], row["stream"], row["key"])
    kept = ("remote_id", "status", "message", "field", "suggestion", "changed")
    return Line(row["run_id"], row["line"], source, row["outcome"], **{name: row[name] for name in kept})


def _entry(row: Any) -> Entry:
    sent_at = time(row["sent_at"])
    assert sent_at is not None
    return Entry(
        Source(row["account"], row["stream"], row["key"]),
        State(row["state"]),
        row["action"],
        row["remote_id"],
        row["hash"],
        json.loads(row["body"]),
        row["reason"],
        row["run_id"],
        row["line"],
        sent_at,
        time(row["doubted_at"]) or sent_at,
    )
