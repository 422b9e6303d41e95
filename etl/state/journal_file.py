"""The journal's file, opened unless it was lost.

A journal that knows of no run beside landed pages was emptied, put in the place of another, or lost; one that knows
less than the manifests (etl.state.journal_gaps) was put back from a backup, or they were. An export with it would fetch
again what has landed, and a replay not find it. It is refused (78) until it is made again from the landed pages
(etl.state.journal_rebuild).
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

from etl.errors import ConfigurationError, EtlError
from etl.state.database import Database, NewerRelease
from etl.state.journal_gaps import gaps, renamed_pages
from etl.state.journal_schema import MIGRATIONS
from etl.state.landing import Landing

JOURNAL, LANDING = "state.db", "landing"
REMEDY = (
    "What landed and the tables are untouched. Run etl state rebuild, which makes it again from the landed pages, or "
    "restore it from a backup; where landing/ is moved away as well, the next export fetches everything anew."
)


def open_journal(folder: Path) -> Database:
    """Open the journal of a state folder. Raises ConfigurationError for one that was lost or is damaged."""
    path, landing = folder / JOURNAL, Landing(folder / LANDING)
    there = path.exists()
    if not (there and path.stat().st_size) and not landing.is_empty():
        raise ConfigurationError(
            f"{path} is {'empty' if there else 'gone'}, though pages have landed beside it.", remedy=REMEDY
        )
    database = Database(path, MIGRATIONS, remedy=REMEDY)
    with ExitStack() as opened:
        opened.callback(database.close)
        # looked at twice, since another run may have begun in between
        if not _knows_any(database) and not landing.is_empty() and not _knows_any(database):
            raise ConfigurationError(
                f"{path} was emptied: it knows nothing of the pages that have landed beside it.", remedy=REMEDY
            )
        if lacking := gaps(database, folder / LANDING):
            raise ConfigurationError(
                f"{path} is older than what has landed beside it: it lacks {lacking:,} of the exports there, or a part "
                "of them.",
                remedy=REMEDY,
            )
        opened.pop_all()
    return database


def _knows_any(database: Database) -> bool:
    return bool(database.read("SELECT 1 FROM runs LIMIT 1"))


def is_whole(folder: Path) -> bool:
    """Whether the journal was not lost, knows all that landed, and can be read throughout. Raises NewerRelease."""
    try:
        with closing(open_journal(folder)) as database:
            return can_be_read(database) and not renamed_pages(database, folder / LANDING)
    except NewerRelease:
        raise
    except EtlError:
        return False


def can_be_read(database: Database) -> bool:
    return str(database.read("PRAGMA quick_check(1)")[0][0]) == "ok"
