"""Count what the journal knows of today's calls where an account's budget knows of none.

The budgets' file was removed, or is another one since: without this, a second day of calls would go out. Exports are
known, by what landed of the shop and by the summaries of runs. Calls of pushes, of look-ups, of runs that were killed
beyond their pages, and of other projects are not.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from datetime import datetime

from etl.budget import Budget, Keyring, key_of
from etl.config.identity import identity_of, is_known
from etl.config.settings import Account, Settings
from etl.errors import CannotCreate, EtlError, InputOutputError
from etl.state.database import Database
from etl.state.files import make_folder, write_whole
from etl.state.journal_file import JOURNAL, LANDING, open_journal
from etl.state.manifests import Manifests
from etl.state.past_runs import History
from etl.state.tenants import Tenants

MARKS = "budgets"
LOG = logging.getLogger("etl")


@asynccontextmanager
async def recalled(budget: Budget | Keyring, settings: Settings, account: Account) -> AsyncIterator[None]:
    """Have a budget that was lost count the calls that the journal knows, and say so; remember one that has called: of
    another credential, none is to be recalled."""
    name = hashlib.blake2b(key_of(account).encode(), digest_size=16).hexdigest()
    mark = settings.state.dir / MARKS / name
    if mark.exists():
        await _recall(budget, settings, account)
    try:
        yield
    finally:
        if budget.has_called and not mark.exists():
            with suppress(CannotCreate, InputOutputError):  # whoever needs the folder says so
                make_folder(mark.parent)
                write_whole(mark, b"")


async def _recall(budget: Budget | Keyring, settings: Settings, account: Account) -> None:

    def known(since: datetime) -> list[datetime]:
        folder = settings.state.dir
        if not is_known(account) or not (folder / JOURNAL).exists():
            return []
        try:
            with closing(open_journal(folder)) as database:
                names = _names(database, settings, account)
                return History(database).calls(account.name, names, since)
        except EtlError:  # whoever needs the journal says what is wrong with it
            return []

    if count := await budget.recall(known):
        LOG.warning(
            "%s: the budgets in %s know of no call, though %d of today are known: they were lost, or are others than "
            "before. Those count as made. Other calls of today, as of pushes and other projects, are not known, and "
            "with them the day's limit may be exceeded: wait for the next day where that matters.",
            account.name,
            _shown(settings),
            count,
        )


def _names(database: Database, settings: Settings, account: Account) -> list[str]:
    tenants = Tenants(database, Manifests(database, settings.state.dir / LANDING))
    return tenants.names(account.name, tenants.name_of(account.name, identity_of(account)))


def _shown(settings: Settings) -> str:
    """Where the budgets are; of a server not the address, which may hold a password."""
    return str(settings.state.budgets) if "://" not in str(settings.state.budgets) else "Redis"
