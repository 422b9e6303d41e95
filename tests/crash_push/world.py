"""A server whose own log is the judge, an account at it, rows to push, and the push command to be killed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from etl import records
from etl.simulator import Simulator

from .pusher import Ended, Nursery, Running
from .trap import Trap

SETTLE_S = 0.5
LATE_S = 0.35
LAG_S = 0.3
TARGETS = {
    "customers": ("cyclesoftware", 'username = "demo"\npassword = "demo"'),
    "contacten": ("recras", 'api_key = "demo"'),
    "klanten": ("recras", 'api_key = "demo"'),
    "contacts": ("invoicing", 'username = "demo"\npassword = "demo"'),
}
SHOP = "shoppers"
SHOPS = {SHOP: ("woocommerce", 'username = "demo"\npassword = "demo"')}
"""A target called `customers`, too, that takes nobody twice."""
LIST = {
    "customers": "/list.json",
    "contacten": "/api2/contacten$",
    "klanten": "/api2/klanten",
    "contacts": "/contacts[?]?",
    SHOP: "/customers[?]role=all",
}


def storm(target: str, seed: int, share: float = 0.06, late_s: float = LATE_S) -> list[dict[str, Any]]:
    """Every fault that a writing call meets, each on a share of the calls, and lists that lag behind."""
    actions: list[dict[str, Any]] = [
        {"drop_before": True},
        {"drop_after": True},
        {"late_commit_s": late_s, "drop_after": True},
        {"late_commit_s": late_s, "status": 503},
        {"status": 500, "commit": True},
        {"status": 500},
        {"status": 408},
        {"status": 429, "retry_after": "0"},
        {"broken_json": True},
        {"empty": True},
        {"cut_body": 0.5},
        {"redirect": {"status": 303, "to": "/elsewhere"}, "commit": True},
    ]
    rules = [
        {"method": "POST", "when": {"share": share, "seed": seed * 100 + number}, "action": action}
        for number, action in enumerate(actions)
    ]
    other = {"method": "POST", "when": {"share": share, "seed": seed}, "action": misdirected(target)}
    return [*rules, other, lagging(target)]


def misdirected(target: str) -> dict[str, Any]:
    """The write takes effect, and the answer is that to another one."""
    other = {"naam": "Iemand Anders", "name": "Iemand Anders", "customer_reference": "x", "client_reference": "x"}
    if target == "contacts":
        body: Any = {"response": {"code": 201, "data": {"Contact": {"id": "999999", **other}}}}
    else:
        body = {"customer_id": 999_999, "id": 999_999, **other}
    return {"status": 201, "body": json.dumps(body), "commit": True}


def lagging(target: str) -> dict[str, Any]:
    return {"method": "GET", "path": LIST[target], "action": {"find_lag_s": LAG_S}}


def contacts(count: int, *, twins: bool = False) -> pl.DataFrame:
    """So many contacts with a name of their own each; with `twins` every fifth is the one before it once more."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    rows = []
    for number in range(count):
        who = number - 1 if twins and number % 5 == 4 else number
        rows.append(
            {
                "account": "bron", "system": "elders", "stream": "klanten", "source_id": str(number + 1),
                "kind": "customer", "name": f"Jansen {who}", "display_name": f"Jansen {who}",
                "first_name": "Jan", "last_name": f"Jansen {who}", "is_organisation": False,
                "email": f"jansen{who}@example.nl", "phone": "+31201234567", "mobile": "+31612345678",
                "address_line": f"Dorpsstraat {who + 1}", "street": "Dorpsstraat", "house_number": who + 1,
                "postcode": "1337XD", "city": "Utrecht", "country_code": "NL", "payment_term_days": 14,
                "active": True, "extracted_at": at, "issues": [],
            }
        )  # fmt: skip
    return records.conform(pl.DataFrame(rows), "contacts")


@dataclass
class World:
    """`rows` are pushed from `file`; `name` tells in the server's log whose body a write has."""

    folder: Path
    target: str
    simulator: Simulator
    trap: Trap
    nursery: Nursery
    frame: pl.DataFrame
    killed: int = 0
    told: list[str] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.folder / "contacts" / "bron.klanten.parquet"

    async def start(self, *more: str, **kill: Any) -> Running:
        arguments = (
            "push",
            str(self.file),
            "--to",
            f"er.{'customers' if self.target == SHOP else self.target}",
            "--yes",
            *more,
        )
        return await self.nursery.start(self.folder, *arguments, **kill)

    async def push(self, *more: str, **kill: Any) -> Ended:
        return await self.ended(await self.start(*more, **kill))

    async def undo(self, run_id: str, **kill: Any) -> Ended:
        return await self.ended(await self.nursery.start(self.folder, "undo", run_id, "--yes", **kill))

    def edit(self, **values: Any) -> None:
        """Give every row these values."""
        self.frame = self.frame.with_columns(**{name: pl.lit(value) for name, value in values.items()})
        self.frame.write_parquet(self.file)

    async def ended(self, running: Running) -> Ended:
        ended = await running.ended()
        self.killed += ended.code == -9
        self.told.append(f"{ended.code}: {ended.summary.get('outcomes')} {ended.told[-500:]}")
        return ended

    async def finish(self, *more: str, tries: int = 12) -> Ended:
        """Undisturbed runs until every row is accounted for."""
        ended = await self.push(*more)
        while ended.code == 75 and tries:
            tries -= 1
            ended = await self.push(*more)
        return ended

    def judge(self, last: Ended) -> None:
        """Nothing lost, nothing twice, nothing else, and a sum that is right."""
        story = "\n".join(self.told)
        sent = [entry for entry in self.simulator.log if entry["outcome"] == "created"]
        made = Counter(_name(entry["body"]) for entry in sent)
        wanted = Counter(self._wanted())
        assert last.code == 0, story
        assert made == wanted, f"lost {wanted - made}, twice {made - wanted}\n{story}"
        outcomes = last.summary["outcomes"]
        assert sum(outcomes.values()) == last.summary["received"] == self.frame.height, story
        assert self._ids_told(last) == self._ids_made(), story
        done = sum(outcomes[name] for name in ("created", "merged", "updated", "unchanged"))
        assert done == self.frame.height, story

    def _ids_made(self) -> dict[str, set[str]]:
        """Which ids the server gave to whom."""
        made: dict[str, set[str]] = {}
        for entry in self.simulator.log:
            if entry["outcome"] == "created":
                made.setdefault(_name(entry["body"]), set()).add(entry["id"])
        return made

    def _ids_told(self, last: Ended) -> dict[str, set[str]]:
        """Which ids the results name for whom."""
        results = pl.read_parquet(self.folder / "out" / "results" / f"{last.summary['run_id']}.parquet")
        told: dict[str, set[str]] = {}
        for row, name in zip(results.to_dicts(), self.frame["last_name"], strict=True):
            told.setdefault(name, set()).add(row["remote_id"])
        return told

    def ids_told_as(self, ended: Ended, outcome: str) -> set[str]:
        """The ids that a run's results name for rows of that outcome; none for a run that was refused."""
        file = self.folder / "out" / "results" / f"{ended.summary.get('run_id')}.parquet"
        return set(pl.read_parquet(file).filter(outcome=outcome)["remote_id"]) if file.exists() else set()

    def _wanted(self) -> Sequence[str]:
        names = self.frame["last_name"].to_list()
        return list(dict.fromkeys(names)) if self.target == "klanten" else names  # this API makes one of two equals


def _name(body: Any) -> str:
    """The number of the person whom a body is about."""
    name = str(body.get("naam") or body.get("name") or body.get("last_name"))
    return f"Jansen {name.rpartition(' ')[2]}"


async def come(what: Callable[[], object], longest_s: float = 120) -> None:
    """Return as soon as that is so."""
    async with asyncio.timeout(longest_s):
        while not what():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def world(
    folder: Path,
    nursery: Nursery,
    target: str,
    *,
    rows: int = 12,
    faults: Any = None,
    twins: bool = False,
    settle_s: float = SETTLE_S,
    **more: Any,
) -> AsyncIterator[World]:
    folder.mkdir(parents=True)
    options = {"rows": 0, "per_minute": None, "per_day": None, "products": 0, **more}
    async with Simulator(faults=faults, **options) as simulator, Trap(int(simulator.base_url[-5:])) as trap:
        system, credentials = {**TARGETS, **SHOPS}[target]
        config = folder / "etl.toml"
        config.touch(mode=0o600)
        config.write_text(
            f'[accounts.er]\nsystem = "{system}"\nbase_url = "http://127.0.0.1:{trap.port}"\n{credentials}\n'
            f"settle_s = {settle_s}\nbudget = {{ per_minute = 100000, per_day = 1000000 }}\n"
            '[state]\nbudgets = "budgets.db"\n'
        )
        frame = contacts(rows, twins=twins)
        (folder / "contacts").mkdir()
        frame.write_parquet(folder / "contacts" / "bron.klanten.parquet")
        yield World(folder, target, simulator, trap, nursery, frame)
