"""A target to push to, in this process: a simulator as the judge, and a clock on which no wait takes time."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.config import settings
from etl.push.input.rows import read_input
from etl.push.push import Setting, held, push
from etl.push.push_order import Order, destination_of
from etl.push.report import PushReport
from etl.simulator import Simulator
from etl.tables.read_table import read_table
from tests.support.clock import QuickClock

SYSTEMS = {
    "customers": ("cyclesoftware", 'username = "demo"\npassword = "demo"'),
    "contacten": ("recras", 'api_key = "demo"'),
    "klanten": ("recras", 'api_key = "demo"'),
    "producten": ("recras", 'api_key = "demo"'),
    "contacts": ("invoicing", 'username = "demo"\npassword = "demo"'),
    "shoppers": ("woocommerce", 'username = "demo"\npassword = "demo"'),
}
NAMED_ELSE = {"shoppers": "customers"}
"""Targets that have the name of another system's."""
PERSON = {
    "last_name": "Jansen", "email": "jansen@example.nl", "address_line": "Dorpsstraat 12", "postcode": "1337XD",
    "city": "Utrecht", "country": "NL", "phone": "0201234567", "payment_term_days": "14",
}  # fmt: skip


@dataclass
class Shop:
    """`await shop.push(rows)` pushes rows of a spreadsheet; `made` is what the server's log says."""

    folder: Path
    target: str
    simulator: Simulator
    clock: QuickClock = field(default_factory=QuickClock)

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def config(self) -> Path:
        return self.folder / "etl.toml"

    def configure(self, base_url: str | None = None, more: str = "", secret: str = "demo") -> None:
        system, credentials = SYSTEMS[self.target]
        self.config.touch(mode=0o600)
        self.config.write_text(
            f'[accounts.er]\nsystem = "{system}"\nbase_url = "{base_url or self.simulator.base_url}"\n'
            f"{credentials.replace('demo', secret)}\nbudget = {{ per_minute = 100000, per_day = 1000000 }}\n{more}\n"
            '[state]\nbudgets = "budgets.db"\n'
        )

    async def push(self, rows: Sequence[Mapping[str, Any]] | Path, **options: Any) -> PushReport:
        run = {name: options.pop(name) for name in ("rebuild", "wait") if name in options}
        loaded = settings.load(self.config)
        destination = destination_of(loaded, f"er.{NAMED_ELSE.get(self.target, self.target)}")
        file = rows if isinstance(rows, Path) else self.sheet(rows)
        order = Order(**{"files": [file], "out": self.out, "key": None if isinstance(rows, Path) else "nr", **options})
        setting = Setting(loaded, destination, self.out, clock=self.clock, **run)
        with held(loaded, destination):
            return await push(setting, order, read_input(order, destination))

    def forget(self) -> None:
        """What is there is somebody else's from now on: no ledger, and no seal of one."""
        for name in (".etl", "seals"):
            shutil.rmtree(self.folder / name)

    def sheet(self, rows: Sequence[Mapping[str, Any]], name: str = "klanten.csv") -> Path:
        path = self.folder / name
        pl.DataFrame([{key: str(value) for key, value in row.items()} for row in rows]).write_csv(path)
        return path

    @property
    def made(self) -> list[str]:
        """The names of those who were created, in order."""
        named = ("naam", "name", "last_name")
        return [str(next(filter(None, map(one["body"].get, named)), None)) for one in self.log("created")]

    def log(self, outcome: str) -> list[dict[str, Any]]:
        return [entry for entry in self.simulator.log if entry["outcome"] == outcome]

    def results(self, report: PushReport) -> list[dict[str, Any]]:
        return pl.read_parquet(self.out / "results" / f"{report.run_id}.parquet").to_dicts()

    def rejects(self, report: PushReport) -> list[dict[str, Any]]:
        return read_table(self.out / "rejects" / f"{report.run_id}.csv").to_dicts()


def people(count: int, **more: Any) -> list[dict[str, Any]]:
    """So many people, each with a name and a number of their own."""
    return [
        {"nr": n, **PERSON, "last_name": f"Jansen {n}", "email": f"j{n}@example.nl", **more}
        for n in range(1, count + 1)
    ]


Opened = Callable[..., AbstractAsyncContextManager[Shop]]


@pytest.fixture
def shop_of(tmp_path: Path) -> Opened:
    """`async with shop_of("customers", faults=[…]) as shop`, at a server whose clock is the shop's."""

    @asynccontextmanager
    async def opened(target: str = "customers", **options: Any) -> AsyncIterator[Shop]:
        clock = QuickClock()
        given = {"rows": 0, "products": 0, "per_minute": None, "per_day": None, **options}
        async with Simulator(now=lambda: clock.now().timestamp(), **given) as simulator:
            shop = Shop(tmp_path, target, simulator, clock)
            shop.configure()
            yield shop

    return opened
