"""A computer that pushes: its project folder, its state, its clock, and its account at a simulator.

Two machines at one simulator share nothing but the target. What a push came to is told as the command would: by an
exit code, outcomes and results, also where an error ended it. An error that is none of ours is exit code 70.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from etl.config import settings
from etl.errors import EtlError
from etl.push.earlier_runs import destination_of_run
from etl.push.input.rows import read_input
from etl.push.push import Setting, held, push
from etl.push.push_order import Order, check, destination_of
from etl.push.report import PushReport
from etl.push.undo import undo
from etl.push.verify import verify
from etl.runs.stop import Stopped
from etl.simulator import Simulator

from .clock import QuickClock
from .colleague import Colleague

SYSTEM_OF = {
    "customers": "cyclesoftware",
    "contacten": "recras",
    "klanten": "recras",
    "producten": "recras",
    "contacts": "invoicing",
    "moneybird": "moneybird",
}
NAMED = {"moneybird": "contacts"}
"""What a target is called that has the name of another system's."""
CITY = {"customers": "city", "contacten": "plaats", "klanten": "plaats", "contacts": "location_city",
        "moneybird": "city"}  # fmt: skip
REFERENCE = {"customers": "customer_reference", "contacts": "client_reference", "moneybird": "customer_id"}
PERSON = {
    "last_name": "Jansen", "email": "jansen@example.nl", "address_line": "Dorpsstraat 12", "postcode": "1337XD",
    "city": "Utrecht", "country": "NL", "phone": "0201234567", "payment_term_days": "14",
}  # fmt: skip
DONE = ("created", "merged", "updated", "unchanged")


def people(count: int, first: int = 1, **more: Any) -> list[dict[str, Any]]:
    """So many rows, each with a name, an address and numbers of its own."""
    return [
        {
            "nr": n, **PERSON, "last_name": f"Jansen {n}", "email": f"j{n}@example.nl",
            "address_line": f"Dorpsstraat {n}", "phone": f"02012{n:05}", **more,
        }
        for n in range(first, first + count)
    ]  # fmt: skip


def edited(rows: Sequence[Mapping[str, Any]], **more: Any) -> list[dict[str, Any]]:
    return [{**row, "city": "Ede", **more} for row in rows]


@dataclass(frozen=True)
class Ended:
    """`results` are the run's rows, `doubles` those of its rows that name one record twice."""

    code: int
    outcomes: dict[str, int] = field(default_factory=dict)
    results: list[dict[str, Any]] = field(default_factory=list)
    run_id: str = ""
    told: str = ""
    found: dict[str, int] = field(default_factory=dict)

    def count(self, *names: str) -> int:
        return sum(self.outcomes.get(name, 0) for name in names)

    @property
    def accounted(self) -> int:
        return sum(self.outcomes.values())


@dataclass
class Machine:
    """`await machine.push(rows)`. `user` is its user or key at the target, `tenants` whether that is a shop of its own.

    `more` goes into the account's table in etl.toml; `others` are tables of other accounts, before it.
    """

    folder: Path
    target: str
    simulator: Simulator
    user: str = "demo"
    clock: QuickClock = field(default_factory=QuickClock)
    base_url: str = ""
    more: str = "budget = { per_minute = 100000, per_day = 1000000 }"
    others: str = ""
    state: str = ".etl"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def state_folder(self) -> Path:
        return self.folder / self.state

    @property
    def colleague(self) -> Colleague:
        """Somebody in the same shop."""
        return Colleague(self.simulator, self.target, self.user if self.simulator.options.tenants else "")

    def account(self, name: str, user: str) -> str:
        system = SYSTEM_OF[self.target]
        secret = f'username = "{user}"\npassword = "demo"'
        if system in ("recras", "moneybird"):
            secret = f'api_key = "{user}"' + ('\nadministration_id = "123"' if system == "moneybird" else "")
        url = self.base_url or self.simulator.base_url
        return f'[accounts.{name}]\nsystem = "{system}"\nbase_url = "{url}"\n{secret}\n{self.more}\n'

    def settings(self) -> settings.Settings:
        """Those of etl.toml, written anew: the seals of ledgers are kept where the budgets are."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "etl.toml"
        config.touch(mode=0o600)
        state = f'[state]\ndir = "{self.state}"\nbudgets = "steady/budgets.db"\n'
        config.write_text(self.others + self.account("er", self.user) + state)
        return settings.load(config)

    def sheet(self, rows: Sequence[Mapping[str, Any]], name: str = "klanten.csv") -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        pl.DataFrame([{key: _cell(value) for key, value in row.items()} for row in rows]).write_csv(path)
        return path

    async def push(self, rows: Sequence[Mapping[str, Any]] | Path, **options: Any) -> Ended:
        """A push with the command's options by the names that an Order and a Setting have for them."""
        run = {name: options.pop(name) for name in ("rebuild", "wait") if name in options}
        file = rows if isinstance(rows, Path) else self.sheet(rows, options.pop("name", "klanten.csv"))

        async def work() -> PushReport:
            loaded = self.settings()
            destination = destination_of(loaded, f"er.{NAMED.get(self.target, self.target)}")
            order = Order(**{"files": [file], "out": self.out, "key": "nr", **options})
            check(order, destination)
            setting = Setting(loaded, destination, self.out, clock=self.clock, **run)
            with held(loaded, destination):
                return await push(setting, order, read_input(order, destination))

        return await self._ended(work)

    async def undo(self, run_id: str) -> Ended:
        async def work() -> PushReport:
            setting = self._of_run(run_id)
            with held(setting.settings, setting.destination):
                return await undo(setting, run_id)

        return await self._ended(work)

    async def verify(self, run_id: str) -> Ended:
        try:
            verified = await verify(self._of_run(run_id), run_id)
        except EtlError as error:
            return Ended(error.exit_code, told=str(error))
        return Ended(verified.exit_code, found=verified.found)

    async def until_settled(self, rows: Sequence[Mapping[str, Any]], tries: int = 8, **options: Any) -> Ended:
        """Push until every row is accounted for."""
        ended = await self.push(rows, **options)
        while ended.code == 75 and tries:
            tries -= 1
            self.clock._passed += 300
            ended = await self.push(rows, **options)
        return ended

    def back_up(self, name: str = "backup") -> None:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.state_folder, self.folder / name)

    def put_back(self, name: str = "backup") -> None:
        shutil.rmtree(self.state_folder, ignore_errors=True)
        shutil.copytree(self.folder / name, self.state_folder)

    def _of_run(self, run_id: str) -> Setting:
        loaded = self.settings()
        return Setting(loaded, destination_of_run(loaded, run_id), self.out, clock=self.clock)

    async def _ended(self, work: Callable[[], Any]) -> Ended:
        try:
            report = await work()
        except Stopped as stopped:
            report = stopped.report
        except EtlError as error:
            return Ended(error.exit_code, told=str(error))
        except (TypeError, AssertionError, LookupError, ValueError, RuntimeError) as error:
            return Ended(70, told=repr(error))
        file = self.out / "results" / f"{report.run_id}.parquet"
        results = pl.read_parquet(file).to_dicts() if file.exists() else []
        return Ended(report.exit_code, dict(report.outcomes), results, report.run_id, str(report.error or ""))

    def log(self, *outcomes: str) -> list[dict[str, Any]]:
        """What took effect at the server, in this machine's shop."""
        tenants = self.simulator.options.tenants
        return [
            entry
            for entry in self.simulator.log
            if entry["outcome"] in outcomes and (not tenants or entry["tenant"] == self.user)
        ]

    @property
    def made(self) -> list[str]:
        """The names of those who were created, in order."""
        names = ("naam", "name", "lastname")
        return [str(next(filter(None, map(one["body"].get, names)), None)) for one in self.log("created")]

    @property
    def touched(self) -> set[str]:
        """The ids of records that were changed or deleted."""
        return {entry["id"] for entry in self.log("updated", "merged", "deleted")}


def _cell(value: Any) -> str | None:
    return None if value is None else str(value)


WIRE = {
    "customers": {"last_name": "name", "city": "city", "email": "email", "postcode": "postcode"},
    "contacten": {"last_name": "naam", "city": "plaats", "postcode": "postcode", "website": "website"},
    "klanten": {"last_name": "naam", "city": "plaats", "postcode": "postcode", "website": "website"},
    "contacts": {
        "last_name": "name", "city": "location_city", "email": "email", "postcode": "location_postal",
        "phone": "phone", "website": "website",
    },
    "moneybird": {"last_name": "lastname", "city": "city", "email": "email", "postcode": "zipcode"},
}  # fmt: skip
"""Where a column of a row stands at a target, for those that read back as they were sent."""


def amiss(machine: Machine, remote_id: str, row: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Where a record does not say what a row says: what is there, and what the row has."""
    record = machine.colleague.sees(remote_id) if remote_id else None
    if record is None:
        return {"record": (None, row["nr"])}
    own = record.get("Contact", record)
    found = {
        column: (own.get(wire), row[column])
        for column, wire in WIRE[machine.target].items()
        if column in row and column != "phone" and _plain(own.get(wire)) != _plain(row[column])
    }
    if machine.target in ("contacten", "klanten") and "email" in row:
        mails = [person.get("email1") for person in record["contactpersonen"]]
        if row["email"] not in mails:
            found["email"] = (mails, row["email"])
    return found


def _plain(value: Any) -> str:
    return "".join(str(value or "").split()).casefold()


def untrue(machine: Machine, ended: Ended, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The rows of a run that were told as done, and are not, by the server's own records."""
    by_key = {str(row["nr"]): row for row in rows}
    told: dict[str, Any] = {}
    for result in ended.results:
        row = by_key[result["key"]]
        if result["outcome"] in DONE and (found := amiss(machine, result["remote_id"], row)):
            told[result["key"]] = (result["outcome"], found)
        if result["outcome"] == "deleted" and result["remote_id"] and machine.colleague.sees(result["remote_id"]):
            told[result["key"]] = ("deleted", "it is there")
    return told


def ledger_id(machine: Machine) -> str:
    return str(json.loads((machine.state_folder / "ledger.seal").read_text())["id"])


def lose_ledger(machine: Machine) -> None:
    for path in machine.state_folder.glob("ledger.db*"):
        path.unlink()


def shown(key: str | int, **fields: Any) -> dict[str, Any]:
    """An answer of success that shows this and changes nothing."""
    return {"status": 200, "body": json.dumps({"customer_id": int(key), "id": int(key), **fields})}


@asynccontextmanager
async def machine_at(folder: Path, target: str, **options: Any) -> AsyncIterator[Machine]:
    """A machine at a simulator of its own, whose clock is the machine's; without rows unless told otherwise."""
    clock = QuickClock()
    given = {"rows": 0, "products": 0, "per_minute": None, "per_day": None, "moneybird_per_5_minutes": None, **options}
    async with Simulator(now=lambda: clock.now().timestamp(), **given) as simulator:
        yield Machine(folder / "machine", target, simulator, clock=clock)
