"""Open the store that the settings name, and the budget of an account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from etl.budget.account_state import Priority
from etl.budget.budget import Budget
from etl.budget.key import key_of
from etl.budget.keyring import Keyring
from etl.budget.limits import window_limits
from etl.budget.protocol import WaitNotice
from etl.budget.sqlite_store import SqliteStore
from etl.budget.store import BudgetStore
from etl.clock import Clock
from etl.config.credential import members_of
from etl.config.settings import Account, own_folder
from etl.errors import ConfigurationError

ADDRESSES = ("redis://", "rediss://", "unix://")


@asynccontextmanager
async def open_store(budgets: Path | str, clock: Clock) -> AsyncIterator[BudgetStore]:
    """The store that `[state] budgets` names: a file, or the address of a Redis server."""
    store = _store(budgets, clock)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_budget(
    account: Account,
    store: BudgetStore,
    *,
    clock: Clock,
    configuration: Path,
    wait: bool = False,
    priority: Priority = Priority.EXPORT,
    on_wait: Callable[[WaitNotice | None], None] | None = None,
) -> AsyncIterator[Budget | Keyring]:
    """The account's budget under the etl.toml of that path; of one with several keys, that of all of them."""
    budgets = [
        Budget(
            key_of(member),
            window_limits(member),
            store=store,
            clock=clock,
            timezone=member.timezone,
            configuration=_name(configuration, member),
            priority=priority,
            max_wait_s=member.max_wait_s,
            wait=wait,
            at_once=member.declaration.at_once,
            on_wait=on_wait,
            of=number,
        )
        for number, member in enumerate(members_of(account))
    ]
    try:
        yield budgets[0] if len(budgets) == 1 else Keyring(budgets)
    finally:
        for budget in budgets:
            await budget.close()


def _name(configuration: Path, account: Account) -> str:
    return f"{configuration.resolve()}#{account.name}"


def _store(budgets: Path | str, clock: Clock) -> BudgetStore:
    if not isinstance(budgets, str) or not budgets.startswith(ADDRESSES):
        return SqliteStore(Path(budgets), clock)
    try:
        from etl.budget.redis_store import RedisStore
    except ModuleNotFoundError:
        raise ConfigurationError(
            "[state] budgets names a Redis server, and redis is not installed.",
            remedy="pip install 'contact-etl[redis]'",
        ) from None
    return RedisStore(budgets, clock, own_folder() / "redis")
