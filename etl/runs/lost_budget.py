"""Count what the journal knows of today's calls where an account's budget knows of none.

The budgets' file was removed, or is another one since: without this, a second day of calls would go out. Exports are
known, by what landed of the shop and by the summaries of runs. Calls of pushes, of look-ups, of runs that were killed
beyond their pages, and of other projects are not.
"""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import datetime

from etl.budget import Budget
from etl.config.identity import identity_of, is_known
from etl.config.settings import Account, Settings
from etl.errors import EtlError
from etl.state.database import Database
from etl.state.journal_file import JOURNAL, LANDING, open_journal
from etl.state.manifests import Manifests
from etl.state.past_runs import History
from etl.state.tenants import Tenants

LOG = logging.getLogger("etl")


async def recall(budget: Budget, settings: Settings, account: Account) -> None:
    """Have a budget that knows of no call count those that the journal knows; says so."""

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
