"""Open what a verb needs: the state folder, the selected streams, and a client with its budget for each account."""

from __future__ import annotations

import logging
import shlex
import stat
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from etl.budget import Snapshot, WaitNotice, open_budget, open_store
from etl.budget.local_folder import must_be_local
from etl.clock import Clock
from etl.config.settings import Account, Settings
from etl.errors import UsageError
from etl.http.client import Client, open_client
from etl.http.connector import open_connector
from etl.state.files import make_folder
from etl.state.journal import Journal
from etl.state.journal_erasure import JournalErasure
from etl.state.journal_file import LANDING, open_journal
from etl.state.landing import Landing
from etl.state.landing_retention import LandingRetention
from etl.state.manifests import Manifests
from etl.state.past_runs import History
from etl.state.run_retention import RunRetention
from etl.state.tenants import Tenants
from etl.state.vanished import VanishedRecords
from etl.systems.declare import Stream

LOG = logging.getLogger("etl")
Selected = tuple[Account, Stream]
OnWait = Callable[[str, WaitNotice | None], None]
"""Called with an account's name when its calls have to wait, and with None when they continue."""


@dataclass(frozen=True)
class StateFolder:
    """An open state folder."""

    folder: Path
    journal: Journal
    history: History
    landing: Landing
    vanished: VanishedRecords
    tenants: Tenants
    manifests: Manifests
    landing_retention: LandingRetention
    run_retention: RunRetention
    erasure: JournalErasure

    def fingerprints(self, name: str) -> Path:
        """The folder of the fingerprints of ACCOUNT.STREAM."""
        return self.folder / "fingerprints" / name


@contextmanager
def open_state(settings: Settings) -> Iterator[StateFolder]:
    """Open the state folder, and remove what killed runs left unfinished in landing/. Raises ConfigurationError for one
    whose journal was lost."""
    folder = settings.state.dir
    must_be_local(folder, "[state] dir")
    make_folder(folder)
    warn_of_rights(settings)
    database = open_journal(folder)
    try:
        landing, manifests = Landing(folder / LANDING), Manifests(database, folder / LANDING)
        landing.sweep()
        yield StateFolder(
            folder,
            Journal(database, manifests),
            History(database),
            landing,
            VanishedRecords(database, manifests),
            Tenants(database, manifests),
            manifests,
            LandingRetention(database, landing, manifests),
            RunRetention(database, manifests),
            JournalErasure(database, manifests),
        )
    finally:
        database.close()


def warn_of_rights(settings: Settings) -> None:
    """Warn of a state folder that others may use. It stays as it is: somebody may have meant it."""
    folder = settings.state.dir
    if folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        LOG.warning("%s holds personal data, and others may use it: chmod 700 %s", folder, shlex.quote(str(folder)))


def select(settings: Settings, names: Sequence[str]) -> list[Selected]:
    """Resolve ACCOUNT or ACCOUNT.STREAM; no names mean every account with its default streams. Raises UsageError."""
    chosen: dict[tuple[str, str], Selected] = {}
    for name in names or list(settings.accounts):
        account_name, _, stream_name = name.partition(".")
        account = settings.accounts.get(account_name)
        if account is None:
            raise UsageError(
                f"There is no account {account_name!r} in {settings.path}.",
                remedy=f"There are {', '.join(settings.accounts)}.",
            )
        if stream_name:
            streams = [stream_of(account, stream_name)]
        else:
            streams = [stream for stream in account.declaration.streams if stream.by_default]
        chosen.update({(account.name, stream.name): (account, stream) for stream in streams})
    return list(chosen.values())


def stream_of(account: Account, name: str) -> Stream:
    try:
        return account.declaration.stream(name)
    except KeyError:
        known = ", ".join(stream.name for stream in account.declaration.streams)
        raise UsageError(f"{account.system} has no stream {name!r}.", remedy=f"It has {known}.") from None


@asynccontextmanager
async def open_lines(
    settings: Settings,
    *,
    clock: Clock,
    wait: bool,
    on_wait: OnWait | None = None,
) -> AsyncIterator[Callable[[Account], AbstractAsyncContextManager[Client]]]:
    """Yield a function that opens an account's client; all clients share connections and the budget store.

    With `wait`, a spent day is waited for instead of raising BudgetSpent; `on_wait` is called as a wait begins or ends.
    """

    @asynccontextmanager
    async def line(account: Account) -> AsyncIterator[Client]:
        notify = partial(on_wait, account.name) if on_wait else None
        async with (
            open_budget(account, store, clock=clock, configuration=settings.path, wait=wait, on_wait=notify) as budget,
            open_client(account, budget, clock=clock, connector=connector) as client,
        ):
            yield client

    async with open_store(settings.state.budgets, clock) as store, open_connector() as connector:
        yield line


@asynccontextmanager
async def open_clients(
    settings: Settings,
    accounts: Sequence[Account],
    *,
    clock: Clock,
    wait: bool,
    on_wait: OnWait | None = None,
) -> AsyncIterator[dict[str, Client]]:
    """Open a client for each account at once, sharing as `open_lines` does."""
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(open_lines(settings, clock=clock, wait=wait, on_wait=on_wait))
        yield {account.name: await stack.enter_async_context(line(account)) for account in accounts}


async def budgets(settings: Settings, *, clock: Clock) -> dict[str, Snapshot]:
    """The state of each account's budget."""
    found = {}
    async with open_store(settings.state.budgets, clock) as store:
        for account in settings.accounts.values():
            async with open_budget(account, store, clock=clock, configuration=settings.path) as budget:
                found[account.name] = await budget.snapshot()
    return found
