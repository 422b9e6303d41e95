"""The ledger's targets: listed, handed over to another name of the same shop, and told of where one may be this."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from etl.state.ledger_schema import MIGRATIONS
from tests.support.machine import Ended, Machine, edited, machine_at, people
from tests.support.workplace import Project, Ran

TARGETS = ("customers", "contacten", "klanten", "contacts")
KEPT = "account, stream, key, state, action, remote_id, hash, body, reason, run_id, line, sent_at, doubted_at"


async def cli(machine: Machine, *arguments: str) -> Ran:
    machine.settings()
    return await asyncio.to_thread(Project(machine.folder).etl, "ledger", *arguments)


def host_of(machine: Machine) -> str:
    return machine.simulator.base_url.partition("://")[2]


def as_it_was_written_before(machine: Machine, old: str) -> None:
    """Put a ledger of the first layout in the place of the one that is there: the same rows, under host and stream."""
    path = machine.state_folder / "ledger.db"
    with closing(sqlite3.connect(path)) as known:
        entries = known.execute(f"SELECT {KEPT} FROM entries").fetchall()  # ours
        runs = known.execute("SELECT run_id, began_at, server_date, dated_at, highest FROM runs").fetchall()
        ((ledger_id, generation),) = known.execute("SELECT id, generation FROM ledger").fetchall()
    for file in machine.state_folder.glob("ledger.db*"):
        file.unlink()
    with closing(sqlite3.connect(path)) as db, db:
        for statement in filter(str.strip, MIGRATIONS[0].split(";")):
            db.execute(statement)
        db.execute("PRAGMA user_version = 1")
        db.execute("INSERT INTO ledger VALUES (?, ?, NULL)", (ledger_id, generation))
        marks = ", ".join("?" * (len(KEPT.split(",")) + 1))
        for entry in entries:
            db.execute(f"INSERT INTO entries (target, {KEPT}) VALUES ({marks})", (old, *entry))  # ours
        for run_id, *rest in runs:
            db.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)", (run_id, old, *rest))


@pytest.mark.parametrize("target", TARGETS)
async def test_a_ledger_of_the_first_layout_is_refused_until_somebody_says_whose_it_is(
    target: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(4))
        old = f"{host_of(machine)}/{target}"
        as_it_was_written_before(machine, old)
        for options in ({}, {"dry_run": True}):
            refused = await machine.push(people(6), **options)
            assert refused.code == 78
            assert f"etl ledger rename '{old}' er.{target}" in refused.told
        listed = await cli(machine, "list", "--json")
        assert [(one["target"], one["entries"], one["account"]) for one in listed.summary["targets"]] == [
            (old, 4, None)
        ]
        asked = await cli(machine, "rename", old, f"er.{target}")
        assert (asked.code, "--yes" in asked.err) == (64, True)
        done = await cli(machine, "rename", old, f"er.{target}", "--yes", "--json")
        assert (done.code, done.summary["entries"]) == (0, 4)
        ended = await machine.push([*people(3), *edited(people(3, first=4))])
        assert ended.outcomes == {"unchanged": 3, "updated": 1, "created": 2}
        assert len(machine.made) == len(set(machine.made)) == 6
        assert (await machine.push([*people(3), *edited(people(3, first=4))])).outcomes == {"unchanged": 6}


async def test_a_new_key_of_a_shop_is_told_of_and_takes_its_rows_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with machine_at(tmp_path, "contacten") as machine:
        await machine.push(people(3))
        rotated = replace(machine, user="rotated")
        (before,) = (await cli(machine, "list", "--json")).summary["targets"]
        assert (before["name"], before["account"], before["entries"]) == ("er.contacten", "er.contacten", 3)
        (now,) = (await cli(rotated, "list", "--json")).summary["targets"]
        assert (now["target"], now["account"]) == (before["target"], None)
        with caplog.at_level(logging.WARNING, "etl"):
            assert (await warned(rotated, caplog)).code == 0
        assert f"etl ledger rename '{before['target']}' er.contacten" in caplog.text
        assert "rotated" not in caplog.text
        done = await cli(rotated, "rename", before["credential"], "er.contacten", "--yes")
        assert done.code == 0
        assert (await rotated.push(people(3))).outcomes == {"unchanged": 3}
        assert len(machine.made) == 3


async def warned(machine: Machine, caplog: pytest.LogCaptureFixture) -> Ended:
    """A dry run, whose warnings are heard."""
    log = logging.getLogger("etl")
    log.propagate = True
    return await machine.push(people(1, first=90), dry_run=True)


async def test_what_cannot_be_handed_over_is_told(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts", tenants=True) as machine:
        await machine.push(people(3))
        other = replace(machine, user="other")
        await other.push(people(2))
        listed = await cli(machine, "list")
        assert (listed.code, "er.contacts" in listed.out) == (0, True)
        targets = (await cli(other, "list", "--json")).summary["targets"]
        (theirs,) = [one["target"] for one in targets if one["account"] is None]
        both = await cli(other, "rename", theirs, "er.contacts", "--yes")
        assert (both.code, "2 rows are known at both" in both.err) == (64, True)
        several = await cli(other, "rename", "invoicing", "er.contacts", "--yes")
        assert (several.code, "may be 2 targets" in several.err) == (64, True)
        none = await cli(other, "rename", "elsewhere", "er.contacts", "--yes")
        assert (none.code, "no target of the ledger" in none.err) == (64, True)
        assert (await other.push(people(2))).outcomes == {"unchanged": 2}
        assert (await machine.push(people(3))).outcomes == {"unchanged": 3}
