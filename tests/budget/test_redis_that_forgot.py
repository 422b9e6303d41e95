"""A Redis server that forgot what was called grants no second budget, and one that stumbles is asked again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from etl.budget import Budget, open_store
from etl.budget.store import BudgetStore
from etl.errors import BudgetSpent, ConfigurationError, TryLater
from tests.budget.conftest import RedisServer
from tests.budget.world import daily
from tests.support.clock import QuickClock
from tests.support.shops import NORTH, shops_of

if TYPE_CHECKING:
    import redis

MARK = "contact-etl:mark"
KEY = "contact-etl:budget:key"
HOUR_S = 3600


@asynccontextmanager
async def opened(url: str, clock: QuickClock | None = None) -> AsyncIterator[Budget]:
    clock = clock or QuickClock(datetime.now(UTC))
    async with open_store(url, clock) as store:
        budget = Budget("key", (daily(3),), store=store, clock=clock, timezone="UTC")
        try:
            yield budget
        finally:
            with contextlib.suppress(ConfigurationError):  # what was forgotten is told at every change
                await budget.close()


async def call_once(key: str, store: BudgetStore, clock: QuickClock) -> None:
    budget = Budget(key, (daily(3),), store=store, clock=clock, timezone="UTC")
    async with budget.call():
        pass
    await budget.close()


async def spend(url: str, calls: int) -> None:
    async with opened(url) as budget:
        for _ in range(calls):
            async with budget.call():
                pass


@contextlib.contextmanager
def raw(server: RedisServer) -> Any:
    import redis

    with redis.Redis.from_url(server.url) as client:
        yield client


def server_time(server: RedisServer) -> datetime:
    """The server's own: it is what budgets there go by."""
    with raw(server) as client:
        return datetime.fromtimestamp(client.time()[0], UTC)


def flushed(server: RedisServer) -> None:
    with raw(server) as client:
        client.flushall()


def restarted(server: RedisServer) -> None:
    server.restart()


def evicted(server: RedisServer) -> None:
    with raw(server) as client:
        assert client.ttl(KEY) > 0, "any policy may evict it"
        assert client.ttl(MARK) == -1, "and few may evict the mark"
        client.delete(KEY)


def put_back(server: RedisServer) -> None:
    """The state as a snapshot before the last call had it."""
    with raw(server) as client:
        client.hincrby(KEY, "version", -1)


def of_another(server: RedisServer) -> None:
    """Emptied, and another machine was the first to come."""
    with raw(server) as client:
        client.flushall()
        client.hset(MARK, "id", "another")


HARMS = (flushed, restarted, evicted, put_back, of_another)


def aged(client: redis.Redis, name: str) -> None:
    """A time in the mark is 26 hours longer ago."""
    at = client.hget(MARK, name)
    assert at is not None
    client.hset(MARK, name, str(float(at) - 26 * HOUR_S))


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
async def test_what_was_forgotten_is_no_second_budget_until_the_day_has_ended(
    harm: Callable[[RedisServer], None], redis_server: RedisServer
) -> None:
    began = server_time(redis_server)
    await spend(redis_server.url, 2)
    harm(redis_server)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="has forgotten calls") as refused:
            await spend(redis_server.url, 1)
        ends = {at + timedelta(hours=25) for at in (began, server_time(redis_server))}
        assert any(f"{end:%Y-%m-%d}" in str(refused.value) for end in ends)
        assert "persistence" in str(refused.value)
    with raw(redis_server) as client:
        aged(client, "forgot" if client.hexists(MARK, "forgot") else KEY)
    await spend(redis_server.url, 3)
    with pytest.raises(BudgetSpent):
        await spend(redis_server.url, 1)


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
async def test_it_is_noticed_in_the_middle_of_a_run(
    harm: Callable[[RedisServer], None], redis_server: RedisServer
) -> None:
    async with opened(redis_server.url) as budget:
        async with budget.call():
            pass
        harm(redis_server)
        with pytest.raises(ConfigurationError, match="has forgotten calls"):
            async with budget.call():
                pass


async def test_other_budgets_go_on_where_one_was_evicted(redis_server: RedisServer) -> None:
    clock = QuickClock(datetime.now(UTC))
    async with open_store(redis_server.url, clock) as store:
        for key in ("key", "other"):
            await call_once(key, store, clock)
        evicted(redis_server)
        await call_once("other", store, clock)
        with pytest.raises(ConfigurationError):
            await Budget("key", (daily(3),), store=store, clock=clock, timezone="UTC").snapshot()


async def test_another_machine_hears_that_it_was_forgotten(
    redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await spend(redis_server.url, 2)
    flushed(redis_server)
    with pytest.raises(ConfigurationError):
        await spend(redis_server.url, 1)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another machine"))
    with pytest.raises(ConfigurationError, match="has forgotten calls"):
        await spend(redis_server.url, 1)


async def test_one_that_begins_anew_after_its_day_is_not_taken_for_an_old_one(
    redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a machine that saw many changes of the one before."""
    await spend(redis_server.url, 3)
    evicted(redis_server)
    with raw(redis_server) as client:
        aged(client, KEY)
    home = tmp_path / "another machine"
    with monkeypatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(home))
        await spend(redis_server.url, 1)
    await spend(redis_server.url, 1)


async def test_budgets_of_an_older_release_get_a_mark(redis_server: RedisServer, tmp_path: Path) -> None:
    await spend(redis_server.url, 2)
    with raw(redis_server) as client:
        client.delete(MARK)
    for path in (tmp_path / "xdg" / "contact-etl" / "redis").iterdir():
        path.unlink()
    await spend(redis_server.url, 1)
    with pytest.raises(BudgetSpent):
        await spend(redis_server.url, 1)


@asynccontextmanager
async def stumbling(server: RedisServer, times: int, answer: bytes) -> AsyncIterator[str]:
    """The server behind a door that first gives so many comers that answer, and closes."""
    left = times

    async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        sink.close()

    async def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal left
        if left:
            left -= 1
            await reader.read(1)
            writer.write(answer)
            writer.close()
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.gather(pipe(reader, inner_writer), pipe(inner_reader, writer))

    door = await asyncio.start_server(come, "127.0.0.1", 0)
    async with door:
        yield f"redis://127.0.0.1:{door.sockets[0].getsockname()[1]}/0"


@pytest.mark.parametrize(
    "answer", [b"", b"-LOADING Redis is loading the dataset in memory\r\n"], ids=["cut", "loading"]
)
@pytest.mark.parametrize("times", [1, 6, 7])
async def test_a_server_that_stumbles_is_asked_again_and_not_for_ever(
    times: int, answer: bytes, redis_server: RedisServer
) -> None:
    clock = QuickClock(datetime.now(UTC))
    async with stumbling(redis_server, times, answer) as url, opened(url, clock) as budget:
        if times < 7:
            async with budget.call():
                pass
            assert (await budget.snapshot()).left_today == 2, "counted once"
        else:
            with pytest.raises(TryLater, match="does not answer, after 7 tries"):
                await budget.snapshot()
    assert len(clock.naps) == min(times, 6)


async def test_a_password_that_is_refused_is_a_matter_of_configuration(redis_server: RedisServer) -> None:
    with raw(redis_server) as client:
        client.config_set("requirepass", "secret")
    clock = QuickClock(datetime.now(UTC))
    async with opened(redis_server.url.replace("//", "//:wrong@"), clock) as budget:
        with pytest.raises(ConfigurationError, match="does not accept the user or password") as refused:
            await budget.snapshot()
    assert (clock.naps, "wrong" in str(refused.value)) == ([], False)


async def test_an_export_ends_with_78_and_makes_no_call(redis_server: RedisServer, tmp_path: Path) -> None:
    async with shops_of(tmp_path / "project") as shops:
        shops.at(NORTH)
        with shops.project.config.open("a") as config:
            config.write(f'[state]\nbudgets = "{redis_server.url}"\n')
        assert (await shops.export()).code == 0
        flushed(redis_server)
        for _ in range(2):
            ran = await shops.export()
            assert (ran.code, "has forgotten calls that still count" in ran.err) == (78, True), ran.err
            assert ran.summary["calls"]["sent"] == 0
