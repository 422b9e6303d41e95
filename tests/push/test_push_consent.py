"""Nothing is written without consent: a terminal is asked, and where there is none, --yes has to be said."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from etl.simulator import Simulator
from tests.support.accounts import ETL, Accounts, make_accounts

from .conftest import people
from .test_push_command import on_a_terminal, read_until, sheet


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[tuple[Accounts, Simulator]]:
    async with Simulator(rows=8, products=0, per_minute=None, per_day=None) as server:
        yield make_accounts(tmp_path, server.base_url), server


def pushing(accounts: Accounts, *more: str, to: str = "books.contacts") -> list[str]:
    file = sheet(accounts.folder, people(3))
    return ["push", str(file), "--to", to, "--key", "nr", "--out", str(accounts.out), *more]


async def answered(accounts: Accounts, arguments: list[str], typed: bytes | None) -> tuple[int, str]:
    """The command without a terminal, with this on its stdin, or with nothing there at all."""
    command = [str(ETL), *arguments, "--config", str(accounts.config)]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=subprocess.DEVNULL if typed is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    told, _ = await process.communicate(typed)
    return process.returncode or 0, told.decode()


def files(accounts: Accounts) -> set[Path]:
    return {path for path in accounts.folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("typed", [None, b"n\n", b"y\n"])
@pytest.mark.parametrize("more", [(), ("--mode", "upsert"), ("--mode", "delete")])
async def test_a_push_without_a_terminal_does_nothing(
    more: tuple[str, ...], typed: bytes | None, here: tuple[Accounts, Simulator]
) -> None:
    accounts, server = here
    order = pushing(accounts, *more)
    before = files(accounts)
    code, told = await answered(accounts, order, typed)
    assert (code, server.stats["requests"], files(accounts)) == (64, 0, before)
    assert "--yes" in told
    assert server.base_url.removeprefix("http://") in told
    assert "books.contacts" in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("typed", [None, b"n\n"])
async def test_a_migration_without_a_terminal_does_not_even_read(
    typed: bytes | None, here: tuple[Accounts, Simulator]
) -> None:
    accounts, server = here
    before = files(accounts)
    order = ["migrate", "bikes", "--to", "books.contacts", "--out", str(accounts.out)]
    code, told = await answered(accounts, order, typed)
    assert (code, server.stats["requests"], files(accounts)) == (64, 0, before)
    assert "--yes" in told


@pytest.mark.parametrize("typed", [None, b"n\n"])
async def test_what_was_pushed_is_not_taken_back_without_a_terminal(
    typed: bytes | None, here: tuple[Accounts, Simulator]
) -> None:
    accounts, server = here
    done = await accounts.etl(*pushing(accounts, "--yes"))
    assert done.summary["outcomes"]["created"] == 3
    requests, before = server.stats["requests"], files(accounts)
    code, told = await answered(accounts, ["undo", done.summary["run_id"], "--out", str(accounts.out)], typed)
    assert (code, server.stats["requests"], files(accounts)) == (64, requests, before)
    assert "--yes" in told
    assert not [entry for entry in server.log if entry["outcome"] == "deleted"]


async def test_a_dry_run_never_asks(here: tuple[Accounts, Simulator]) -> None:
    accounts, server = here
    code, told = await answered(accounts, pushing(accounts, "--dry-run"), None)
    assert (code, server.log) == (0, [])
    assert "nothing was written" in told
    process, terminal = on_a_terminal(accounts, *pushing(accounts, "--dry-run"))
    told = await asyncio.to_thread(read_until, terminal, None)
    assert await asyncio.to_thread(process.wait) == 0
    os.close(terminal)
    assert "[y/N]" not in told


async def test_a_terminal_is_asked_before_rows_are_deleted(here: tuple[Accounts, Simulator]) -> None:
    accounts, server = here
    await accounts.etl(*pushing(accounts, "--yes"))
    process, terminal = on_a_terminal(accounts, *pushing(accounts, "--mode", "delete"))
    told = await asyncio.to_thread(read_until, terminal, b"[y/N]")
    host = server.base_url.removeprefix("http://")
    assert f"delete 3 rows at {host} (books.contacts)?" in " ".join(told.split())
    os.write(terminal, b"n\n")
    reading = asyncio.create_task(asyncio.to_thread(read_until, terminal, None))
    assert await asyncio.to_thread(process.wait) == 130
    await reading
    os.close(terminal)
    assert not [entry for entry in server.log if entry["outcome"] == "deleted"]


def test_make_and_the_samples_say_yes_where_they_write() -> None:
    root = Path(__file__).parents[2]
    scripts = [root / "Makefile", *(path for path in (root / "samples").rglob("*") if path.is_file())]
    for path in scripts:
        for line in path.read_text("utf-8", "replace").splitlines():
            if any(f"etl {verb} " in line for verb in ("push", "migrate", "undo")) and not line.startswith("#"):
                assert "--yes" in line, f"{path}: {line}"
