"""docs/formats.md and docs/push.md say what the code does: tables, columns, seals, examples, calls and options."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import click
import pytest

from etl.budget.account_state import Claim, Facts, Foreign, Heard, Hunger, WaitingSession
from etl.budget.day import Day
from etl.budget.key import key_of
from etl.budget.limits import WindowLimit
from etl.budget.skew import Skew
from etl.budget.sqlite_store import SCHEMA
from etl.cli.migrate import migrate
from etl.cli.push import push
from etl.cli.verify_undo import undo, verify
from etl.config.identity import identity_of, origin_of
from etl.config.settings import Account
from etl.push.ownership.references import reference_of
from etl.push.prepare.call_count import calls_of, is_listed
from etl.push.report import OUTCOMES
from etl.state import journal_schema, ledger_schema
from etl.state.entries import Cause, Choice, EntryState, FormKind, Source
from etl.state.journal import Withdrawal
from etl.state.ledger_retention import Extent
from etl.state.seal import Seal
from etl.systems import SYSTEMS
from etl.systems.declare import Target
from etl.systems.targets import targets_of

HERE = Path(__file__).parent.parent
FORMATS = (HERE / "docs/formats.md").read_text("utf-8")
PUSH = (HERE / "docs/push.md").read_text("utf-8")
LEDGER_ID = "0123456789abcdef"


FILES = {"ledger.db": ledger_schema.MIGRATIONS, "state.db": journal_schema.MIGRATIONS, "budgets.db": [SCHEMA]}


def columns_of(migrations: Sequence[str]) -> dict[str, dict[str, str]]:
    """Every column of every table that these scripts make, with its type as the document writes it."""
    database = sqlite3.connect(":memory:")
    try:
        for script in migrations:
            database.executescript(script)
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: {
                column: f"{kind}{'' if filled or key else '?'}"
                for _, column, kind, filled, _, key in database.execute(f"PRAGMA table_info({name})")
            }
            for name in names
        }
    finally:
        database.close()


def told_of(file: str) -> dict[str, dict[str, str]]:
    """What the document says of a file: a section a table, a row of its table for one or several columns of a type."""
    found: dict[str, dict[str, str]] = {}
    for table, text in re.findall(rf"^### {re.escape(file)}: (\w+)\n((?:(?!^#).*\n?)*)", FORMATS, re.MULTILINE):
        rows = re.findall(r"^\| (`.+?`) \| ([A-Z]+\??) \|", text, re.MULTILINE)
        columns = [(name, kind) for names, kind in rows for name in re.findall(r"`(\w+)`", names)]
        assert len(columns) == len(dict(columns)), f"{table}: a column is described twice"
        found[table] = dict(columns)
    return found


@pytest.mark.parametrize("file", FILES)
def test_every_column_is_described_by_its_type_where_its_table_is_and_no_other_is(file: str) -> None:
    assert told_of(file) == columns_of(FILES[file])


def test_every_fact_of_a_budget_and_what_it_holds_is_described() -> None:
    text = FORMATS.partition("### The facts")[2].partition("\n## ")[0]
    parts = (Facts, Day, Heard, Foreign, Claim, WaitingSession, Hunger, Skew, WindowLimit)
    names = [name for part in parts for name in part.__dataclass_fields__]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_every_key_of_a_seal_is_described() -> None:
    told = json.loads(Seal("0" * 16, 1, "/state").text())
    text = FORMATS.partition("## The seals")[2].partition("\n## ")[0]
    assert [key for key in told if f'"{key}": …' not in text] == []


def test_every_state_cause_choice_and_outcome_is_described() -> None:
    words = [*EntryState, *Cause, *Choice, *FormKind, *Withdrawal, *Extent, *OUTCOMES]
    assert [word for word in words if not re.search(rf"\b{word}\b", FORMATS)] == []


@pytest.mark.parametrize(
    ("given", "stream"),
    [
        (
            {"system": "cyclesoftware", "base_url": "https://API.CycleSoftware.nl:443/", "username": "shop17"},
            "customers",
        ),
        ({"system": "recras", "base_url": "https://demo.recras.nl", "api_key": "k-123"}, "contacten"),
        ({"system": "invoicing", "base_url": "http://127.0.0.1:8460", "username": "demo"}, "contacts"),
    ],
)
def test_the_targets_shown_are_those_that_the_code_makes(given: dict[str, str], stream: str) -> None:
    account = Account.model_validate({"name": "any", "password": "secret", **given})
    assert f"`{identity_of(account).target(stream)}`" in FORMATS


@pytest.mark.parametrize(
    "given",
    [
        {
            "system": "cyclesoftware",
            "base_url": "https://API.CycleSoftware.nl:443/",
            "username": "shop17",
            "password": "geheim",
        },
        {"system": "recras", "base_url": "https://demo.recras.nl", "api_key": "k-123"},
    ],
)
def test_the_budgets_shown_are_those_that_the_code_makes(given: dict[str, str]) -> None:
    assert f"`{key_of(Account.model_validate({'name': 'any', **given}))}`" in FORMATS


def test_the_origins_shown_are_those_that_the_code_makes() -> None:
    shown = re.findall(r"^  \| (`https?://.+?) \| `(.+?)` \|$", FORMATS, re.MULTILINE | re.IGNORECASE)
    assert len(shown) == 6
    for urls, origin in shown:
        assert {origin_of(url) for url in re.findall(r"`(.+?)`", urls)} == {origin}


@pytest.mark.parametrize(
    "source", [Source("", "", "7"), Source("leden", "", "7"), Source("bikes", "customers", "1006")]
)
def test_the_references_shown_are_those_that_the_code_makes(source: Source) -> None:
    assert f"`{reference_of(LEDGER_ID, source)}`" in FORMATS


def test_the_fields_that_only_a_list_shows_are_named() -> None:
    unseen = {name for system in SYSTEMS.values() for target in targets_of(system) for name in target.unseen}
    assert [name for name in unseen if f"`{name}`" not in FORMATS] == []


# -- docs/push.md ----------------------------------------------------------------------------------------

EVERY = [(system.id, target) for system in SYSTEMS.values() for target in targets_of(system)]


@pytest.mark.parametrize(("system", "target"), EVERY, ids=[target.name for _, target in EVERY])
def test_the_calls_shown_are_those_that_a_row_takes(system: str, target: Target) -> None:
    stream = SYSTEMS[system].stream(target.stream)
    reading = 2 if stream.redirects else 1

    def shown(action: str) -> str:
        if getattr(target, action) is None:
            return "–"
        found = [
            f"{calls_of(target, stream, action, proof, reading=reading)}"  # type: ignore[arg-type]
            f"{'*' if is_listed(target, stream, action, proof) else ''}"  # type: ignore[arg-type]
            for proof in (None, "answer", "read")
        ]
        return found[0] if len(set(found)) == 1 else " / ".join(found)

    told = next(line for line in PUSH.splitlines() if line.startswith(f"| {system} `{target.name}`"))
    assert told.split(" | ")[1:] == [shown("create"), shown("update"), f"{shown('delete')} |"]


def test_every_option_named_is_one_of_a_command() -> None:
    known = {name for command in (push, migrate, undo, verify) for name in _options(command)}
    elsewhere = {"--accept", "--from", "--new", "--row", "--skip"}  # of etl review
    assert set(re.findall(r"--[a-z][a-z-]+", PUSH)) <= known | elsewhere


def _options(command: click.Command) -> list[str]:
    return [name for one in command.params for name in one.opts]


def test_pages_are_linked_and_their_links_lead_somewhere() -> None:
    readme = (HERE / "README.md").read_text("utf-8")
    assert "(docs/push.md)" in readme
    assert "(docs/formats.md)" in readme
    for page in (*HERE.glob("*.md"), *(HERE / "docs").rglob("*.md")):
        for link in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
