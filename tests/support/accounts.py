"""An account at each system, all at one address: their exports, read back, and the command itself."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from etl.config import settings
from etl.runs.export import export
from etl.runs.export_order import ExportOrder
from etl.runs.report import TablesReport
from etl.runs.workspace import select
from etl.systems import SYSTEMS
from etl.systems.declare import Stream

ACCOUNTS = {
    "bikes": "cyclesoftware", "park": "recras", "books": "invoicing", "office": "moneybird", "shop": "woocommerce",
}  # fmt: skip
CREDENTIALS = {
    "cyclesoftware": 'username = "demo"\npassword = "demo"',
    "recras": 'api_key = "demo"',
    "invoicing": 'username = "demo"\npassword = "demo"',
    "woocommerce": 'username = "demo"\npassword = "demo"',
    "moneybird": 'api_key = "demo"\nadministration_id = "123"',
}
ETL = Path(sys.executable).with_name("etl")


def stream_of(name: str) -> Stream:
    """The declared stream of `account.stream`."""
    account, _, stream = name.partition(".")
    return SYSTEMS[ACCOUNTS[account]].stream(stream)


@dataclass(frozen=True)
class Accounts:
    """A folder with its etl.toml; `out` is where exports go."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "etl.toml"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def settings(self) -> settings.Settings:
        return settings.load(self.config)

    async def export(self, *names: str) -> TablesReport:
        loaded = self.settings()
        return await export(loaded, ExportOrder(select(loaded, names), self.out))

    async def etl(self, *arguments: str) -> Finished:
        """The command in a process of its own, with `--json`."""
        process = await asyncio.create_subprocess_exec(
            str(ETL),
            *arguments,
            "--config",
            str(self.config),
            "--json",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONWARNINGS": "error"},
        )
        out, error = await process.communicate()
        lines = out.decode().splitlines()
        return Finished(process.returncode or 0, json.loads(lines[-1]) if lines else {}, error.decode())

    def frame(self, table: str, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.out / table / f"{name}.parquet")

    def rows(self, table: str, name: str) -> list[dict[str, Any]]:
        return self.frame(table, name).to_dicts()

    def tables(self, name: str) -> dict[str, list[dict[str, Any]]]:
        """The rows of every table of `account.stream`."""
        return {table: self.rows(table, name) for table in stream_of(name).tables}


@dataclass(frozen=True)
class Finished:
    """A command that ended: its exit code, the JSON object on its last line, and what it told people."""

    code: int
    summary: Mapping[str, Any]
    told: str


def make_accounts(folder: Path, base_url: str) -> Accounts:
    """`bikes`, `park`, `books`, `office` and `shop` at one address, with room for any number of calls."""
    folder.mkdir(parents=True, exist_ok=True)
    accounts = [
        f'[accounts.{name}]\nsystem = "{system}"\nbase_url = "{base_url}"\n{CREDENTIALS[system]}\n'
        'budget = { per_minute = 100000, per_day = 1000000, windows = { "300" = 100000 } }\n'
        for name, system in ACCOUNTS.items()
    ]
    state = f'[state]\ndir = ".etl"\nbudgets = "{folder / "budgets.db"}"\n'
    config = folder / "etl.toml"
    config.touch(mode=0o600)
    config.write_text("\n".join([*accounts, state]), "utf-8")
    return Accounts(folder)
