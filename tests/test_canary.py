"""Secrets and people planted in every field, header and error: what the program writes, anywhere, is searched for them.

Secrets are nowhere. People are where they have to be: landed pages, tables, rejects, results, the ledger and its
copies, and what `get`, `find` and `review` print because they were asked to.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.canary import ENVIRONMENT, PASSWORD, PEOPLE, PERSON, SECRETS, holds, people, unfolded
from tests.support.quoting import QuotingShop
from tests.support.workplace import Project, Ran

CONFIG = """
[accounts.bikes]
system = "cyclesoftware"
base_url = "{url}"
username = "${CANARY_USER}"
password = "file:password"
settle_s = 0.05
budget = { per_minute = 100000, per_day = 1000000 }

[accounts.park]
system = "recras"
base_url = "{url}"
api_key = "${CANARY_KEY}"
budget = { per_minute = 100000, per_day = 1000000 }

[accounts.books]
system = "invoicing"
base_url = "{url}"
username = "${CANARY_USER}"
password = "file:password"
settle_s = 0.05
budget = { per_minute = 100000, per_day = 1000000 }

[accounts.books.defaults]
payment_term_days = 14
"""
PEOPLES_PLACES = ("landing", "contacts", "phone_numbers", "rejects", "ledger.db", "ledger.db-wal")


@dataclass
class Canary:
    """The commands that ran, and all that they wrote."""

    project: Project
    told: dict[str, Ran] = field(default_factory=dict)

    def run(self, title: str, *arguments: str, codes: tuple[int, ...] = (0,)) -> Ran:
        told = ["--json", "--log-format", "json"] if len(self.told) % 2 else ["--json"]
        ran = self.project.cli(*arguments, *told, env=ENVIRONMENT)
        assert ran.code in codes, (title, ran)
        self.told[title] = ran
        return ran

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every file below the project but those that the test wrote: its name, and it as it is and unfolded."""
        for path in self.project.folder.rglob("*"):
            if path.is_file() and path.name not in ("etl.toml", "password", "people.csv", "map.toml"):
                name = str(path.relative_to(self.project.folder))
                yield name, name.encode() + b"\n" + unfolded(path.read_bytes(), path)


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canary]:
    """One life of a project, with everything that can go wrong in it."""
    project = Project(tmp_path_factory.mktemp("canary"))
    canary = Canary(project)
    password = project.folder / "password"
    password.touch(0o600)
    password.write_text(PASSWORD)
    with pytest.MonkeyPatch.context() as patch, QuotingShop(PERSON) as shop:
        patch.setenv("XDG_STATE_HOME", str(project.folder / "xdg"))
        patch.setenv("TMPDIR", str(project.folder))
        project.configure(CONFIG, shop.base_url)
        live(canary, shop)
        yield canary


def live(canary: Canary, shop: QuotingShop) -> None:
    file = people(canary.project.folder / "people.csv", 8)
    push = ("push", str(file), "--to", "bikes.customers", "--yes", "--out", "out")
    canary.run("check", "check")
    shop.refuse = {"GET": [401]}
    canary.run("refused check", "check", codes=(77,))
    shop.refuse = {"GET": [418]}
    for number in range(7):  # every order of what is quoted
        canary.run(f"refused export {number}", "export", "--out", "out", codes=(69,))
    shop.refuse = {}
    canary.run("dry run", *push, "--dry-run")
    shop.refuse = {"POST": [None, 400, 409, 422, 500, 400, 400, None]}
    pushed = canary.run("push", *push, codes=(65, 75))
    canary.run("again", *push, codes=(0, 65, 75))
    changed = people(file, 8, city="Vogelenzang")
    shop.refuse = {"PUT": [400, 422, 500, None]}
    canary.run("changed", "push", str(changed), *push[2:], codes=(0, 65, 75))
    shop.refuse = {"POST": [401]}
    canary.run("refused push", "push", str(people(file, 12)), *push[2:], codes=(77, 65, 75))
    shop.refuse = {"POST": [None, 400, 409, 422, 500, None]}
    books = ("push", str(people(file, 6, kind="customer")), "--to", "books.contacts", "--yes", "--out", "books")
    canary.run("push to the books", *books, codes=(65, 75))
    shop.refuse = {}
    canary.run("push to the books again", *books, codes=(0, 65, 75))
    shop.refuse = {"PUT": [400, 422, 500, None]}
    changed = people(file, 6, kind="customer", city="Vogelenzang")
    canary.run("changed in the books", "push", str(changed), *books[2:], codes=(0, 65, 75))
    shop.refuse = {}
    shop.odd = True
    canary.run("odd export", "export", "bikes", "--out", "out", codes=(65, 76))
    shop.odd = False
    canary.run("export", "export", "--out", "out", "--full", codes=(0, 65, 76))
    found = canary.run("find", "find", "bikes.customers", "--email", f"1{PERSON['email']}")
    (record, *_) = found.summary["records"]
    canary.run("get", "get", "bikes.customers", str(record["source_id"]))
    shop.refuse = {"GET": [400]}
    canary.run("refused find", "find", "bikes.customers", "--email", PERSON["email"], codes=(69,))
    shop.refuse = {}
    canary.run("replay", "replay", "--out", "again", codes=(0, 65))
    canary.run("plan", "plan", "push", str(file), "--to", "bikes.customers")
    canary.run("status", "status")
    canary.run("status of a run", "status", pushed.summary["run_id"])
    canary.run("review", "review", pushed.summary["run_id"])
    canary.run("verify", "verify", pushed.summary["run_id"], codes=(0, 65))
    shop.refuse = {"PUT": [400]}
    canary.run("undo", "undo", pushed.summary["run_id"], "--yes", codes=(0, 65, 75))
    shop.refuse = {}
    (canary.project.folder / "map.toml").write_text('[columns]\nlast_name = "nowhere"\n')
    canary.run("bad map", *push, "--map", "map.toml", codes=(64,))
    canary.run("bad option", "find", "bikes.customers", "--nothing", codes=(64,))


ASKED_FOR = ("get", "find", "review", "dry run")
"""What prints people because it was asked to show records or rows."""


def test_no_secret_is_in_anything_that_was_told(canary: Canary) -> None:
    for title, ran in canary.told.items():
        assert holds((ran.out + ran.err).encode(), SECRETS) == set(), (title, ran)


def test_no_secret_is_in_any_file(canary: Canary) -> None:
    found = {name: held for name, data in canary.files() if (held := holds(data, SECRETS))}
    assert found == {}


def test_people_are_told_only_to_who_asked_for_them(canary: Canary) -> None:
    for title, ran in canary.told.items():
        assert holds(ran.err.encode(), PEOPLE) == set(), (title, ran.err)
        if title not in ASKED_FOR:
            assert holds(ran.out.encode(), PEOPLE) == set(), (title, ran.out)


def test_people_are_only_in_the_files_that_are_for_them(canary: Canary) -> None:
    held = {name for name, data in canary.files() if holds(data, PEOPLE)}
    elsewhere = {name for name in held if not set(Path(name).parts) & set(PEOPLES_PLACES)}
    assert elsewhere == set()
    assert {part for name in held for part in Path(name).parts} >= {"landing", "contacts", "rejects", "ledger.db"}
    assert {Path(name).parts[1] for name in held if name.startswith("books/")} == {"rejects"}


def test_every_system_and_its_results_were_searched(canary: Canary) -> None:
    names = {name for name, _ in canary.files()}
    assert {Path(name).name for name in names if name.startswith("out/contacts/")} >= {
        "bikes.customers.parquet", "books.contacts.parquet", "park.contacten.parquet"
    }  # fmt: skip
    assert {Path(name).parts[1] for name in names if name.startswith("books/")} == {"rejects", "results", "runs"}
    outcomes = canary.told["push to the books"].summary["outcomes"]
    assert outcomes["created"] and outcomes["rejected"], outcomes
    assert canary.told["push to the books again"].summary["received"] == 6


def test_the_search_finds_what_is_planted(canary: Canary) -> None:
    """A search that finds nothing anywhere proves nothing."""
    assert holds((canary.project.folder / "password").read_bytes(), SECRETS)
    assert holds(canary.told["get"].out.encode(), PEOPLE)
    assert sum("…" in ran.err + ran.out for ran in canary.told.values()) >= 8
    assert len([name for name, _ in canary.files() if "runs/" in name]) >= 8


def test_neither_secrets_nor_people_are_in_the_command_line_of_a_process(tmp_path: Path) -> None:
    project, held = Project(tmp_path), threading.Event()
    password = project.folder / "password"
    password.touch(0o600)
    password.write_text(PASSWORD)
    with QuotingShop(PERSON, held=held) as shop:
        file = people(project.folder / "people.csv", 1)
        project.configure(CONFIG, shop.base_url)
        order = ("push", str(file), "--to", "bikes.customers", "--yes", "--out", "out", "--json")
        process = project.start(*order, env=ENVIRONMENT)
        assert shop.holding.wait(60)
        shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        held.set()
        out, err = process.communicate(timeout=60)
    assert (process.returncode, b"etl" in shown) == (0, True), err
    assert holds(shown, SECRETS | PEOPLE) == set()
    assert holds((out + err).encode(), SECRETS | PEOPLE) == set()
