"""A state folder that an older release wrote opens, says the same, and goes on.

The files in older/ are what those releases left: each database as its own SQL, named by its layout, and the landed
pages. `{url}`, `{folder}` and `{target}` stand for what differs from one machine to the next.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from etl.config.identity import identity_of
from etl.errors import ConfigurationError
from etl.push.push_order import destination_of
from etl.state.database import Database
from etl.state.entries import Cause, EntryState, Form, FormKind, Source
from etl.state.journal import Withdrawal
from etl.state.journal_schema import MIGRATIONS
from etl.state.ledger import Ledger
from etl.state.ledger_file import LedgerPaths, open_ledger
from tests.support.clock import NOON, QuickClock
from tests.support.machine import Machine, machine_at, people
from tests.support.scripted import CHANGES, Server, customer, offsets, shop_of
from tests.support.workplace import BIKES, Project

OLDER = Path(__file__).parent / "older"
SHOP = BIKES.replace("accounts.bikes", "accounts.shop").replace('"shop"', '"other"')


def restore(path: Path, layout: str, **here: str) -> None:
    """Make the database that an older release left."""
    text = (OLDER / f"{layout}.sql").read_text("utf-8")
    for name, value in here.items():
        text = text.replace(f"{{{name}}}", value)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(text)


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)


# -- exports ------------------------------------------------------------------------------------------


def within(asked: list[str]) -> list[str]:
    """Without the page that may be guessed past the end of six rows in pages of two."""
    return [offset for offset in asked if offset != "5"]


class Older:
    """A project whose state is an older release's, beside the shop that it exported. At noon it was last used an hour
    ago."""

    def __init__(self, project: Project, server: Server) -> None:
        self.project, self.server = project.configure(f"{BIKES}{SHOP}", server.base_url), server
        self.journal = project.state / "state.db"
        self.restore("state-2")
        for file, page in json.loads((OLDER / "landing.json").read_text("utf-8")).items():
            path = project.state / "landing" / file
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(page))

    def restore(self, layout: str, url: str = "") -> None:
        """Make the journal anew, as that layout had it, of exports from that address."""
        self.journal.unlink(missing_ok=True)
        restore(self.journal, layout, url=url or self.server.base_url, folder=str(self.project.folder))

    async def export(self, account: str, name: str) -> list[str]:
        """The pages that an export of a shop with six customers of that name asks for."""
        self.server.script = shop_of([customer(n, name=f"{name} {n}") for n in range(1, 7)], 2)
        assert (await self.project.export(account, clock=QuickClock(NOON))).exit_code == 0
        return offsets(self.server)

    def names(self, account: str) -> list[str]:
        return self.project.table(of=f"{account}.customers").sort("source_id")["last_name"].to_list()


@pytest.fixture
def older(project: Project) -> Iterator[Older]:
    with Server(()) as server:
        yield Older(project, server)


@pytest.mark.parametrize(("account", "name"), [("bikes", "Zes"), ("shop", "Vijf")])
async def test_an_unfinished_export_goes_on_at_its_next_page(account: str, name: str, older: Older) -> None:
    assert await older.export(account, name) == ["4", CHANGES]
    assert older.names(account) == [f"{name} {n}" for n in range(1, 7)]


async def test_what_was_dropped_before_a_run_was_killed_is_fetched_anew(older: Older) -> None:
    change(older.journal, "UPDATE extractions SET arguments = 'dropped' WHERE account = 'shop'")
    assert within(await older.export("shop", "Acht")) == ["0", "1", "2", "3", "4", CHANGES]
    assert older.names("shop") == [f"Acht {n}" for n in range(1, 7)]


@pytest.mark.parametrize(
    ("account", "names"),
    [("bikes", ["Twee 1", "Drie 2", "Twee 3", "Twee 4", "Een 5"]), ("shop", [f"Twee {n}" for n in range(1, 5)])],
)
async def test_a_replay_stands_on_what_was_complete_dropped_or_not(
    account: str, names: list[str], older: Older
) -> None:
    report = await older.project.replay(account, out=older.project.out)
    assert (report.exit_code, older.server.seen) == (0, [])
    assert older.names(account)[: len(names)] == names


def test_why_an_extraction_was_given_up_becomes_a_column_and_what_it_was_asked_for_with_is_known_again(
    older: Older,
) -> None:
    with closing(sqlite3.connect(older.journal)) as before:
        asked = dict(before.execute("SELECT run_id, arguments FROM runs"))
        runs = dict(before.execute("SELECT extraction, run_id FROM run_extractions"))
    database = Database(older.journal, MIGRATIONS)
    found = {row["id"]: row for row in database.read("SELECT * FROM extractions")}
    database.close()
    assert {number: row["withdrawn"] for number, row in found.items()} == {
        1: Withdrawal.PURGED, 2: Withdrawal.DROPPED, 3: None, 4: Withdrawal.DROPPED, 5: None, 6: Withdrawal.DROPPED,
        7: None, 8: None,
    }  # fmt: skip
    assert {number: row["arguments"] for number, row in found.items()} == {n: asked[runs[n]] for n in found}


def test_the_journal_takes_no_other_reason_for_giving_an_extraction_up(older: Older) -> None:
    database = Database(older.journal, MIGRATIONS)
    with pytest.raises(ConfigurationError), database.write() as db:
        db.execute("UPDATE extractions SET withdrawn = 'lost' WHERE id = 7")
    database.close()


ELSEWHERE = "https://elsewhere.example.nl"


def tenants_of(path: Path, table: str) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"SELECT account, tenant FROM {table} ORDER BY account").fetchall()


def test_a_status_changes_nothing_of_what_was_kept_by_name_alone(older: Older) -> None:
    """A run may be busy with the stream."""
    Database(older.journal, MIGRATIONS).close()
    before = tenants_of(older.journal, "extractions")
    ran = older.project.cli("status", "--json")
    assert (ran.code, {each["present"] for each in ran.summary["cursors"]}) == (0, {True}), ran.err
    assert tenants_of(older.journal, "extractions") == before


@pytest.mark.parametrize("layout", [2, 3])
async def test_what_was_kept_by_name_alone_is_taken_over_by_the_first_run_at_its_address(
    layout: int, older: Older
) -> None:
    Database(older.journal, MIGRATIONS[:layout]).close()
    Database(older.journal, MIGRATIONS).close()
    unknown = f"? {older.server.base_url}"
    assert {tenant for _, tenant in tenants_of(older.journal, "extractions")} == {unknown}
    assert tenants_of(older.journal, "vanished") == [("bikes", unknown), ("shop", unknown)]
    assert (await older.project.replay("bikes", out=older.project.out)).exit_code == 0
    assert "Een 5" in older.names("bikes")
    mine = identity_of(older.project.settings().accounts["bikes"]).tenant
    assert set(tenants_of(older.journal, "extractions")) == {("bikes", mine), ("shop", unknown)}
    assert tenants_of(older.journal, "vanished") == [("bikes", mine), ("shop", unknown)]


async def test_what_was_kept_of_another_address_is_nobodys_and_stays(
    older: Older, caplog: pytest.LogCaptureFixture
) -> None:
    older.restore("state-2", url=ELSEWHERE)
    assert within(await older.export("bikes", "Zes")) == ["0", "1", "2", "3", "4", CHANGES]
    assert older.names("bikes") == [f"Zes {n}" for n in range(1, 7)]
    assert "bikes: its address belongs to another shop than last time" in caplog.text
    assert ("bikes", f"? {ELSEWHERE}") in tenants_of(older.journal, "extractions")
    assert tenants_of(older.journal, "vanished") == [("bikes", f"? {ELSEWHERE}"), ("shop", f"? {ELSEWHERE}")]


async def test_who_vanished_is_that_addresss_whose_export_missed_him(older: Older) -> None:
    change(older.journal, f"UPDATE extractions SET origin = '{ELSEWHERE}' WHERE id IN (1, 3, 5)")
    await older.export("bikes", "Zes")
    assert older.names("bikes") == [f"Zes {n}" for n in range(1, 7)]
    assert tenants_of(older.journal, "vanished")[0] == ("bikes", f"? {ELSEWHERE}")


async def test_a_second_credential_at_the_address_finds_nothing_of_it_left_to_take(older: Older) -> None:
    await older.export("bikes", "Zes")
    older.project.configure(f"{BIKES}{SHOP}".replace('"shop"', '"second"'), older.server.base_url)
    asked = len(older.server.seen)
    assert within((await older.export("bikes", "Acht"))[asked:]) == ["0", "1", "2", "3", "4", CHANGES]
    assert older.names("bikes") == [f"Acht {n}" for n in range(1, 7)]


# -- pushes -------------------------------------------------------------------------------------------


def opened(folder: Path, layout: str) -> Iterator[Ledger]:
    restore(folder / "ledger.db", layout, target="there")
    with open_ledger(LedgerPaths(folder, folder / "seals"), "there", now=NOON) as ledger:
        yield ledger


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Ledger]:
    yield from opened(tmp_path, "ledger-1")


@pytest.fixture
def third(tmp_path: Path) -> Iterator[Ledger]:
    yield from opened(tmp_path, "ledger-3")


def test_what_a_doubt_means_becomes_a_column_and_its_reason_keeps_only_words(first: Ledger) -> None:
    assert {entry.source.key: (entry.cause, entry.reason) for entry in first.in_doubt()} == {
        "30": (Cause.REFUSED, "Something went wrong (409)."),
        "31": (None, "The connection broke before an answer came."),
        "32": (Cause.MISDIRECTED, "The answer is about another record (1)."),
    }
    done = first.entries_of([Source("", "", str(n)) for n in (1, 2, 3)])
    assert [(entry.state, entry.cause, entry.remote_id) for entry in done.values()] == [
        (EntryState.DONE, None, key) for key in ("1001", "1002", "1003")
    ]


def test_how_a_target_spells_becomes_a_form_and_a_length(third: Ledger) -> None:
    assert third.spellings() == {
        "fax": [Form(FormKind.DROPPED)],
        "location_city": [Form(FormKind.CASE)],
        "website": [Form(FormKind.CUT, 28)],
    }


@pytest.mark.parametrize("form", [("cut:28", 0), ("case", 3), ("cut", -1), ("hyphens", 0)])
def test_a_ledger_takes_no_form_that_is_none(form: tuple[str, int], third: Ledger) -> None:
    with pytest.raises(ConfigurationError):
        third.learn_spelling("naam", Form(*form))  # type: ignore[arg-type]  # what another program may try
    assert set(third.spellings()) == {"fax", "location_city", "website"}


def test_a_form_that_is_known_is_learnt_once(third: Ledger) -> None:
    before = third.spellings()
    third.learn_spelling("website", Form(FormKind.CUT, 28))
    assert third.spellings() == before
    third.learn_spelling("website", Form(FormKind.CUT, 40))
    assert third.spellings()["website"] == [Form(FormKind.CUT, 28), Form(FormKind.CUT, 40)]


def test_an_accepted_record_has_no_hash_and_every_other_entry_keeps_its_own(third: Ledger) -> None:
    known = third.entries_of([Source("", "", key) for key in ("1", "2", "3", "20", "30", "31", "32")])
    assert {entry.source.key for entry in known.values() if entry.hash is None} == {"20"}
    assert {len(entry.hash) for entry in known.values() if entry.hash is not None} == {32}


def test_a_ledger_of_a_newer_release_is_told_as_such_and_not_as_damaged(tmp_path: Path) -> None:
    restore(tmp_path / "ledger.db", "ledger-3", target="there")
    change(tmp_path / "ledger.db", "PRAGMA user_version = 99")
    with (
        pytest.raises(ConfigurationError, match="newer contact-etl") as raised,
        open_ledger(LedgerPaths(tmp_path, tmp_path / "seals"), "there", now=NOON),
    ):
        pass
    assert "--rebuild-ledger" not in str(raised.value)


async def test_what_the_first_layout_left_in_doubt_is_settled_by_what_its_absence_means(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        old = f"{machine.simulator.base_url.partition('://')[2]}/customers"
        restore(machine.state_folder / "ledger.db", "ledger-1", target=old)
        machine.settings()
        assert Project(machine.folder).cli("ledger", "rename", old, "er.customers", "--yes").code == 0
        found = await settled(machine)
        assert found == {"30": EntryState.REJECTED, "31": EntryState.PENDING, "32": EntryState.REVIEW}
        ended = await machine.push(people(3, first=30))
        assert [row["outcome"] for row in ended.results] == ["created", "created", "review"]


async def test_what_the_third_layout_left_in_doubt_is_settled_and_what_it_knows_is_not_sent_again(
    tmp_path: Path,
) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        target = destination_of(machine.settings(), "er.contacts").key
        restore(machine.state_folder / "ledger.db", "ledger-3", target=target)
        assert await settled(machine) == {"30": EntryState.REJECTED, "31": EntryState.DONE, "32": EntryState.PENDING}
        ended = await machine.push(people(3, first=30))
        assert [row["outcome"] for row in ended.results] == ["created", "unchanged", "created"]
        assert machine.made == ["Jansen 40", "Jansen 30", "Jansen 32"]


async def settled(machine: Machine) -> dict[str, EntryState]:
    """What becomes of the rows 30, 31 and 32, none of which is there, when another one is pushed the day after."""
    machine.clock.jump(timedelta(days=1))
    assert (await machine.push(people(1, first=40))).outcomes == {"created": 1}
    place = LedgerPaths(machine.state_folder, machine.folder / "steady" / "seals")
    target = destination_of(machine.settings(), f"er.{machine.target}").key
    with open_ledger(place, target, now=machine.clock.now(), touch=False) as ledger:
        found = ledger.entries_of([Source("", "", str(n)) for n in (30, 31, 32)])
    return {source.key: entry.state for source, entry in sorted(found.items())}
