"""What every push of the benchmark stands on: a simulator in a process of its own, people, and the command."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from benchmarks.export.measure import Run, measure

ACCOUNTS = {
    "customers": ("cyclesoftware", 'username = "demo"\npassword = "demo"'),
    "klanten": ("recras", 'api_key = "demo"'),
    "contacts": ("invoicing", 'username = "demo"\npassword = "demo"'),
}

FEW = 20
"""Rows of a push that is nothing but its beginning and end: what it takes is taken off."""

SERVER = """
import asyncio, sys
from etl.simulator import Simulator

async def main():
    free = dict.fromkeys(("per_minute", "per_day"))
    async with Simulator(rows=0, products=0, latency_s=float(sys.argv[1]), **free) as simulator:
        print(simulator.base_url, flush=True)
        await asyncio.sleep(7200)

asyncio.run(main())
"""


@contextmanager
def simulator(latency_s: float = 0.0) -> Iterator[str]:
    """The address of an empty simulator without limits."""
    command = [sys.executable, "-c", SERVER, str(latency_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def people(count: int, *, edited: bool = False) -> pl.DataFrame:
    """A spreadsheet of so many people; `edited` moves each of them next door."""
    return pl.DataFrame(
        {
            "nr": [str(n) for n in range(count)],
            "last_name": [f"Jansen {n}" for n in range(count)],
            "email": [f"j{n}@example.nl" for n in range(count)],
            "phone": ["020-123 45 67"] * count,
            "address_line": [f"Dorpsstraat {n % 400 + 1 + edited}" for n in range(count)],
            "postcode": ["1337 XD"] * count,
            "city": ["Utrecht"] * count,
            "country": ["Nederland"] * count,
            "payment_term_days": ["14"] * count,
        }
    )


class Shop:
    """A folder with an etl.toml for one target of one server, from which rows are pushed by the public command."""

    def __init__(self, folder: Path, target: str, base_url: str) -> None:
        folder.mkdir()
        self.folder, self.target = folder, target
        system, credentials = ACCOUNTS[target]
        config = folder / "etl.toml"
        config.touch(mode=0o600)
        config.write_text(
            f'[accounts.er]\nsystem = "{system}"\nbase_url = "{base_url}"\n{credentials}\n'
            "budget = { per_minute = 200000, per_day = 10000000 }\n"
            f'[state]\nbudgets = "{folder / "budgets.db"}"\n',
            "utf-8",
        )

    def push(self, table: pl.DataFrame, *, mode: str = "upsert", wanted: str = "created") -> Run:
        """What pushing a table takes, all of it. Raises RuntimeError where not every row came to what is wanted."""
        file, log = self.folder / "people.csv", self.folder / "log"
        table.write_csv(file)
        asked = ["--to", f"er.{self.target}", "--key", "nr", "--source", "people", "--mode", mode]
        where = ["--config", str(self.folder / "etl.toml"), "--out", str(self.folder / "out")]
        command = [sys.executable, "-m", "etl", "push", str(file), *asked, *where, "--yes", "--quiet", "--json"]
        run = measure(command, log)
        outcomes = json.loads(log.read_text("utf-8").splitlines()[-1])["outcomes"]
        if outcomes.get(wanted) != table.height:
            raise RuntimeError(f"{table.height} rows were to be {wanted}: {outcomes}")
        return run
