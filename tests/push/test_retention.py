"""Values in the ledger go after keep_days. What was sent stays known, and so does what changed since."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from etl.push.retention import forget_bodies
from etl.state.ledger_retention import Forgotten
from tests.support.machine import Machine, amiss, edited, machine_at, people
from tests.support.weather import CREATE, Wrong
from tests.support.workplace import Project

TARGETS = ("customers", "contacten", "klanten", "contacts")
CITY = {"customers": "city", "contacten": "plaats", "klanten": "plaats", "contacts": "location_city"}
OTHER = {"customers": "vat_number", "contacten": "website", "klanten": "website", "contacts": "website"}
READABLE = (b"Jansen", b"example.nl", b"Dorpsstraat", b"1337XD", b"1337 XD", b"Utrecht")


def forget(machine: Machine, days: int = 100) -> Forgotten:
    machine.clock._passed += days * 86_400
    return forget_bodies(machine.settings(), machine.clock)


def readable(machine: Machine) -> set[bytes]:
    content = b"".join(path.read_bytes() for path in machine.state_folder.glob("ledger.db*"))
    return {word for word in READABLE if word in content}


@pytest.mark.parametrize("target", TARGETS)
async def test_nothing_of_a_person_is_left_and_what_was_sent_is_known(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(3))
        await machine.push(edited(people(3)))
        await machine.push(people(3), dry_run=True)
        assert forget(machine, 10) == Forgotten()
        assert readable(machine)
        gone = forget(machine)
        assert (gone.entries, gone.lines >= 6) == (3, True)
        assert readable(machine) == set()
        assert forget(machine, 0) == Forgotten()
        ended = await machine.push(edited(people(3)))
        assert (ended.outcomes, len(machine.made)) == ({"unchanged": 3}, 3)


@pytest.mark.parametrize("target", TARGETS)
async def test_what_we_change_and_what_a_colleague_changed_both_survive(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        ids = [row["remote_id"] for row in (await machine.push(people(3))).results]
        forget(machine)
        for key in ids:
            machine.colleague.edit(key, **{OTHER[target]: "NL001234567B01"})
        rows = edited(people(3))
        assert (await machine.push(rows)).outcomes == {"updated": 3}
        for key, row in zip(ids, rows, strict=True):
            assert amiss(machine, key, row) == {}
            assert machine.colleague.fields(key)[OTHER[target]] == "NL001234567B01"
        forget(machine)
        assert (await machine.push(rows)).outcomes == {"unchanged": 3}


@pytest.mark.parametrize("target", TARGETS)
async def test_a_field_of_ours_that_only_a_colleague_changed_stays_theirs(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        (row,) = (await machine.push(people(1))).results
        forget(machine)
        machine.colleague.edit(row["remote_id"], **{CITY[target]: "Urk"})
        rows = people(1, postcode="1011AA")
        assert (await machine.push(rows)).outcomes == {"updated": 1}
        assert machine.colleague.fields(row["remote_id"])[CITY[target]] == "Urk"
        assert "1011" in str(machine.colleague.sees(row["remote_id"]))


@pytest.mark.parametrize("target", TARGETS)
async def test_a_field_that_both_changed_is_for_review(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        (row,) = (await machine.push(people(1))).results
        forget(machine)
        machine.colleague.edit(row["remote_id"], **{CITY[target]: "Urk"})
        assert (await machine.push(edited(people(1)))).outcomes == {"review": 1}
        assert machine.colleague.fields(row["remote_id"])[CITY[target]] == "Urk"


@pytest.mark.parametrize("target", TARGETS)
async def test_a_run_whose_values_are_forgotten_can_be_verified(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        run = await machine.push(people(3))
        forget(machine)
        assert (await machine.verify(run.run_id)).found == {"equal": 3}
        machine.colleague.edit(run.results[0]["remote_id"], **{CITY[target]: "Urk"})
        assert (await machine.verify(run.run_id)).found == {"equal": 2, "differs": 1}


@pytest.mark.parametrize("target", ["customers", "contacts"])
async def test_a_run_whose_values_are_forgotten_is_not_taken_back(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(2))
        run = await machine.push(edited(people(2)))
        forget(machine)
        before = machine.colleague.everything()
        ended = await machine.undo(run.run_id)
        assert (ended.code, ended.outcomes) == (65, {"skipped": 2})
        assert "not known any more" in ended.results[0]["message"]
        assert machine.colleague.everything() == before


async def test_what_is_not_done_keeps_its_values_until_it_is(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        machine.simulator.set_faults(Wrong(CREATE, {"status": 503}, times=0))
        assert (await machine.push(people(2))).count("unknown", "pending") == 2
        machine.simulator.set_faults(None)
        forget(machine)
        assert b"Jansen" in readable(machine)
        assert (await machine.until_settled(people(2))).outcomes == {"created": 2}
        forget(machine)
        assert readable(machine) == set()


async def test_a_push_forgets_at_its_end_and_the_command_tells_how_many(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        await machine.push(people(3))
        machine.clock._passed += 100 * 86_400
        await machine.push(people(1, first=9, last_name="Smit", email="s@post.example"))
        assert not readable(machine) & {b"Jansen", b"j1@example"}
        ran = await asyncio.to_thread(Project(machine.folder).etl, "purge", "--json")
        assert (ran.code, ran.summary["forgotten"]["entries"] >= 0) == (0, True)


async def test_zero_days_keep_everything(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        await machine.push(people(2))
        loaded = machine.settings()
        kept = loaded.model_copy(update={"state": loaded.state.model_copy(update={"keep_days": 0})})
        machine.clock._passed += 1000 * 86_400
        assert forget_bodies(kept, machine.clock) == Forgotten()


@pytest.mark.parametrize("target", TARGETS)
async def test_a_person_or_a_number_that_we_change_is_no_conflict_and_theirs_is(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        (row,) = (await machine.push(people(1))).results
        forget(machine)
        rows = people(1, phone="0307654321")
        assert (await machine.push(rows)).outcomes == {"updated": 1}
        assert "307654321" in str(machine.colleague.sees(row["remote_id"]))
        forget(machine)
        if target == "customers":
            record = machine.colleague.sees(row["remote_id"])
            assert record is not None
            record["phone_numbers"][0]["phone_number"] = "0201111111"
            machine.colleague._put(row["remote_id"], record)
        elif target == "contacts":
            machine.colleague.edit(row["remote_id"], phone="0201111111")
        else:
            machine.colleague.edit_person(row["remote_id"], 0, telefoon1="0201111111")
        assert (await machine.push(people(1, phone="0308888888"))).outcomes == {"review": 1}
        assert "0201111111" in str(machine.colleague.sees(row["remote_id"]))
