"""The ledger: what was sent where, recorded before a call's first byte and after its answer.

    PENDING -> SENDING -> DONE | REJECTED | UNKNOWN -> DONE | PENDING | REJECTED | REVIEW

An `entry` is identified by target, source account, source stream and source id, never by run or time. A target is a
shop (etl.config.identity) and a stream of it, never a host alone. A `line` is one row of one run's input, and its
outcome. A `run` keeps what a later one needs to look up rows in doubt: the server's time at its first write, and the
highest id that existed before.

No entry in doubt ever becomes SENDING: the database itself refuses it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from etl.errors import EtlError
from etl.state.database import Database
from etl.state.entries import Choice, Decision, Floor, Form, FormKind, Gone, LedgerEntry, Line, Source, Step, Write
from etl.state.journal import text, time
from etl.state.ledger_erasure import LedgerErasure
from etl.state.ledger_retention import Forgotten, LedgerRetention
from etl.state.ledger_schema import (
    ACCEPT_RECORD,
    ADD_SPELLING,
    COUNT_RECORDS_OF,
    DROP_DECISION,
    DROP_ENTRY,
    ENTRIES_OF,
    IN_DOUBT,
    KEYS,
    KEYS_SET_ASIDE,
    OWNERS,
    RESULTS,
    SET_DECISION,
    TARGETS,
    UNLINK_RECORD,
    WRITE_LINE,
    WRITE_STEP,
    entry_of,
    line_of,
    line_values,
    step_values,
)
from etl.state.strangers import Marks

EVERYTHING = sys.maxsize


class Ledger:
    """The entries of one target, from all runs. Made by `etl.state.ledger_file.open_ledger`.

    `id` stays the same for the ledger's life, even if it is rebuilt: references are made from it.
    `rebuilt_at` is when it was recreated because the old one was lost: the target may hold records it does not know.
    """

    def __init__(self, database: Database, target: str, ledger_id: str, rebuilt_at: datetime | None = None) -> None:
        self._db, self.target, self.id, self.rebuilt_at = database, target, ledger_id, rebuilt_at
        self.marks = Marks(database, target)

    def begin(self, run_id: str, name: str, now: datetime) -> None:
        """Begin a run at the target, `name` as people call it. Rows that a killed run was sending are in doubt from now
        on: their calls may still be in flight."""
        with self._db.write() as db:
            db.execute("INSERT INTO runs (run_id, target, began_at) VALUES (?, ?, ?)", (run_id, self.target, text(now)))
            db.execute("INSERT OR REPLACE INTO targets VALUES (?, ?, ?)", (self.target, name, text(now)))
            db.execute(
                "UPDATE entries SET state = 'UNKNOWN', doubted_at = ? WHERE target = ? AND state = 'SENDING'",
                (text(now), self.target),
            )

    def entries_of(self, sources: Iterable[Source]) -> dict[Source, LedgerEntry]:
        """Look up the entries of these sources, leaving out those that have none."""
        wanted = json.dumps([list(source) for source in sources])
        return {entry.source: entry for entry in map(entry_of, self._db.read(ENTRIES_OF, wanted, self.target))}

    def is_empty(self) -> bool:
        """Whether the ledger has no entry of this target."""
        return not self._db.read("SELECT 1 FROM entries WHERE target = ? LIMIT 1", self.target)

    def count_records(self) -> int:
        """Count the entries that are done and have a record."""
        query = "SELECT count(*) AS known FROM entries WHERE target = ? AND state = 'DONE' AND remote_id IS NOT NULL"
        return int(self._db.read(query, self.target)[0]["known"])

    def in_doubt(self) -> list[LedgerEntry]:
        return [entry_of(row) for row in self._db.read(IN_DOUBT, self.target)]

    def count_records_of(self, sources: Iterable[Source]) -> int:
        """Count those of these sources that have a record."""
        return int(
            self._db.read(COUNT_RECORDS_OF, json.dumps([list(source) for source in sources]), self.target)[0]["rows"]
        )

    def keys(self, account: str, stream: str) -> list[tuple[str, str, int]]:
        """List the keys of a source that were sent, each with the run and the line that it was last sent in."""
        return list(map(tuple, self._db.read(KEYS, self.target, account, stream)))

    def keys_set_aside(self, account: str, stream: str) -> list[tuple[str, str, int]]:
        """List the keys of a source that rows were rejected with, each with its run and line, the oldest run first."""
        return list(map(tuple, self._db.read(KEYS_SET_ASIDE, self.target, account, stream)))

    def claimed(self, ids: Iterable[str]) -> dict[str, Source]:
        """Map those of these remote ids that belong to a row to its source."""
        rows = self._db.read(OWNERS, json.dumps(list(ids)), self.target)
        return {row["remote_id"]: Source(row["account"], row["stream"], row["key"]) for row in rows}

    def references(self, field: str | None, values: Iterable[str], *, anywhere: bool = False) -> set[str]:
        """Select those of these values that a sent body has in that field, at this target or `anywhere`."""
        wanted = json.dumps(list(values))
        if field is None or wanted == "[]":
            return set()
        rows = self._db.read(
            "SELECT DISTINCT json_extract(body, ?1) AS reference FROM entries WHERE (target = ?2 OR ?4)"
            " AND json_extract(body, ?1) IN (SELECT value FROM json_each(?3))",
            f"$.{field}",
            self.target,
            wanted,
            anywhere,
        )
        return {row["reference"] for row in rows}

    def highest_id(self) -> int | None:
        """Return the highest numeric remote id that was proven, or that a run saw before it began. Ids that an answer
        only named do not count: too high a one would make every later record look older."""
        row = self._db.read(
            "SELECT max(coalesce((SELECT max(CAST(remote_id AS INTEGER)) FROM entries WHERE target = ?1"
            " AND state = 'DONE'), 0), coalesce((SELECT max(highest) FROM runs WHERE target = ?1), 0)) AS highest",
            self.target,
        )
        return row[0]["highest"] or None

    def floor(self, run_id: str) -> Floor | None:
        return self._floor("SELECT * FROM runs WHERE run_id = ?", run_id)

    def newest_floor(self) -> Floor | None:
        """Return the floor of the newest run that learnt the server's time: later writes may be unknown here."""
        return self._floor(
            "SELECT * FROM runs WHERE target = ? AND server_date IS NOT NULL ORDER BY rowid DESC LIMIT 1", self.target
        )

    def _floor(self, query: str, value: str) -> Floor | None:
        rows = self._db.read(query, value)
        if not rows:
            return None
        began_at = time(rows[0]["began_at"])
        assert began_at is not None
        return Floor(began_at, time(rows[0]["server_date"]), time(rows[0]["dated_at"]), rows[0]["highest"])

    def target_of(self, run_id: str) -> str | None:
        """Return the target that a run wrote to; None for a run that the ledger does not know."""
        rows = self._db.read("SELECT target FROM runs WHERE run_id = ?", run_id)
        return rows[0]["target"] if rows else None

    def runs_after(self, run_id: str) -> set[str]:
        """List the runs at this target that were recorded after that one, whatever the clock said."""
        rows = self._db.read(
            "SELECT run_id FROM runs WHERE target = ? AND rowid > (SELECT rowid FROM runs WHERE run_id = ?)",
            self.target,
            run_id,
        )
        return {row["run_id"] for row in rows}

    def set_floor(self, run_id: str, *, highest: int) -> None:
        with self._db.write() as db:
            db.execute("UPDATE runs SET highest = ? WHERE run_id = ?", (highest, run_id))

    def set_date(self, run_id: str, server_date: datetime, now: datetime) -> None:
        """Record the server's time, and ours at that moment."""
        with self._db.write() as db:
            db.execute(
                "UPDATE runs SET server_date = ?, dated_at = ? WHERE run_id = ?", (text(server_date), text(now), run_id)
            )

    def write(self, writes: Sequence[Write]) -> None:
        """Write all of them in one transaction, durable on return."""
        steps = [step_values(self.target, one) for one in writes if isinstance(one, Step)]
        gone = [(self.target, *one.source) for one in writes if isinstance(one, Gone)]
        lines = [line_values(one) for one in writes if isinstance(one, Line)]
        with self._db.write() as db:
            if steps and db.executemany(WRITE_STEP, steps).rowcount != len(steps):
                raise EtlError("A bug of ours: a row whose outcome is in doubt was about to be sent again; it was not.")
            for query, values in ((DROP_ENTRY, gone), (DROP_DECISION, gone), (WRITE_LINE, lines)):
                if values:
                    db.executemany(query, values)

    def lines(self, run_id: str, outcomes: Sequence[str] = ()) -> Iterator[Line]:
        """Iterate over the run's lines in the order of its input; only those with one of these outcomes, if any are
        given."""
        only = f" AND outcome IN ({', '.join('?' * len(outcomes))})" if outcomes else ""
        query, last = f"SELECT * FROM lines WHERE run_id = ? AND line > ?{only} ORDER BY line LIMIT 1000", -1  # noqa: S608  # ours
        while page := self._db.read(query, run_id, last, *outcomes):
            yield from map(line_of, page)
            last = page[-1]["line"]

    def results(self, run_id: str) -> Iterator[list[tuple[Any, ...]]]:
        """Iterate over pages of the run's lines, in the order of its input: row, source in three parts, outcome, remote
        id, status and message."""
        last = 0
        while page := self._db.read(RESULTS, run_id, last):
            yield list(map(tuple, page))
            last = page[-1][0]

    def line(self, run_id: str, number: int) -> Line | None:
        rows = self._db.read("SELECT * FROM lines WHERE run_id = ? AND line = ?", run_id, number)
        return line_of(rows[0]) if rows else None

    def outcomes(self, run_id: str) -> dict[str, int]:
        """Count the lines of a run by outcome."""
        rows = self._db.read("SELECT outcome, count(*) AS lines FROM lines WHERE run_id = ? GROUP BY outcome", run_id)
        return {row["outcome"]: row["lines"] for row in rows}

    def reasons(self, run_id: str, outcome: str, *, most: int = 20) -> dict[str, int]:
        """Count the lines with an outcome by reason, the most frequent first."""
        query = (
            "SELECT message, count(*) AS lines FROM lines WHERE run_id = ? AND outcome = ? AND message IS NOT NULL"
            " GROUP BY message ORDER BY lines DESC, message LIMIT ?"
        )
        return {row["message"]: row["lines"] for row in self._db.read(query, run_id, outcome, most)}

    # -- spellings of the target, and decisions of people ----------------------------------------------

    def spellings(self) -> dict[str, list[Form]]:
        """List, for each field, the forms in which the target was seen to store values."""
        found: dict[str, list[Form]] = {}
        for row in self._db.read("SELECT field, form, length FROM spellings WHERE target = ?", self.target):
            found.setdefault(row["field"], []).append(Form(FormKind(row["form"]), row["length"]))
        return found

    def learn_spelling(self, field: str, form: Form) -> None:
        with self._db.write() as db:
            db.execute(ADD_SPELLING, (self.target, field, *form))

    def decisions(self) -> dict[Source, Decision]:
        query = "SELECT account, stream, key, choice, remote_id FROM decisions WHERE target = ?"
        rows = self._db.read(query, self.target)
        found = (Decision(Source(*row[:3]), Choice(row["choice"]), row["remote_id"]) for row in rows)
        return {decision.source: decision for decision in found}

    def decide(
        self, decision: Decision, now: datetime, base: str | None = None, sender: tuple[str, int] = ("", 0)
    ) -> None:
        """Store a decision; a later one about the same row replaces it. Unless its outcome is in doubt, the row's entry
        leaves review: as an update of the record `base` that the person saw, or as a create. `sender` is the line that
        was in review: an accepted record belongs to its row at once."""
        row = (self.target, *decision.source)
        with self._db.write() as db:
            db.execute(SET_DECISION, (*row, decision.choice, decision.remote_id, text(now)))
            if decision.choice is Choice.ACCEPT:
                db.execute(ACCEPT_RECORD, (*row, decision.remote_id, base, *sender, text(now)))
            elif decision.choice is Choice.NEW:
                db.execute(UNLINK_RECORD, row)

    # -- the ledger as a whole -------------------------------------------------------------------------

    def targets(self) -> list[dict[str, Any]]:
        """List every target with its number of entries, its last name and its last use."""
        return [dict(row) for row in self._db.read(TARGETS)]

    def forget(self, before: datetime, limit: int = EVERYTHING, *, again: bool = True) -> Forgotten:
        """Redact the values of rows done before a time, about `limit` rows at most: etl.state.ledger_retention."""
        return LedgerRetention(self._db, self.id, before).run(limit, again=again)

    def erasure(self, hashed: Callable[..., str]) -> LedgerErasure:
        """Return what takes a person out of the ledger, with a keyed hash of texts."""
        return LedgerErasure(self._db, self.id, hashed)

    def compact(self) -> None:
        """Remove every trace of redacted values from the file."""
        self._db.compact()

    def rename(self, old: str, new: str) -> int:
        """Hand the entries of one target over to another; returns how many. Raises ValueError, and hands nothing over,
        where both have entries of the same row."""
        with self._db.write() as db:
            both = db.execute(
                "SELECT count(*) FROM entries a JOIN entries b ON b.target = ? AND b.account = a.account"
                " AND b.stream = a.stream AND b.key = a.key WHERE a.target = ?",
                (new, old),
            ).fetchone()[0]
            if both:
                raise ValueError(f"{both} rows are known at both")
            moved = db.execute("UPDATE entries SET target = ? WHERE target = ?", (new, old)).rowcount
            for table in ("runs", "spellings", "decisions", "strangers", "scans"):
                db.execute(f"UPDATE OR REPLACE {table} SET target = ? WHERE target = ?", (new, old))  # noqa: S608  # ours
            db.execute("DELETE FROM targets WHERE target = ?", (old,))
        return int(moved)
