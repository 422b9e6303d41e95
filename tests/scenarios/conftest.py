"""A shop owner's folder: three accounts at a simulator, a list of members, and the spreadsheet that opens all files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from etl.simulator import Simulator
from tests.support.accounts import Accounts, Finished, make_accounts

CUSTOMERS = "cyclesoftware.customers"
COLUMNS = "Lidnr;Voornaam;Achternaam;Straat en nr;PC;Woonplaats;Land;Telefoon;E-mail;Korting;Opmerking"
MEMBERS = (
    '00201;Ria;van der Veen;Dijk 3;8011 AA;Zwolle;Nederland;038-4211999;ria@example.nl;5,00;belt "graag" terug',
    "00202;Tom;Maas;Kade 12-3;8011 AB;Zwolle;Nederlnd;06-12345678;tom@example.nl;12,50;x",
    "00203;Zoë;Daniëls;Rue Haute 12 bte 3;1000;Brussel;België;0475/12.34.56;zoe@example.be;;geen",
    "00204;Ine;Kok;Laan 5;8011 AD;Zwolle;Nederlnd;038-4211996;ine@example.nl;;=1+1",
)
MAP = """
ignore = ["Opmerking"]
[columns]
last_name = "Achternaam"
first_name = "Voornaam"
name = "{Voornaam} {Achternaam}"
address_line = "Straat en nr"
postcode = "PC"
city = "Woonplaats"
country = "Land"
phone = "Telefoon"
email = "E-mail"
discount_percentage = "Korting"
"""


@dataclass(frozen=True)
class Owner:
    """The folder, and the server that remembers what reached it."""

    accounts: Accounts
    server: Simulator

    @property
    def folder(self) -> Path:
        return self.accounts.folder

    def write(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        return path

    def members(self, *, country: str | None = None) -> Path:
        """The list of members, two with a country that nobody knows, or with the right one."""
        text = "\n".join([COLUMNS, *MEMBERS]) + "\n"
        self.write("map.toml", MAP)
        return self.write("leden.csv", text.replace("Nederlnd", country) if country else text)

    async def push(self, *files: Path, to: str = "bikes.customers", **options: str) -> Finished:
        more = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value) if word]
        named = map(str, files)
        return await self.accounts.etl("push", *named, "--to", to, "--out", str(self.accounts.out), "--yes", *more)

    async def push_members(self, file: Path, **options: str) -> Finished:
        return await self.push(file, map=str(self.folder / "map.toml"), key="Lidnr", **options)

    def rejects(self, ran: Finished) -> Path:
        """The rejects file of a push, the CSV."""
        return self.accounts.out / "rejects" / f"{ran.summary['run_id']}.csv"

    def customers(self, store: str = CUSTOMERS) -> list[Mapping[str, Any]]:
        records = self.server.stores[store]
        return [record for key in records.ids() if (record := records.get(key)) is not None]

    def values(self, name: str, store: str = CUSTOMERS) -> list[str]:
        return sorted(str(record.get(name) or "") for record in self.customers(store))


@pytest.fixture
async def owner(tmp_path: Path) -> AsyncIterator[Owner]:
    async with Simulator(rows=0, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        with accounts.config.open("a") as file:
            file.write("[accounts.books.defaults]\npayment_term_days = 14\n")
        yield Owner(accounts, server)
