"""A client of one account against a server of the test's own."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from etl.budget import Budget, Memory, Shared, window_limits
from etl.config.settings import Account
from etl.http.client import Client, open_client
from tests.support.clock import QuickClock

Opened = Callable[..., AbstractAsyncContextManager[Client]]


@asynccontextmanager
async def _client(base_url: str, *, clock: QuickClock | None = None, **settings: Any) -> AsyncIterator[Client]:
    clock = clock or QuickClock()
    given = {"name": "bikes", "system": "cyclesoftware", "username": "shop", "password": "s3cr3t", **settings}
    account = Account(base_url=base_url, **given)
    budget = Budget(
        "bikes",
        window_limits(account),
        store=Memory(Shared(clock)),
        clock=clock,
        timezone=account.timezone,
        max_wait_s=account.max_wait_s,
        at_once=account.declaration.at_once,
    )
    try:
        async with open_client(account, budget, clock=clock, rng=random.Random(1)) as client:
            yield client
    finally:
        await budget.close()


@pytest.fixture
def client_of() -> Opened:
    return _client
