"""The journal's tables, as ordered migrations. docs/formats.md describes them.

What a release kept that knew accounts by their name alone is the tenant `? <base_url>`'s: whose it is was not kept. A
record that vanished is that of the extraction which was under way when it was missed.
"""

from __future__ import annotations

MIGRATIONS = (
    """
    CREATE TABLE runs (
        run_id TEXT PRIMARY KEY, command TEXT NOT NULL, arguments TEXT NOT NULL, started_at TEXT NOT NULL,
        ended_at TEXT, status TEXT, exit_code INTEGER, resume_at TEXT, summary TEXT
    );
    CREATE TABLE extractions (
        id INTEGER PRIMARY KEY, account TEXT NOT NULL, stream TEXT NOT NULL, origin TEXT NOT NULL,
        arguments TEXT NOT NULL, since TEXT, started_at TEXT NOT NULL, server_date TEXT, next TEXT,
        complete_at TEXT, resume_at TEXT
    );
    CREATE INDEX extractions_by_stream ON extractions (account, stream, id);
    CREATE TABLE pages (
        extraction INTEGER NOT NULL REFERENCES extractions (id), position INTEGER NOT NULL, parameters TEXT NOT NULL,
        file TEXT NOT NULL, size INTEGER NOT NULL, records INTEGER NOT NULL, received_at TEXT NOT NULL,
        PRIMARY KEY (extraction, position)
    ) WITHOUT ROWID;
    CREATE TABLE run_extractions (
        run_id TEXT NOT NULL REFERENCES runs (run_id), extraction INTEGER NOT NULL REFERENCES extractions (id),
        PRIMARY KEY (run_id, extraction)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE extractions ADD COLUMN overlap INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE extractions ADD COLUMN disbelieved INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE vanished (
        account TEXT NOT NULL, stream TEXT NOT NULL, key TEXT NOT NULL, deleted_at TEXT NOT NULL,
        received_at TEXT NOT NULL, raw TEXT NOT NULL, PRIMARY KEY (account, stream, key)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE extractions ADD COLUMN withdrawn TEXT CHECK (withdrawn IN ('dropped', 'purged'));
    UPDATE extractions SET
        withdrawn = arguments,
        arguments = coalesce((
            SELECT r.arguments FROM run_extractions x JOIN runs r USING (run_id)
            WHERE x.extraction = extractions.id ORDER BY r.started_at LIMIT 1
        ), '{}')
    WHERE arguments IN ('dropped', 'purged');
    """,
    """
    ALTER TABLE extractions ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
    UPDATE extractions SET tenant = '? ' || origin;
    ALTER TABLE vanished RENAME TO vanished_by_name;
    CREATE TABLE vanished (
        account TEXT NOT NULL, stream TEXT NOT NULL, tenant TEXT NOT NULL, key TEXT NOT NULL,
        deleted_at TEXT NOT NULL, received_at TEXT NOT NULL, raw TEXT NOT NULL,
        PRIMARY KEY (account, stream, tenant, key)
    ) WITHOUT ROWID;
    INSERT INTO vanished SELECT v.account, v.stream, '? ' || coalesce(
        (
            SELECT origin FROM extractions e WHERE e.account = v.account AND e.stream = v.stream
            AND julianday(e.started_at) <= julianday(v.deleted_at) ORDER BY e.id DESC LIMIT 1
        ),
        (
            SELECT min(origin) FROM extractions e WHERE e.account = v.account AND e.stream = v.stream
            HAVING min(origin) = max(origin)
        ),
        ''
    ), v.key, v.deleted_at, v.received_at, v.raw FROM vanished_by_name v;
    DROP TABLE vanished_by_name;
    CREATE TABLE same_shops (
        account TEXT NOT NULL, later TEXT NOT NULL, earlier TEXT NOT NULL, said_at TEXT NOT NULL,
        PRIMARY KEY (account, later)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE runs ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
    UPDATE runs SET number = rowid;
    """,
    """
    ALTER TABLE extractions ADD COLUMN changes_from TEXT;
    """,
)
