"""Budgets between real processes, across kill -9 and restarts, and what becomes of a store that cannot be relied on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from etl.budget import Budget, open_store
from etl.budget.account_state import AccountState
from etl.budget.local_folder import must_be_local, network_file_system
from etl.budget.sqlite_store import SqliteStore
from etl.clock import SystemClock
from etl.errors import BudgetSpent, ConfigurationError, TryLater
from tests.budget.world import daily, moving
from tests.support.clock import QuickClock

ROOT = Path(__file__).resolve().parents[2]
LIMIT, SECONDS = 50, 2.0


@dataclass
class Stamps:
    """A server that only writes down when calls arrive."""

    at: list[float] = field(default_factory=list)

    async def call(self, request: web.Request) -> web.Response:
        await asyncio.sleep(random.uniform(0, 0.02))
        self.at.append(time.monotonic())
        await asyncio.sleep(random.uniform(0, 0.02))
        return web.Response(text="{}")

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_get("/", self.call)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()

    async def come(self, calls: int, longest_s: float = 120) -> None:
        """Return when so many more calls have come."""
        wanted = len(self.at) + calls
        async with asyncio.timeout(longest_s):
            while len(self.at) < wanted:
                await asyncio.sleep(0.02)

    def worst(self) -> int:
        return max(sum(start <= at < start + SECONDS for at in self.at) for start in self.at)


@contextlib.contextmanager
def processes(url: str, place: str, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.budget.child", url, place, str(LIMIT), str(SECONDS)], cwd=ROOT
        )

    children = [start() for _ in range(count)]
    children.append(start())
    try:
        yield children
    finally:
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(signal.SIGKILL)
            child.wait()


async def shared_by_processes(place: str, kills: int, window: float = SECONDS) -> Stamps:
    """Three processes under one budget, some killed at a random moment and started again; three full windows more."""
    stamps = Stamps()
    async with stamps.listening() as url:
        with processes(url, place, 2) as children:
            await stamps.come(LIMIT)
            for _ in range(kills):
                await asyncio.sleep(random.uniform(0, window))
                children[0].send_signal(signal.SIGKILL)
                children[0].wait()
                children.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "tests.budget.child", url, place, str(LIMIT), str(SECONDS)], cwd=ROOT
                    )
                )
                children.pop(0)
            await stamps.come(3 * LIMIT)
    return stamps


async def test_three_processes_with_kills_keep_one_window(tmp_path: Path) -> None:
    stamps = await shared_by_processes(str(tmp_path / "budgets.db"), kills=3)
    assert stamps.worst() <= LIMIT
    span = max(stamps.at) - min(stamps.at)
    assert len(stamps.at) >= 0.9 * LIMIT * (span // SECONDS)


async def test_redis_keeps_one_window_for_several_processes(redis_url: str) -> None:
    stamps = await shared_by_processes(redis_url, kills=1)
    assert stamps.worst() <= LIMIT
    assert len(stamps.at) >= 2 * LIMIT


async def test_redis_remembers_and_refuses_a_damaged_book(redis_url: str) -> None:
    import redis

    clock = SystemClock()
    for left in (3, 2):
        async with open_store(redis_url, clock) as store:
            budget = Budget("key", (daily(3),), store=store, clock=clock, timezone="UTC")
            assert (await budget.snapshot()).left_today == left
            async with budget.call():
                pass
            await budget.close()
    with redis.Redis.from_url(redis_url) as raw:
        raw.hset("contact-etl:budget:key", "facts", "{broken")
    async with open_store(redis_url, clock) as store:
        with pytest.raises(ConfigurationError):
            await Budget("key", (daily(3),), store=store, clock=clock, timezone="UTC").snapshot()


async def test_without_its_redis_nothing_is_called() -> None:
    pytest.importorskip("redis", reason="the extra [redis] is not installed")
    clock = QuickClock()
    async with open_store("redis://127.0.0.1:1/0", clock) as store:
        with pytest.raises(TryLater, match="does not answer, after 7 tries"):
            async with Budget("key", (daily(3),), store=store, clock=clock, timezone="UTC").call():
                pass
    assert len(clock.naps) == 6


async def spend(path: Path, calls: int, *, key: str = "key") -> None:
    clock = SystemClock()
    async with open_store(path, clock) as store:
        budget = Budget(key, (daily(5), moving(1000, 60.0)), store=store, clock=clock, timezone="UTC")
        try:
            for _ in range(calls):
                async with budget.call():
                    pass
        finally:
            await budget.close()


async def test_a_day_goes_on_in_the_next_process(tmp_path: Path) -> None:
    for _ in range(5):
        await spend(tmp_path / "budgets.db", 1)
    with pytest.raises(BudgetSpent):
        await spend(tmp_path / "budgets.db", 1)
    await spend(tmp_path / "budgets.db", 5, key="another account")


async def test_its_files_are_the_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    async with open_store(folder / "budgets.db", SystemClock()) as store:
        await store.change("key", lambda book, now: book.send(store.session, now))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {mode for name, mode in modes.items() if not name.endswith("sessions")} == {0o600}


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(5000))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:6000])


def spoilt_page(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:8000] = os.urandom(8000 - 4096)
    path.write_bytes(bytes(data))


def another_program(path: Path) -> None:
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE notes (text)")


def lost_table(path: Path) -> None:
    change(path, "DROP TABLE call")


def spoilt_facts(path: Path) -> None:
    change(path, "UPDATE budget SET facts = '{\"days\": 7}', version = version + 1")


def newer(path: Path) -> None:
    change(path, "PRAGMA user_version = 99")


def change(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(statement)
        database.commit()


@pytest.mark.parametrize(
    "harm",
    [garbage, emptied, cut, spoilt_page, another_program, lost_table, spoilt_facts, newer],
    ids=lambda f: f.__name__,
)
async def test_a_file_that_cannot_be_relied_on_ends_with_what_to_do(
    tmp_path: Path, harm: Callable[[Path], object]
) -> None:
    path = tmp_path / "budgets.db"
    await spend(path, 2)
    harm(path)
    with pytest.raises(ConfigurationError) as refused:
        await spend(path, 1)
    assert str(path) in refused.value.message
    assert refused.value.remedy


async def test_a_file_removed_under_way_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "budgets.db"
    async with open_store(path, SystemClock()) as store:
        path.unlink()
        assert isinstance(store, SqliteStore)
        store._checked -= 60
        with pytest.raises(ConfigurationError, match="removed"):
            await store.change("key", lambda book, now: None)


async def test_a_busy_file_is_waited_for_without_blocking_the_loop(tmp_path: Path) -> None:
    path = tmp_path / "budgets.db"
    async with open_store(path, SystemClock()) as store:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.ensure_future(store.change("key", lambda book, now: "done"))
            await asyncio.sleep(0.15)
            assert not waiting.done()
            other.execute("ROLLBACK")
        assert await waiting == "done"


async def test_a_file_that_another_process_holds_as_it_is_opened_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "budgets.db"

    def opened() -> None:
        asyncio.run(SqliteStore(path, SystemClock()).close())

    await asyncio.to_thread(opened)
    holding = (
        "import sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('PRAGMA journal_mode = DELETE')\n"
        "db.execute('BEGIN EXCLUSIVE')\nprint('held', flush=True)\nsys.stdin.readline()\ndb.execute('COMMIT')\n"
    )
    command = [sys.executable, "-c", holding, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin and holder.stdout and holder.stdout.readline() == "held\n"
        opening = asyncio.create_task(asyncio.to_thread(opened))
        done, _ = await asyncio.wait([opening], timeout=0.3)
        assert not done, "it waits for who holds it"
        holder.stdin.write("\n")
        holder.stdin.flush()
        await opening
    assert holder.returncode == 0


async def test_what_an_act_changed_before_it_failed_is_undone(tmp_path: Path) -> None:
    def fails(book: AccountState, now: float) -> None:
        book.send("somebody", now)
        raise ConfigurationError("no")

    async with open_store(tmp_path / "budgets.db", SystemClock()) as store:
        await store.change("key", lambda book, now: book.send("somebody", now))
        with pytest.raises(ConfigurationError):
            await store.change("key", fails)
        assert await store.change("key", lambda book, now: (book.facts.sent, len(book.log))) == (1, 1)


class EarlyClock:
    """A machine that starts anew with its wall clock years behind: a clock of its own, so of another boot."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() - 86400 * 900, UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def test_a_wall_clock_set_back_over_a_restart_bounds_the_wait(tmp_path: Path) -> None:
    path = tmp_path / "budgets.db"
    await spend(path, 5)
    async with open_store(path, EarlyClock()) as store:
        budget = Budget("key", (daily(5), moving(5, 60.0)), store=store, clock=EarlyClock(), timezone="UTC")
        found = await budget.snapshot()
        assert found.left_today == 0
        assert found.limits[0].ends_at is not None
        assert (found.limits[0].ends_at - EarlyClock().now()).total_seconds() <= 25 * 3600
        await store.change("key", lambda book, now: book.facts.days.clear())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), budget.call():
                pass
        assert store.last_seen("key").log.free_at(60.0, 5, store.now()) - store.now() <= 60.1


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:50 / /home/shop rw,relatime - nfs4 server:/home rw
41 40 8:2 / /home/shop/local\\040disk rw - ext4 /dev/sdb1 rw
42 22 0:51 / /mnt/till rw - cifs //till/c rw
43 22 0:52 / /mnt/ssh rw - fuse.sshfs me@there:/ rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/shop/.local/state", "nfs4"),
        ("/home/shop/local disk/state", None),
        ("/home/shopping", None),
        ("/mnt/till/x", "cifs"),
        ("/mnt/ssh", "fuse.sshfs"),
        ("/var/lib", None),
    ],
)
def test_a_network_file_system_is_known_by_its_mount(path: str, kind: str) -> None:
    assert network_file_system(Path(path), MOUNTS) == kind


def test_a_state_folder_on_a_network_file_system_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="nfs4") as refused:
        must_be_local(Path("/home/shop/x"), "[state] budgets", MOUNTS)
    assert "[state] budgets" in str(refused.value)
