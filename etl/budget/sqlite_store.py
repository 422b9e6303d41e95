"""Keep budgets in one SQLite file, for all processes of a user, across restarts and even kill -9.

    budget   a row per account: its key, the facts as JSON, and a version that every change raises
    call     a row per call that may still count; `seq` is the version that wrote it last
    boot     the offset of the steady clock (etl.budget.monotonic)

Each process keeps a copy and reads, inside its own transaction, only what others wrote since. A commit survives the
process at once, and a loss of power from the next checkpoint on, CHECKPOINT_S later at most; an fsync for every call
would cost ten times the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

import orjson
from pydantic import ValidationError

from etl.budget.account_state import FACTS, AccountState, CallEntry
from etl.budget.local_folder import must_be_local
from etl.budget.monotonic import boot, offset, ticks
from etl.budget.process_lock import Session
from etl.budget.store import FORGET_EVERY, Act, T
from etl.clock import Clock
from etl.errors import ConfigurationError, InputOutputError
from etl.state.files import cannot_create, discard, make_folder

APPLICATION = 0x65746C62
VERSION = 1
CHECKPOINT_S = 5.0
BUSY_S = 20.0
BUSY_STEP_S = 0.003
DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_SCHEMA}

SCHEMA = f"""
CREATE TABLE budget (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, facts BLOB NOT NULL);
CREATE TABLE call (budget INTEGER NOT NULL, number INTEGER NOT NULL, session TEXT NOT NULL, sent REAL NOT NULL,
                   received REAL, seq INTEGER NOT NULL, PRIMARY KEY (budget, number)) WITHOUT ROWID;
CREATE INDEX call_seq ON call (budget, seq);
CREATE TABLE boot (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, time_offset REAL NOT NULL);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""


@dataclass(slots=True)
class _Page:
    id: int
    version: int
    state: AccountState


class SqliteStore:
    """A store that is open until `close`. Raises ConfigurationError for a file or folder that is not reliable."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._pages: dict[str, _Page] = {}
        self._ticks = ticks(clock)
        self._checked = time.monotonic()
        must_be_local(path.parent, "[state] budgets")
        make_folder(path.parent)
        try:
            if not path.exists():
                _create(path)
            self._inode = path.stat().st_ino
            # who opens it at the same moment may hold it for long on a busy machine
            self._database = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
            try:
                self._open(clock)
            except BaseException:
                self._database.close()
                raise
        except sqlite3.Error as error:
            raise self._explain(error) from None
        except OSError as error:
            raise cannot_create(path, error) from None

    def _open(self, clock: Clock) -> None:
        db = self._database
        if self._pragma("application_id") != APPLICATION:
            raise self._damaged()
        if self._pragma("user_version") > VERSION:
            raise ConfigurationError(
                f"{self._path} was written by a newer contact-etl.",
                remedy="Upgrade contact-etl here, or name another file as [state] budgets for every project.",
            )
        if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise self._damaged()
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("BEGIN IMMEDIATE")
        self._offset = self._steady_offset(clock)
        # inside the transaction: the sweep must not meet a session that is being created
        session = Session(self._path.with_name(f"{self._path.name}-sessions"))
        session.sweep()
        db.execute("COMMIT")
        # from here on others hold the lock for microseconds; longer waits leave the event loop free
        db.execute("PRAGMA busy_timeout = 20")
        self._session, self.session = session, session.name

    def _steady_offset(self, clock: Clock) -> float:
        this, now = boot(clock), offset(clock)
        self._boot = this
        if this is None:
            return now
        known = self._database.execute("SELECT id, time_offset FROM boot").fetchone()
        if known is not None and known[0] == this:
            return float(known[1])
        (seen,) = self._database.execute("SELECT max(max(sent, coalesce(received, 0))) FROM call").fetchone()
        now = max(now, (seen or 0.0) - self._ticks())
        self._database.execute("INSERT OR REPLACE INTO boot VALUES (1, ?, ?)", (this, now))
        return now

    async def change(self, key: str, act: Act[T]) -> T:
        await self._begin()
        try:
            page = self._turn_to(key)
            result = act(page.state, self.now())
            self._save(page)
            self._database.execute("COMMIT")
        except BaseException as error:
            self._pages.pop(key, None)
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise self._explain(error) from None
            raise
        self._checkpoint()
        return result

    def last_seen(self, key: str) -> AccountState:
        page = self._pages.get(key)
        return page.state if page else AccountState()

    def now(self) -> float:
        return self._ticks() + self._offset

    def is_gone(self, session: str) -> bool | None:
        return self._session.is_gone(session)

    async def close(self) -> None:
        self._session.close()
        self._database.close()

    async def _begin(self) -> None:
        give_up = time.monotonic() + BUSY_S
        while True:
            try:
                self._database.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                    raise self._explain(error) from None
                await asyncio.sleep(BUSY_STEP_S)
            else:
                return

    def _turn_to(self, key: str) -> _Page:
        """The current page of a key, with what other processes wrote."""
        db = self._database
        row = db.execute("SELECT id, version, facts FROM budget WHERE key = ?", (key,)).fetchone()
        if row is None:
            cursor = db.execute("INSERT INTO budget (key, version, facts) VALUES (?, 0, '{}')", (key,))
            assert cursor.lastrowid is not None
            page = self._pages[key] = _Page(cursor.lastrowid, 0, AccountState())
            page.state.facts.boot = self._boot or ""
            return page
        known = self._pages.get(key)
        if known is not None and (known.id, known.version) == (row[0], row[1]):
            return known
        try:
            facts = FACTS.validate_json(row[2])
        except ValidationError:
            raise self._damaged() from None
        since = known.version if known is not None and known.id == row[0] else -1
        rows = db.execute(
            "SELECT number, session, sent, received FROM call WHERE budget = ? AND seq > ? ORDER BY seq, number",
            (row[0], since),
        )
        entries = [CallEntry(*line) for line in rows]
        if known is not None and since >= 0:
            known.state.facts, known.version = facts, row[1]
            known.state.copy(entries)
            return known
        page = self._pages[key] = _Page(row[0], row[1], AccountState(facts, entries))
        if self._boot is not None:
            page.state.begin_boot(self._boot)
        page.state.correct(self.now())
        return page

    def _save(self, page: _Page) -> None:
        if not page.state.dirty:
            return
        page.version += 1
        self._database.executemany(
            "INSERT OR REPLACE INTO call VALUES (?, ?, ?, ?, ?, ?)",
            [(page.id, one.number, one.session, one.sent, one.received, page.version) for one in page.state.entries],
        )
        if page.state.entries and page.state.facts.sent % FORGET_EVERY == 0:
            before = page.state.forget(self.now())
            self._database.execute("DELETE FROM call WHERE budget = ? AND received < ?", (page.id, before))
        self._database.execute(
            "UPDATE budget SET version = ?, facts = ? WHERE id = ?",
            (page.version, orjson.dumps(page.state.facts), page.id),
        )
        page.state.settled()

    def _checkpoint(self) -> None:
        """Every few seconds, make commits survive a loss of power, and check that the file is still ours."""
        now = time.monotonic()
        if now - self._checked < CHECKPOINT_S:
            return
        self._checked = now
        with contextlib.suppress(sqlite3.Error):  # the next one will do
            self._database.execute("PRAGMA wal_checkpoint(PASSIVE)")
        try:
            same = self._path.stat().st_ino == self._inode
        except OSError:
            same = False
        if not same:
            raise ConfigurationError(
                f"{self._path} was removed or replaced while it was in use.",
                remedy="Let every run end before touching it, then run the same command again.",
            )

    def _pragma(self, name: str) -> int:
        return int(self._database.execute(f"PRAGMA {name}").fetchone()[0])

    def _damaged(self) -> ConfigurationError:
        return ConfigurationError(
            f"{self._path} is damaged, or no budget file of contact-etl.",
            remedy="It held the calls of today, so nothing is called without it. Restore it, or move it and its "
            "-wal and -shm away and wait for the next day: a new one starts counting at 0.",
        )

    def _explain(self, error: sqlite3.Error) -> ConfigurationError | InputOutputError:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in DAMAGE:
            return self._damaged()
        return InputOutputError(
            f"{self._path}: {error}.",
            remedy="Nothing is called without it. See to space, permissions or whoever holds it, then run again.",
        )


def _create(path: Path) -> None:
    """Create the file atomically, so that an empty one is recognised as damaged."""
    temporary = path.with_name(f".tmp-{os.getpid()}-{secrets.token_hex(4)}-{path.name}")
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        database = sqlite3.connect(temporary, isolation_level=None)
        try:
            database.executescript(SCHEMA)
        finally:
            database.close()
        with contextlib.suppress(FileExistsError):  # another process created it first
            os.link(temporary, path)
    finally:
        discard(temporary)
