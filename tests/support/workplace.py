"""A user's project folder: etl.toml, and the command as the user runs it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.cli import main
from etl.config import settings
from etl.runs.export import export
from etl.runs.export_order import ExportOrder
from etl.runs.replay import replay
from etl.runs.report import TablesReport
from etl.runs.workspace import select

from .clock import QuickClock

BIKES = """
[accounts.bikes]
system = "cyclesoftware"
base_url = "{url}"
username = "shop"
password = "s3cr3t-password"
"""
PARK = """
[accounts.park]
system = "recras"
base_url = "{url}"
api_key = "s3cr3t-key"
"""
BOOKS = """
[accounts.books]
system = "invoicing"
base_url = "{url}"
username = "office"
password = "s3cr3t-password"
"""
ETL = Path(sys.executable).with_name("etl")


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def summary(self) -> dict[str, Any]:
        """The JSON object on the last line of stdout."""
        found: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return found


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "etl.toml"
        self.out = folder / "out"
        self.state = folder / ".etl"

    def configure(self, text: str, url: str = "https://example.nl", mode: int = 0o600) -> Project:
        self.config.write_text(text.replace("{url}", url), "utf-8")
        self.config.chmod(mode)
        return self

    def settings(self) -> settings.Settings:
        return settings.load(self.config)

    async def export(
        self,
        *streams: str,
        clock: QuickClock | None = None,
        forms: tuple[str, ...] = ("parquet",),
        since: str | None = None,
        full: bool = False,
        wait: bool = False,
        out: Path | None = None,
        accept_deletions: bool = False,
        accept_rejects: bool = False,
    ) -> TablesReport:
        """An export in this process, with a clock on which no wait takes time."""
        loaded = self.settings()
        order = ExportOrder(
            select(loaded, streams),
            out or self.out,
            forms,
            since=since,
            accept_deletions=accept_deletions,
            accept_rejects=accept_rejects,
        )
        return await export(loaded, order, full=full, wait=wait, clock=clock or QuickClock())

    async def replay(
        self, *streams: str, forms: tuple[str, ...] = ("parquet",), out: Path, accept_rejects: bool = False
    ) -> TablesReport:
        """A replay in this process."""
        loaded = self.settings()
        order = ExportOrder(select(loaded, streams), out, forms, accept_rejects=accept_rejects)
        return await replay(loaded, order, clock=QuickClock())

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        return {**os.environ, "HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder / "xdg"), **(more or {})}

    def start(self, *arguments: str, env: Mapping[str, str] | None = None, **options: Any) -> subprocess.Popen[str]:
        """The command as a process of its own."""
        return subprocess.Popen(
            [str(ETL), *arguments],
            cwd=self.folder,
            env=self.environment(env),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            **options,
        )

    def etl(self, *arguments: str, env: Mapping[str, str] | None = None, **options: Any) -> Ran:
        return ended(self.start(*arguments, env=env, **options))

    def cli(self, *arguments: str, env: Mapping[str, str] | None = None) -> Ran:
        """The command in this process: as the user runs it, but at once."""
        out, err = io.StringIO(), io.StringIO()
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ended_with,
        ):
            patch.chdir(self.folder)
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            main(list(arguments))
        return Ran(int(ended_with.value.code or 0), out.getvalue(), err.getvalue())

    def table(self, name: str = "contacts", of: str = "bikes.customers") -> pl.DataFrame:
        return pl.read_parquet(self.out / name / f"{of}.parquet")

    def ids(self, of: str = "bikes.customers") -> list[str]:
        return self.table(of=of)["source_id"].to_list()


def ended(process: subprocess.Popen[str], timeout_s: float = 120) -> Ran:
    """Wait for a process to end. The time only ends a test that would hang."""
    out, err = process.communicate(timeout=timeout_s)
    return Ran(process.returncode, out, err)
