"""The ledger's file, and the seals that detect a lost or outdated one.

    <state>/ledger.db       entries, runs and lines
    <state>/ledger.seal     its id, and the generation that every run raises
    <budgets>/seals/…       the same, apart from the state folder (etl.state.seal)

A ledger that was lost, or is older than a seal, does not know what was sent: pushing with it would make duplicates. It
is refused (78) unless the user asks to rebuild it: then rows that the new ledger does not know are looked up before
they are sent. It keeps the old one's id, so that the references made from it remain its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from etl.budget.local_folder import must_be_local
from etl.errors import ConfigurationError, EtlError
from etl.state.database import Database, NewerRelease, set_aside
from etl.state.files import make_folder, write_whole
from etl.state.journal import text, time
from etl.state.ledger import Ledger
from etl.state.ledger_schema import MIGRATIONS
from etl.state.seal import Seal, Seals

REMEDY = (
    "Restore it from a backup taken after the last push, or run again with --rebuild-ledger: "
    "what was sent is then looked up at the target first."
)


@dataclass(frozen=True)
class LedgerPaths:
    """The folders of a ledger: its state folder, and the folder of all seals."""

    folder: Path
    seals: Path

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.db"

    @property
    def seal(self) -> Path:
        return self.folder / "ledger.seal"


@contextmanager
def open_ledger(
    paths: LedgerPaths, target: str, *, now: datetime, rebuild: bool = False, used: bool = False, touch: bool = True
) -> Iterator[Ledger]:
    """Open the ledger of a state folder for one target. `used` says that one must exist; without `touch`, for readers,
    no generation is raised.

    Raises ConfigurationError where the ledger cannot be relied on.
    """
    must_be_local(paths.folder, "[state] dir")
    make_folder(paths.folder)
    seals = Seals(paths.seals)
    known = _newest_seal(paths, seals)
    if rebuild:
        set_aside(paths.ledger, now)
        paths.seal.unlink(missing_ok=True)
    elif (used or known is not None) and not paths.ledger.exists():
        raise ConfigurationError(f"{paths.ledger} is gone, and with it what was sent already.", remedy=REMEDY)
    database = _open(paths.ledger)
    try:
        if rebuild or not database.read("SELECT 1 FROM ledger"):
            _begin(database, known if rebuild else None, now if rebuild else None)
        _compare(database, paths, seals)
        if touch:
            _raise_generation(database, paths, seals)
        own = database.read("SELECT id, rebuilt_at FROM ledger")[0]
        yield Ledger(database, target, own["id"], time(own["rebuilt_at"]))
        if touch:
            _raise_generation(database, paths, seals)
    finally:
        database.close()


def _newest_seal(paths: LedgerPaths, seals: Seals) -> Seal | None:
    """Return the newest seal of this folder's ledger."""
    apart = seals.at(paths.folder)
    try:
        own = Seal.read(paths.seal)
    except (OSError, ValueError, KeyError, TypeError):
        return apart
    apart = seals.of(own.id) or apart
    return own if apart is None or (own.id == apart.id and own.generation > apart.generation) else apart


def _open(path: Path) -> Database:
    try:
        database = Database(path, MIGRATIONS, remedy=REMEDY)
    except NewerRelease:
        raise
    except ConfigurationError:
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


def _begin(database: Database, known: Seal | None, rebuilt_at: datetime | None) -> None:
    ledger_id, generation = (known.id, known.generation) if known else (secrets.token_hex(8), 0)
    with database.write() as db:
        db.execute("INSERT INTO ledger VALUES (?, ?, ?)", (ledger_id, generation, text(rebuilt_at)))


def _compare(database: Database, paths: LedgerPaths, seals: Seals) -> None:
    own = database.read("SELECT id, generation FROM ledger")[0]
    if paths.seal.exists():
        try:
            seal = Seal.read(paths.seal)
        except (OSError, ValueError, KeyError, TypeError):
            raise ConfigurationError(f"{paths.seal} is damaged.", remedy=REMEDY) from None
        if seal.id != own["id"]:
            raise ConfigurationError(
                f"{paths.ledger} is not the ledger that {paths.seal.name} belongs to.", remedy=REMEDY
            )
        _no_older(own["generation"], seal, paths)
    apart = seals.of(own["id"])
    if apart is not None:
        _no_older(own["generation"], apart, paths)


def _no_older(generation: int, seal: Seal, paths: LedgerPaths) -> None:
    if generation < seal.generation:
        raise ConfigurationError(
            f"{paths.ledger} is older than the last push, which it knows nothing of.", remedy=REMEDY
        )


def _raise_generation(database: Database, paths: LedgerPaths, seals: Seals) -> None:
    """Raise the ledger's generation first: a crash in between leaves an older seal, which raises no alarm."""
    with database.write() as db:
        db.execute("UPDATE ledger SET generation = generation + 1")
    own = database.read("SELECT id, generation FROM ledger")[0]
    seal = Seal(own["id"], own["generation"], str(paths.folder.resolve()))
    write_whole(paths.seal, seal.text())
    seals.put(seal)
