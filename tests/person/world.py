"""A project in which one person is everywhere, and a search for them in every byte of it."""

from __future__ import annotations

import gzip
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import brotli
import orjson
import polars as pl

from etl.clock import Clock
from etl.person.wanted import Asked
from etl.push.input.rows import read_input
from etl.push.push import Setting, held, push
from etl.push.push_order import Order, destination_of
from etl.push.report import PushReport
from etl.runs.person import Told, erase_person, find_person
from etl.runs.report import TablesReport
from etl.simulator import Simulator
from tests.support.clock import NOON, QuickClock
from tests.support.scripted import Answer, Seen, Server, customer, is_closing, page
from tests.support.workplace import BIKES, BOOKS, PARK, Project

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DAY = timedelta(days=1)
EMAIL, PHONE = "z.quaak@voorbeeld.nl", "+31612349876"
NAME = "Quaakenbrug"
NOTATIONS = ("06-12349876", "+31 (0)6 1234 9876", "0031612349876", "06 12 34 98 76", "612349876")
TARGET = """
[accounts.er]
system = "invoicing"
base_url = "{target}"
username = "demo"
password = "demo"
budget = {{ per_minute = 100000, per_day = 1000000 }}
[state]
budgets = "budgets.db"
"""


@dataclass
class World:
    """Three sources and a target. `day` counts the exports; on each of them somebody else's name changes."""

    project: Project
    server: Server
    simulator: Simulator
    day: int = 0
    with_person: bool = True
    more: dict[str, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        target = TARGET.format(target=self.simulator.base_url)
        text = "".join(one.replace("{url}", self.server.base_url) for one in (BIKES, PARK, BOOKS))
        self.project.configure(text + target)
        self.server.script = self._answer

    @property
    def folder(self) -> Path:
        return self.project.folder

    @property
    def clock(self) -> QuickClock:
        return QuickClock(NOON + self.day * DAY)

    # -- what the sources tell -------------------------------------------------------------------------

    def _answer(self, seen: Seen) -> Answer:
        if "/api2/" in seen.path:
            listed = self._relations() if "contacten" in seen.path else []
            return Answer(gzip.compress(orjson.dumps(listed), mtime=0), headers={"Content-Encoding": "gzip"})
        if "customers" in seen.path:
            return Answer(page([] if is_closing(seen) else self._customers()))
        data = {"Contacts": self._debtors(), "count": len(self._debtors())}
        body = orjson.dumps({"response": {"code": 200, "message": "", "exception": [], "data": data}})
        return Answer(brotli.compress(body), headers={"Content-Encoding": "br"})

    def _customers(self) -> list[Any]:
        rest = [customer(n, name=f"Naam {n} van dag {self.day}", email=f"n{n}@voorbeeld.nl") for n in range(2, 6)]
        phones = [{"phone_number_id": "mob", "phone_number": "06-12349876", "name": ""}]
        theirs = customer(1, name=NAME, email=f" {EMAIL.upper()} ", phone_numbers=phones)
        return [*rest[:2], *([theirs] if self.with_person else []), *rest[2:], *self.more.get("bikes", ())]

    def _relations(self) -> list[Any]:
        piet = {"id": 7, "voornaam": "Piet", "achternaam": f"Bakker {self.day}", "email1": "piet@acme.nl"}
        them = {"id": 8, "voornaam": "Zebedeus", "achternaam": NAME, "telefoon1": "+31 (0)6 1234 9876", "email1": EMAIL}
        company = {"id": 11, "type": "klant", "naam": "Acme BV", "contactpersonen": [piet]}
        own = {"id": 12, "type": "klant", "naam": NAME, "contactpersonen": [them]}
        unfit = {"id": 13, "type": "klant", "naam": {"achternaam": NAME}, "website": EMAIL}
        if self.with_person:
            company["contactpersonen"] = [them, piet]
            company["factuur_adressering"] = f"t.a.v. Zebedeus {NAME}"
        other = {"id": 14, "type": "klant", "naam": "Ander", "contactpersonen": []}
        broken = {"id": 15, "type": "klant", "naam": {"achternaam": "Iemand"}}
        return [company, *([own, unfit] if self.with_person else []), other, broken, *self.more.get("park", ())]

    def _debtors(self) -> list[Any]:
        theirs = {"Contact": {"id": "21", "name": NAME, "phone": "0031612349876", "email": EMAIL}, "SubContact": []}
        rest = [{"Contact": {"id": str(n), "name": f"Klant {n} {self.day}"}, "SubContact": []} for n in range(22, 26)]
        return [*([theirs] if self.with_person else []), *rest, *self.more.get("books", ())]

    # -- what is done ------------------------------------------------------------------------------------

    async def export(self, **how: Any) -> TablesReport:
        self.day += 1
        return await self.project.export(
            "bikes", "park.contacten", "books", clock=self.clock, accept_deletions=True, **how
        )

    async def push(self, *rows: dict[str, Any], dry_run: bool = False) -> PushReport:
        loaded = self.project.settings()
        destination = destination_of(loaded, "er.contacts")
        file = self.folder / "klanten.csv"
        pl.DataFrame(list(rows)).write_csv(file)
        order = Order(files=[file], out=self.project.out, key="nr", dry_run=dry_run)
        setting = Setting(loaded, destination, self.project.out, clock=self.clock)
        with held(loaded, destination):
            report = await push(setting, order, read_input(order, destination))
        file.unlink()
        return report

    def find(self, asked: Asked | None = None) -> Told:
        return find_person(self.project.settings(), asked or ASKED, [self.project.out], clock=self.clock)

    def erase(self, asked: Asked | None = None, *, clock: Clock | None = None, dry_run: bool = False) -> Told:
        loaded = self.project.settings()
        return erase_person(loaded, asked or ASKED, [self.project.out], clock=clock or self.clock, dry_run=dry_run)


ASKED = Asked(frozenset({EMAIL}), frozenset({PHONE}))


def row(number: int, **more: Any) -> dict[str, Any]:
    """A row of a spreadsheet, of somebody else."""
    person = {"last_name": f"Jansen {number}", "email": f"j{number}@voorbeeld.nl", "phone": f"020123456{number}"}
    where = {"address_line": "Dorpsstraat 12", "postcode": "1337XD", "city": "Utrecht", "country": "NL"}
    return {"nr": str(number), **person, **where, "payment_term_days": "14", **more}


def their_row(number: int) -> dict[str, Any]:
    return row(number, last_name=NAME, email=EMAIL, phone="06 12 34 98 76")


# -- every byte of a project ---------------------------------------------------------------------------


def texts_of(path: Path) -> Iterator[bytes]:
    """A file as it stands, and what a reader makes of it."""
    data = path.read_bytes()
    yield data
    match path.suffix:
        case ".gz":
            yield gzip.decompress(data)
        case ".br":
            yield brotli.decompress(data)
        case ".zst":
            yield zstd.decompress(data)
        case ".xlsx":
            with zipfile.ZipFile(path) as book:
                yield from map(book.read, book.namelist())
        case ".parquet":
            yield str(pl.read_parquet(path).to_dicts()).encode()


def found_in(folder: Path) -> list[str]:
    """The files that hold the person in any notation, below a folder."""
    needles = [NAME, EMAIL, *NOTATIONS]
    pattern = re.compile("|".join(re.escape(one) for one in needles).encode(), re.IGNORECASE)
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(pattern.search(text) for text in texts_of(path))
    ]


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
