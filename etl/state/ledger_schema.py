"""The ledger's tables, as ordered migrations, and how its rows are written and read. docs/formats.md describes them."""

from __future__ import annotations

import json
from typing import Any

from etl.scrub import scrubbed
from etl.state.entries import Cause, EntryState, Fields, LedgerEntry, Line, Source, Step
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
    """
    ALTER TABLE entries ADD COLUMN meant TEXT;
    ALTER TABLE entries ADD COLUMN draft TEXT;
    ALTER TABLE entries ADD COLUMN base TEXT;
    ALTER TABLE entries ADD COLUMN cause TEXT;
    UPDATE entries SET cause = 'REFUSED', reason = substr(reason, 10) WHERE reason LIKE 'refused: %';
    UPDATE entries SET cause = 'MISDIRECTED', reason = substr(reason, 7) WHERE reason LIKE 'told: %';
    ALTER TABLE lines RENAME COLUMN changed TO before;
    ALTER TABLE lines ADD COLUMN after TEXT;
    ALTER TABLE lines ADD COLUMN former TEXT;
    CREATE TABLE targets (target TEXT PRIMARY KEY, name TEXT NOT NULL, used_at TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE spellings (
        target TEXT NOT NULL, field TEXT NOT NULL, form TEXT NOT NULL, PRIMARY KEY (target, field, form)
    ) WITHOUT ROWID;
    CREATE TABLE decisions (
        target TEXT NOT NULL, account TEXT NOT NULL, stream TEXT NOT NULL, key TEXT NOT NULL, choice TEXT NOT NULL,
        remote_id TEXT, decided_at TEXT NOT NULL, PRIMARY KEY (target, account, stream, key)
    ) WITHOUT ROWID;
    CREATE TABLE strangers (
        target TEXT NOT NULL, remote_id TEXT NOT NULL, mark BLOB NOT NULL, PRIMARY KEY (target, remote_id, mark)
    ) WITHOUT ROWID;
    CREATE INDEX strangers_by_mark ON strangers (target, mark);
    CREATE TABLE scans (target TEXT PRIMARY KEY, run_id TEXT NOT NULL) WITHOUT ROWID;
    """,
    """
    ALTER TABLE lines ADD COLUMN said TEXT;
    ALTER TABLE lines ADD COLUMN candidates TEXT;
    ALTER TABLE runs ADD COLUMN forgotten TEXT;
    """,
    """
    UPDATE entries SET hash = NULL WHERE hash = '';
    ALTER TABLE spellings RENAME TO spellings_as_text;
    CREATE TABLE spellings (
        target TEXT NOT NULL, field TEXT NOT NULL,
        form TEXT NOT NULL CHECK (form IN ('case', 'marks', 'digits', 'cut', 'dropped')),
        length INTEGER NOT NULL DEFAULT 0 CHECK (length = 0 OR (form = 'cut' AND length > 0)),
        PRIMARY KEY (target, field, form, length)
    ) WITHOUT ROWID;
    INSERT INTO spellings
        SELECT target, field, 'cut', CAST(substr(form, 5) AS INTEGER) FROM spellings_as_text WHERE form LIKE 'cut:%'
        UNION ALL SELECT target, field, form, 0 FROM spellings_as_text
            WHERE form IN ('case', 'marks', 'digits', 'dropped');
    DROP TABLE spellings_as_text;
    """,
    """
    CREATE INDEX lines_set_aside ON lines (run_id, account, stream, key) WHERE outcome = 'rejected';
    """,
)

WRITE_STEP = """
INSERT INTO entries (
    target, account, stream, key, state, action, remote_id, hash, body, reason, run_id, line, sent_at, doubted_at,
    meant, draft, base, cause
) VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?8, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    state = excluded.state, action = coalesce(excluded.action, action),
    remote_id = CASE WHEN excluded.action = 'create' AND excluded.state IN ('SENDING', 'PENDING')
        THEN excluded.remote_id ELSE coalesce(excluded.remote_id, remote_id) END,
    hash = CASE WHEN ?8 IS NULL THEN hash ELSE excluded.hash END,
    body = coalesce(excluded.body, body), reason = excluded.reason, run_id = coalesce(excluded.run_id, run_id),
    line = coalesce(excluded.line, line), sent_at = coalesce(excluded.sent_at, sent_at),
    doubted_at = coalesce(excluded.doubted_at, doubted_at), meant = coalesce(excluded.meant, meant),
    draft = CASE WHEN excluded.action = 'create' AND excluded.state = 'SENDING'
        THEN NULL ELSE coalesce(excluded.draft, draft) END,
    base = CASE WHEN excluded.action = 'create' AND excluded.state = 'SENDING'
        THEN NULL ELSE coalesce(excluded.base, base) END,
    cause = excluded.cause
WHERE excluded.state != 'SENDING' OR state IN ('PENDING', 'DONE', 'REJECTED')
"""
WRITE_LINE = """
INSERT INTO lines (
    run_id, line, account, stream, key, outcome, remote_id, status, message, field, suggestion, before, after, former,
    said, candidates
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    outcome = excluded.outcome, remote_id = coalesce(excluded.remote_id, remote_id),
    status = coalesce(excluded.status, status), message = excluded.message, field = excluded.field,
    suggestion = excluded.suggestion, before = coalesce(excluded.before, before),
    after = coalesce(excluded.after, after), former = coalesce(excluded.former, former),
    said = coalesce(excluded.said, said), candidates = coalesce(excluded.candidates, candidates)
"""
DROP_ENTRY = "DELETE FROM entries WHERE target = ? AND account = ? AND stream = ? AND key = ?"
DROP_DECISION = """
DELETE FROM decisions WHERE target = ? AND account = ? AND stream = ? AND key = ? AND choice != 'skip'
"""
"""A decision about a record ends with the record; the decision to skip a row does not."""
SET_DECISION = "INSERT OR REPLACE INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?)"
ADD_SPELLING = "INSERT INTO spellings VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
ACCEPT_RECORD = """
INSERT INTO entries (
    target, account, stream, key, remote_id, base, run_id, line, sent_at, state, action, body, draft
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'DONE', 'update', '{}', '{}')
ON CONFLICT DO UPDATE SET
    draft = CASE WHEN remote_id = excluded.remote_id AND (state = 'DONE' OR action != 'create')
        THEN draft ELSE '{}' END,
    state = 'DONE', remote_id = excluded.remote_id, base = coalesce(excluded.base, base), hash = NULL, reason = NULL,
    cause = NULL
WHERE state NOT IN ('SENDING', 'UNKNOWN')
"""
"""The record now belongs to the row; the row's earlier values are kept only if the record ever held them. The next push
compares."""
UNLINK_RECORD = """
UPDATE entries SET
    state = 'PENDING', remote_id = NULL, hash = NULL, draft = NULL, base = NULL, reason = NULL, cause = NULL
WHERE target = ? AND account = ? AND stream = ? AND key = ? AND state NOT IN ('SENDING', 'UNKNOWN')
"""
ENTRY = """e.account, e.stream, e.key, e.state, e.action, e.remote_id, e.hash, e.body, e.reason, e.run_id, e.line,
    e.sent_at, e.doubted_at, e.meant, e.draft, e.base, e.cause"""
ENTRIES_OF = f"""
SELECT {ENTRY} FROM json_each(?) AS w CROSS JOIN entries e ON e.target = ?
    AND e.account = w.value ->> 0 AND e.stream = w.value ->> 1 AND e.key = w.value ->> 2
"""  # noqa: S608  # ours
IN_DOUBT = f"""
SELECT {ENTRY} FROM entries e WHERE target = ? AND state IN ('SENDING', 'UNKNOWN') ORDER BY sent_at, key
"""  # noqa: S608  # ours
OWNERS = """
SELECT e.remote_id, e.account, e.stream, e.key FROM json_each(?) AS w
    CROSS JOIN entries e ON e.target = ? AND e.remote_id = w.value
"""
TARGETS = """
SELECT e.target, coalesce(t.name, '') AS name, count(*) AS entries,
    coalesce(t.used_at, (SELECT max(began_at) FROM runs WHERE target = e.target)) AS used_at
FROM entries e LEFT JOIN targets t ON t.target = e.target GROUP BY e.target ORDER BY e.target
"""
COUNT_RECORDS_OF = """
SELECT count(e.remote_id) AS rows FROM json_each(?) AS w CROSS JOIN entries e ON e.target = ?
    AND e.account = w.value ->> 0 AND e.stream = w.value ->> 1 AND e.key = w.value ->> 2
"""
KEYS = "SELECT key, run_id, line FROM entries WHERE target = ? AND account = ? AND stream = ?"
KEYS_SET_ASIDE = """
SELECT l.key, l.run_id, min(l.line) FROM runs r JOIN lines l ON l.run_id = r.run_id
WHERE r.target = ? AND l.account = ? AND l.stream = ? AND l.outcome = 'rejected' AND l.key != ''
GROUP BY l.run_id, l.key ORDER BY r.rowid
"""
RESULTS = """
SELECT line + 1, nullif(account, ''), nullif(stream, ''), nullif(key, ''), outcome, remote_id, status,
    CASE WHEN field != '' THEN field || ': ' || message ELSE message END
FROM lines WHERE run_id = ? AND line >= ? ORDER BY line LIMIT 5000
"""


def step_values(target: str, step: Step) -> tuple[Any, ...]:
    at, given_up, reason = text(step.at), step.state is EntryState.UNKNOWN, step.reason and scrubbed(step.reason)
    return (
        target, *step.source, step.state, step.action, step.remote_id, step.hash, step.body, reason, step.run_id,
        step.line, None if given_up else at, at if given_up else None, step.meant, step.draft, step.base, step.cause,
    )  # fmt: skip


def line_values(line: Line) -> tuple[Any, ...]:
    message = line.message and scrubbed(line.message)
    return (
        line.run_id, line.line, *line.source, line.outcome, line.remote_id, line.status, message, line.field,
        line.suggestion, line.before, line.after, line.former, line.said,
        json.dumps(line.candidates) if line.candidates else None,
    )  # fmt: skip


def line_of(row: Any) -> Line:
    source = Source(row["account"], row["stream"], row["key"])
    kept = ("remote_id", "status", "message", "field", "suggestion", "before", "after", "former", "said")
    several = tuple(json.loads(row["candidates"])) if row["candidates"] else ()
    known = {name: row[name] for name in kept}
    return Line(row["run_id"], row["line"], source, row["outcome"], **known, candidates=several)


def entry_of(row: Any) -> LedgerEntry:
    """Build an entry from the columns ENTRY, in their order. By position for speed: a push reads one for every row."""
    account, stream, key, state, action, remote_id, hash_, body, reason, run_id, line, *rest = row
    sent, doubted, meant, draft, base, cause = rest
    sent_at = time(sent)
    assert sent_at is not None
    return LedgerEntry(
        Source(account, stream, key), EntryState(state), action, remote_id, hash_, Fields(body), reason, run_id, line,
        sent_at, time(doubted) or sent_at, Fields(meant), Fields(draft), Fields(base), Cause(cause) if cause else None,
    )  # fmt: skip
