"""The ledger's file, and the seal beside it that tells when the file is not the one it was.

    <state>/ledger.db     entries, runs and lines
    <state>/ledger.seal   its id, and the generation that every run raises

A ledger that was lost or is older than its seal does not know what was sent: pushing on it would make duplicates.
That is refused (78) unless one says to rebuild: then what the new ledger does not know is looked up before it is sent.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from etl.budget.place import must_be_local
from etl.errors import ConfigurationError, EtlError
from etl.state.database import Database
from etl.state.files import make_folder, sync_folder, write_whole
from etl.state.journal import text, time
from etl.state.ledger import MIGRATIONS, Ledger

REMEDY = (
    "Restore it from a backup taken after the last push, or run again with --rebuild-ledger: "
    "what was sent is then looked up at the target first."
)


@contextmanager
def open_ledger(
    folder: Path, target: str, *, now: datetime, rebuild: bool = False, used: bool = False
) -> Iterator[Ledger]:
    """The ledger of a state folder, for one target. `used` says that there must be one.

    Raises ConfigurationError where it cannot be relied on.
    """
    must_be_local(folder, "[state] dir")
    make_folder(folder)
    path, seal = folder / "ledger.db", folder / "ledger.seal"
    if rebuild:
        _set_aside(path, now)
        seal.unlink(missing_ok=True)
    elif (used or seal.exists()) and not path.exists():
        raise ConfigurationError(f"{path} is gone, and with it what was sent already.", remedy=REMEDY)
    database = _open(path)
    try:
        yield Ledger(database, target, _checked(database, path, seal, now if rebuild else None))
        _raise_generation(database, seal)
    finally:
        database.close()


def _open(path: Path) -> Database:
    try:
        database = Database(path, MIGRATIONS)
    except ConfigurationError as error:
        if "newer" in error.message:
            raise
        raise _damaged(path) from None
    try:
        sound = database.read("PRAGMA quick_check(1)")[0][0] == "ok"
    except EtlError:
        sound = False
    if not sound:
        database.close()
        raise _damaged(path)
    return database


def _damaged(path: Path) -> ConfigurationError:
    return ConfigurationError(f"{path} is damaged or no ledger of contact-etl.", remedy=REMEDY)


def _checked(database: Database, path: Path, seal: Path, rebuilt_at: datetime | None) -> datetime | None:
    """Compare with the seal, and raise the generation of both. When the ledger was rebuilt, or None."""
    with database.write() as db:
        if db.execute("SELECT count(*) FROM ledger").fetchone()[0] == 0:
            db.execute("INSERT INTO ledger VALUES (?, 0, ?)", (secrets.token_hex(8), text(rebuilt_at)))
    if seal.exists():
        _compare(database, path, seal)
    _raise_generation(database, seal)
    return time(database.read("SELECT rebuilt_at FROM ledger")[0]["rebuilt_at"])


def _compare(database: Database, path: Path, seal: Path) -> None:
    own = database.read("SELECT id, generation FROM ledger")[0]
    try:
        told = json.loads(seal.read_text("utf-8"))
        same, generation = told["id"] == own["id"], int(told["generation"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{seal} is damaged.", remedy=REMEDY) from None
    if not same:
        raise ConfigurationError(f"{path} is not the ledger that {seal.name} belongs to.", remedy=REMEDY)
    if own["generation"] < generation:
        raise ConfigurationError(f"{path} is older than the last push, which it knows nothing of.", remedy=REMEDY)


def _raise_generation(database: Database, seal: Path) -> None:
    """The ledger first: a crash between the two leaves a seal that is older, which is no alarm."""
    with database.write() as db:
        db.execute("UPDATE ledger SET generation = generation + 1")
    own = database.read("SELECT id, generation FROM ledger")[0]
    write_whole(seal, json.dumps({"id": own["id"], "generation": own["generation"]}).encode())


def _set_aside(path: Path, now: datetime) -> None:
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if each.exists():
            each.replace(each.with_name(f"{each.name}.before-{now:%Y%m%dT%H%M%SZ}"))
    sync_folder(path.parent)
