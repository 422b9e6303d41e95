"""Two shops on one host, and a project whose account is at either: the same ids are other people there."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from etl.simulator import Simulator
from etl.simulator.options import Options

from .workplace import Project, Ran

ROWS = 40
SOURCES = {"cyclesoftware": "customers", "recras": "contacten", "invoicing": "contacts"}
NORTH, SOUTH = "north", "south"
OWNER = re.compile(r"klant\d+@(\w+)\.nl")
LONG_AGO = 400 * 86_400


@dataclass
class Past:
    """The server's clock; what is entered `ago` is no change since the last export."""

    ago: float = 0

    def now(self) -> float:
        return time.time() - self.ago


@dataclass
class Shops:
    """`at` says with whose credential the account is configured from then on."""

    project: Project
    simulator: Simulator
    clock: Past
    system: str = "cyclesoftware"
    base_url: str = ""
    moved: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return f"mine.{SOURCES[self.system]}"

    def at(self, who: str, *, password: str = "demo", account: str = "mine") -> Shops:
        """Configure the account with that user or key, whose shop is peopled when it is first named."""
        key = f'api_key = "{who}"' if self.system == "recras" else f'username = "{who}"\npassword = "{password}"'
        text = f'[accounts.{account}]\nsystem = "{self.system}"\nbase_url = "{{url}}"\n{key}\n'
        self.project.configure(text, self.base_url or self.simulator.base_url)
        self.people(who)
        return self

    def people(self, who: str, owner: str = "") -> None:
        """Give that user's shop people of its own, or those of another."""
        if who not in self.moved:
            self.moved.add(who)
            store = self.simulator.stores_of(who)[f"{self.system}.{SOURCES[self.system]}"]
            self.clock.ago = LONG_AGO
            for key in store.ids():
                wire = store.get(key)
                assert wire is not None
                named = wire.get("Contact", wire)
                mine = {"naam", "displaynaam"} if self.system == "recras" else {"email"}
                named |= dict.fromkeys(mine, f"klant{key}@{owner or who}.nl")
                store.put(key, wire)
            self.clock.ago = 0

    def leave(self, who: str, *keys: int) -> None:
        """These people vanish at that user's shop."""
        store = self.simulator.stores_of(who)[f"{self.system}.{SOURCES[self.system]}"]
        for key in keys:
            store.remove(store.ids()[0] + key)

    async def run(self, *arguments: str) -> Ran:
        return await asyncio.to_thread(self.project.etl, *arguments)

    async def export(self, *more: str, rules: object = None) -> Ran:
        self.simulator.set_faults(rules)  # type: ignore[arg-type]  # the rules of a test
        return await self.run("export", self.name, "--out", str(self.project.out), "--json", *more)

    async def interrupted(self, *more: str) -> Ran:
        """An export that lands some pages, and no more."""
        ran = await self.export(*more, rules=[{"path": "offset=(1[5-9]|2)", "action": {"status": 400}}])
        assert ran.code not in (0, 65), ran.err
        return ran

    async def replay(self, out: Path) -> Ran:
        return await self.run("replay", self.name, "--out", str(out), "--json")

    def table(self, out: Path | None = None) -> pl.DataFrame:
        return pl.read_parquet((out or self.project.out) / "contacts" / f"{self.name}.parquet")

    def owners(self, out: Path | None = None) -> dict[str, int]:
        """How many rows are of whose shop."""
        return dict(Counter(owner for row in self.table(out).iter_rows() for owner in OWNER.findall(str(row))[:1]))

    def gone(self) -> int:
        return self.table().filter(pl.col("deleted_at").is_not_null()).height


@asynccontextmanager
async def shops_of(folder: Path, system: str = "cyclesoftware", **options: object) -> AsyncIterator[Shops]:
    given: dict[str, object] = {"rows": ROWS, "products": 0, "seed": 3, "page_size": 10, "per_minute": None, **options}
    clock = Past()
    async with Simulator(Options(tenants=True, **given), now=clock.now) as simulator:  # type: ignore[arg-type]  # as given
        folder.mkdir(exist_ok=True)
        yield Shops(Project(folder), simulator, clock, system)
