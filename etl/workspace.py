"""What a verb works in: the state folder, the chosen streams, and a client with its budget for each account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from etl.clock import Clock
from etl.errors import UsageError
from etl.http.budget import Budget
from etl.http.client import Client, open_client
from etl.settings import Account, Settings
from etl.state.database import Database
from etl.state.files import make_folder
from etl.state.journal import MIGRATIONS, Journal
from etl.state.landing import Landing
from etl.systems.declare import Daily, Limit, MovingWindow, Stream

Selected = tuple[Account, Stream]


@dataclass(frozen=True)
class State:
    """The state folder, open."""

    folder: Path
    journal: Journal
    landing: Landing


@contextmanager
def open_state(settings: Settings) -> Iterator[State]:
    folder = settings.state.dir
    make_folder(folder)
    database = Database(folder / "state.db", MIGRATIONS)
    try:
        yield State(folder, Journal(database), Landing(folder / "landing"))
    finally:
        database.close()


def select(settings: Settings, names: Sequence[str]) -> list[Selected]:
    """ACCOUNT or ACCOUNT.STREAM to streams; nothing means every account with its default streams. Raises UsageError."""
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


def limits(account: Account) -> list[Limit]:
    """The declared limits, overridden by etl.toml, less the reserve."""
    given = account.budget
    minute = [limit for limit in account.declaration.limits if isinstance(limit, MovingWindow)]
    day = [limit for limit in account.declaration.limits if isinstance(limit, Daily)]
    if given.per_minute is not None:
        minute = [MovingWindow(given.per_minute, seconds=60, headers=minute[0].headers if minute else None)]
    if given.per_day is not None:
        day = [Daily(given.per_day, headers=day[0].headers if day else None)]
    left = [MovingWindow(limit.limit - given.reserve_per_minute, limit.seconds, limit.headers) for limit in minute]
    return [*left, *(Daily(limit.limit - given.reserve_per_day, limit.headers) for limit in day)]


@asynccontextmanager
async def open_clients(accounts: Sequence[Account], *, clock: Clock, wait: bool) -> AsyncIterator[dict[str, Client]]:
    """A client with its budget for each account."""
    async with AsyncExitStack() as stack:
        clients = {}
        for account in accounts:
            budget = Budget(
                limits(account), clock=clock, timezone=account.timezone, max_wait_s=account.max_wait_s, wait=wait
            )
            clients[account.name] = await stack.enter_async_context(open_client(account, budget, clock=clock))
        yield clients
