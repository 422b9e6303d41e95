"""The commands that write: what they print and ask, how they end, and what they never tell."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.budget import local_folder as place
from etl.errors import ConfigurationError
from etl.simulator import Simulator
from tests.support.accounts import ETL, Accounts, make_accounts

from .conftest import Opened, people

KEYS = {
    "run_id", "command", "status", "exit_code", "accounts", "tables", "received", "written", "duplicates", "rejected",
    "calls", "outcomes", "resume_at", "seconds", "error",
}  # fmt: skip
OUTCOMES = {
    "created", "merged", "updated", "unchanged", "deleted", "rejected", "skipped", "review", "unknown", "pending",
}  # fmt: skip
SECRET = "hunter2-" * 3


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[tuple[Accounts, Simulator]]:
    async with Simulator(rows=0, products=0, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        text = accounts.config.read_text("utf-8")
        books = "[accounts.books.defaults]\npayment_term_days = 14\n[state]"
        accounts.config.write_text(text.replace("[state]", books).replace('"demo"', f'"{SECRET}"'), "utf-8")
        yield accounts, server


def sheet(folder: Path, rows: list[dict[str, Any]], name: str = "klanten.csv") -> Path:
    path = folder / name
    pl.DataFrame([{key: str(value) for key, value in row.items()} for row in rows]).write_csv(path)
    return path


def order(accounts: Accounts, file: Path, to: str, *more: str) -> tuple[str, ...]:
    return (*unasked(accounts, file, to, *more), "--yes")


def unasked(accounts: Accounts, file: Path, to: str, *more: str) -> tuple[str, ...]:
    return ("push", str(file), "--to", to, "--key", "nr", "--out", str(accounts.out), *more)


async def printed(accounts: Accounts, *arguments: str, columns: int = 80) -> tuple[int, str]:
    """The command as people have it: its exit code, and what stands on both streams."""
    process = await asyncio.create_subprocess_exec(
        str(ETL),
        *arguments,
        "--config",
        str(accounts.config),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "COLUMNS": str(columns)},
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode()


async def test_a_push_is_verified_and_taken_back(here: tuple[Accounts, Simulator]) -> None:
    accounts, server = here
    rows = people(3)
    done = await accounts.etl(*order(accounts, sheet(accounts.folder, rows), "books.contacts"))
    assert set(done.summary) >= KEYS
    assert set(done.summary["outcomes"]) == OUTCOMES
    assert set(done.summary["tables"]) == {"results"}
    run = done.summary["run_id"]
    results = set((accounts.out / "results").iterdir())
    equal = await accounts.etl("verify", run, "--out", str(accounts.out))
    assert (equal.code, equal.summary["findings"]["equal"], equal.summary["status"]) == (0, 3, "complete")
    assert set((accounts.out / "results").iterdir()) - results == {accounts.out / "results" / f"{run}.verified.csv"}
    record = server.stores["invoicing.contacts"].get(int(server.log[0]["id"]))
    assert record is not None
    record["Contact"]["phone"] = "0123"
    server.stores["invoicing.contacts"].put(int(server.log[0]["id"]), record)
    differs = await accounts.etl("verify", run, "--out", str(accounts.out))
    assert (differs.code, differs.summary["findings"]) == (65, {"equal": 2, "differs": 1, "missing": 0, "foreign": 0})
    undone = await accounts.etl("undo", run, "--out", str(accounts.out), "--yes")
    assert "no place" not in undone.told
    assert (undone.code, undone.summary["outcomes"]["deleted"], undone.summary["outcomes"]["skipped"]) == (65, 2, 1)
    code, told = await printed(accounts, "status")
    assert code == 0
    assert re.search(rf"{run}\s+push\s+3 created", told)


async def test_a_dry_run_shows_everything_on_eighty_columns_and_writes_nothing(
    here: tuple[Accounts, Simulator],
) -> None:
    accounts, server = here
    await accounts.etl(*order(accounts, sheet(accounts.folder, people(2)), "books.contacts"))
    rows = [{**row, "gender": "male"} for row in people(4)]
    rows[1]["city"] = "Ede"
    rows[3]["email"] = ""
    file = sheet(accounts.folder, rows)
    code, told = await printed(accounts, *order(accounts, file, "books.contacts", "--dry-run"))
    assert code == 65
    assert len(server.log) == 2
    for wanted in (
        r"left behind.*rows +such as row *\n[\s─]+contacts\.gender\s+3",
        r"filled in.*rows +such as row *\n[\s─]+client_reference\s+3\s+group\s+3",
        r"updated\s+1\s+unchanged\s+1\s+rejected\s+1",
        r"2\s+2\s+.*location_city: Utrecht -> Ede",
        r"dry run, nothing was written; it would take 6 calls",
        r"1 rows are set aside in .*rejects",
    ):
        assert re.search(wanted, told), f"{wanted}\n{told}"
    tables = [line for line in told.splitlines() if not line.startswith(("etl:", "every row:", "dry run", "complete"))]
    assert max(map(len, tables)) <= 120
    as_json = await accounts.etl(*order(accounts, file, "books.contacts", "--dry-run"))
    assert (as_json.summary["dry_run"], as_json.summary["forecast"]["calls"]) == (True, 6)
    assert as_json.summary["lost"] == {"contacts.gender": 2}
    assert (as_json.summary["outcomes"]["updated"], as_json.summary["written"]) == (1, 0)


@pytest.mark.parametrize(("typed", "code", "created"), [("y", 0, 2), ("n", 130, 0)])
async def test_on_a_terminal_it_asks_with_host_and_rows(
    typed: str, code: int, created: int, here: tuple[Accounts, Simulator]
) -> None:
    accounts, server = here
    file = sheet(accounts.folder, people(2))
    process, terminal = on_a_terminal(accounts, *unasked(accounts, file, "bikes.customers"))
    told = await asyncio.to_thread(read_until, terminal, b"[y/N]")
    host = server.base_url.removeprefix("http://")
    assert f"2 rows at {host} (bikes.customers)?" in " ".join(told.split())
    assert server.log == []
    os.write(terminal, f"{typed}\n".encode())
    reading = asyncio.create_task(asyncio.to_thread(read_until, terminal, None))
    ended = await asyncio.to_thread(process.wait)
    await reading
    os.close(terminal)
    assert (ended, len(server.log)) == (code, created)


def on_a_terminal(accounts: Accounts, *arguments: str) -> tuple[subprocess.Popen[bytes], int]:
    master, slave = pty.openpty()
    command = [str(ETL), *arguments, "--config", str(accounts.config)]
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    return process, master


def read_until(terminal: int, end: bytes | None) -> str:
    told = b""
    while end is None or end not in told:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        told += piece
    return told.decode(errors="replace")


async def test_customers_abroad_are_advised_to_go_where_a_country_fits(here: tuple[Accounts, Simulator]) -> None:
    accounts, _ = here
    file = sheet(accounts.folder, people(1, country="Duitsland"))
    code, told = await printed(accounts, *order(accounts, file, "park.klanten", "--dry-run"))
    assert code == 0
    assert re.search(r"contacts\.country_code\s+1", told)
    assert "park.klanten: there is no country; for customers abroad the vendor recommends contacten." in told


async def test_sources_lists_what_can_be_written(here: tuple[Accounts, Simulator]) -> None:
    accounts, _ = here
    listed = (await accounts.etl("sources")).summary["targets"]
    can = {f"{one['system']}.{one['target']}": one["can"] for one in listed}
    assert can == {
        "cyclesoftware.customers": ["create", "update"],
        "recras.contacten": ["create", "update"],
        "recras.klanten": ["create", "update"],
        "recras.producten": ["create", "update", "delete"],
        "invoicing.contacts": ["create", "update", "delete"],
        "moneybird.contacts": ["create", "update", "delete"],
        "woocommerce.customers": ["create", "update", "delete"],
    }


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["push", "nowhere.csv", "--to", "bikes.customers"], 64, "no nowhere.csv"),
        (["push", "FILE", "--to", "bikes.nothing"], 64, "bikes.customers"),
        (["push", "FILE", "--to", "bikes.customers", "--mode", "delete", "--yes"], 64, "no way to delete"),
        (["verify", "20200101T000000Z-abcdef"], 64, "no push"),
        (["migrate", "bikes", "--to", "bikes.customers"], 64, "where the rows are to go"),
        (["migrate", "bikes", "--to", "park.producten"], 64, "nothing that park.producten takes"),
        (["migrate", "bikes", "--to", "park.contacten", "--ignore", "cty"], 64, "Did you mean city?"),
        (["migrate", "bikes", "--to", "park.contacten", "--ignore", "source_id"], 64, "told apart by it"),
        (["migrate", "bikes", "--to", "park.contacten", "--ignore", "Kind"], 64, "say --kind all"),
        (["migrate", "bikes", "--to", "park.contacten", "--ignore", "active"], 64, "--include-inactive"),
    ],
)
async def test_what_cannot_be_done_is_said_before_any_call(
    arguments: list[str], code: int, told: str, here: tuple[Accounts, Simulator]
) -> None:
    accounts, server = here
    file = str(sheet(accounts.folder, people(1)))
    ended = await accounts.etl(*(file if one == "FILE" else one for one in arguments))
    assert ended.code == code
    assert told in ended.told
    assert server.stats["requests"] == 0


async def test_neither_secrets_nor_peoples_data_are_told(here: tuple[Accounts, Simulator]) -> None:
    accounts, server = here
    echo = {"error": True, "error_message": "refused geheim@example.nl, +31 6 98765432, Basic ZGVtbzpkZW1v"}
    body = json.dumps(echo)
    server.set_faults(
        [
            {"method": "POST", "when": {"nth": [1]}, "action": {"status": 400, "body": body}},
            {"method": "POST", "when": {"nth": [2]}, "action": {"drop_after": True}},
            {"method": "POST", "when": {"nth": [3]}, "action": {"status": 401, "body": body}},
        ]
    )
    rows = [{**row, "last_name": "Geheimenisse", "email": f"geheim{row['nr']}@example.nl"} for row in people(40)]
    file = sheet(accounts.folder, rows)
    code, told = await printed(accounts, *order(accounts, file, "bikes.customers", "--log-format", "json"))
    assert code == 77
    summaries = "".join(path.read_text("utf-8") for path in (accounts.out / "runs").iterdir())
    state = sqlite3.connect(accounts.folder / ".etl" / "state.db")
    journal = str(state.execute("SELECT * FROM runs").fetchall())
    state.close()
    for text in (told, summaries, journal):
        for secret in (SECRET, "Geheimenisse", "geheim", "98765432", "ZGVtbzpkZW1v", "Traceback"):
            assert secret not in text


async def test_a_full_disk_under_the_ledger_ends_with_74_and_nothing_goes_without_its_intent(
    here: tuple[Accounts, Simulator],
) -> None:
    accounts, server = here
    file = sheet(accounts.folder, people(1500))
    assert (await accounts.etl(*order(accounts, file, "bikes.customers", "--limit", "1"))).code == 0
    limited = ["bash", "-c", 'ulimit -f 700; exec "$@"', "etl", str(ETL), *order(accounts, file, "bikes.customers")]
    process = await asyncio.create_subprocess_exec(
        *limited, "--config", str(accounts.config), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await process.communicate()
    assert process.returncode == 74, told.decode()
    assert "Traceback" not in told.decode()
    ledger = sqlite3.connect(accounts.folder / ".etl" / "ledger.db")
    known = {json.loads(body)["name"] for (body,) in ledger.execute("SELECT body FROM entries")}
    ledger.close()
    sent = [entry["body"]["name"] for entry in server.log]
    assert 1 < len(sent) < 1500
    assert set(sent) <= known
    text = accounts.config.read_text("utf-8").replace("base_url", "settle_s = 0.2\nbase_url")
    accounts.config.write_text(text, "utf-8")
    again = await accounts.etl(*order(accounts, file, "bikes.customers"))
    assert again.code == 0, again.told
    made = [entry["body"]["name"] for entry in server.log]
    assert len(made) == len(set(made)) == 1500


async def test_a_ledger_on_a_network_file_system_is_refused(
    shop_of: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"36 35 98:0 / {tmp_path} rw shared:1 - nfs4 server:/export rw\n")
    async with shop_of("customers") as shop:
        monkeypatch.setattr(place, "MOUNTS", mounts)
        with pytest.raises(ConfigurationError, match="network file system") as refused:
            await shop.push(people(1))
        assert refused.value.exit_code == 78
        assert shop.simulator.stats["requests"] == 0
