"""A project to run: an etl.toml with an account at each system, its output read back, and the command itself."""

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

from etl import run, settings
from etl.clock import SystemClock
from etl.report import Report
from etl.systems import SYSTEMS
from etl.workspace import select

ACCOUNTS = {"bikes": "cyclesoftware", "park": "recras", "books": "invoicing"}
CREDENTIALS = {
    "cyclesoftware": 'username = "demo"\npassword = "demo"',
    "recras": 'api_key = "demo"',
    "invoicing": 'username = "demo"\npassword = "demo"',
}
ETL = Path(sys.executable).with_name("etl")


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        return self.out + self.err

    @property
    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return found


@dataclass(frozen=True)
class Project:
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

    async def export(self, *names: str, forms: tuple[str, ...] = ("parquet",)) -> Report:
        loaded = self.settings()
        order = run.Order(select(loaded, names), self.out, forms)
        return await run.export(loaded, order, clock=SystemClock())

    def rows(self, table: str, name: str) -> list[dict[str, Any]]:
        return pl.read_parquet(self.out / table / f"{name}.parquet").to_dicts()

    def tables(self, name: str) -> dict[str, list[dict[str, Any]]]:
        account, _, stream = name.partition(".")
        return {table: self.rows(table, name) for table in SYSTEMS[ACCOUNTS[account]].stream(stream).tables}

    async def etl(self, *arguments: str, env: Mapping[str, str] | None = None) -> Finished:
        """The command as a process of its own, with --json."""
        process = await asyncio.create_subprocess_exec(
            str(ETL),
            *arguments,
            "--json",
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return Finished(process.returncode or 0, out.decode(), err.decode())


def make_project(folder: Path, base_url: str) -> Project:
    """An account at each system, all of them at `base_url`."""
    accounts = [
        f'[accounts.{name}]\nsystem = "{system}"\nbase_url = "{base_url}"\n{CREDENTIALS[system]}\n'
        for name, system in ACCOUNTS.items()
    ]
    project = Project(folder)
    project.config.write_text("\n".join(accounts))
    project.config.chmod(0o600)
    return project
