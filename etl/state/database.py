"""One SQLite file, durable and private, with its migrations as an ordered list."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path

from etl.errors import ConfigurationError, InputOutputError, TryLater
from etl.state.files import make_folder, rename_all

BUSY_S = 10.0
PARTS = ("", "-wal", "-shm")
"""A database is its file, its log, and the index of that."""


class NewerRelease(ConfigurationError):
    """The file has migrations that this release does not know."""


class Database:
    """A file that threads may share: one transaction at a time, each durable when it ends. Reads use a connection of
    their own, and do not wait for a transaction to reach the disk.

    Raises ConfigurationError with the remedy for a file that is no database of ours, InputOutputError where reading or
    writing fails.
    """

    def __init__(self, path: Path, migrations: Sequence[str], *, remedy: str = "Restore it from a backup.") -> None:
        self._path, self._remedy = path, remedy
        self._lock, self._reading = threading.Lock(), threading.Lock()
        make_folder(path.parent)
        try:
            path.touch(mode=0o600)
            with ExitStack() as opened:  # an error at any point closes whatever is open by then
                self._connection = opened.enter_context(closing(self._connect()))
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
                self._connection.execute("PRAGMA foreign_keys = ON")
                self._migrate(migrations)
                self._reader = opened.enter_context(closing(self._connect()))
                self._reader.execute("PRAGMA query_only = ON")
                opened.pop_all()
        except sqlite3.DatabaseError as error:
            raise self._explain(error) from None
        except OSError as error:
            raise InputOutputError(f"{path} cannot be opened: {error.strerror}.") from None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        return connection

    def _migrate(self, migrations: Sequence[str]) -> None:
        with self._transaction() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > len(migrations):
                raise NewerRelease(
                    f"{self._path} was written by a newer contact-etl.",
                    remedy="Upgrade contact-etl, or name another state folder.",
                )
            for number, script in enumerate(migrations[version:], version + 1):
                for statement in filter(str.strip, script.split(";")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that is durable on leaving, and rolled back by an exception."""
        try:
            with self._lock, self._transaction() as connection:
                yield connection
        except sqlite3.DatabaseError as error:
            raise self._explain(error) from None

    def read(self, query: str, *values: object) -> list[sqlite3.Row]:
        try:
            with self._reading:
                return self._reader.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._explain(error) from None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    def compact(self, *, whole: bool = False) -> None:
        """Remove every trace of deleted and replaced rows from the file. With `whole`, from its log as well: raises
        TryLater where another process is reading that."""
        try:
            with self._lock:
                self._connection.execute("VACUUM")
                busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise self._explain(error) from None
        if busy and whole:
            raise TryLater(
                f"{self._path} is being read by another process, and keeps traces of what was erased until then.",
                remedy="Wait for that to end, and run the same command again.",
            )

    def close(self) -> None:
        with self._lock, self._reading:
            self._reader.close()
            self._connection.close()

    def _explain(self, error: sqlite3.DatabaseError) -> ConfigurationError | InputOutputError:
        foreign = re.search("no such (?:table|column)|already exists|has no column", str(error))
        if isinstance(error, sqlite3.OperationalError) and not foreign:
            return InputOutputError(
                f"{self._path}: {error}.", remedy="Free space or permissions, then run the same command again."
            )
        return ConfigurationError(f"{self._path} is damaged or no state of contact-etl.", remedy=self._remedy)


def set_aside(path: Path, now: datetime) -> None:
    """Give a database, with its log, another name under which it can still be opened. Durable on return."""
    kept = path.with_name(f"{path.name}.before-{now:%Y%m%dT%H%M%SZ}")
    there = [part for part in PARTS if path.with_name(path.name + part).exists()]
    rename_all([(path.with_name(path.name + part), kept.with_name(kept.name + part)) for part in there])
