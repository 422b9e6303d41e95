"""What a row was to become survives an outage: an update stays an update, a deletion a deletion."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.machine import Machine, edited, machine_at, people, untrue
from tests.support.weather import CREATE, DELETE, UPDATE, Outage, Wrong

TARGETS = ("customers", "contacten", "klanten", "contacts", "moneybird")
ACTIONS = [
    {"drop_before": True}, {"drop_after": True}, {"status": 503}, {"status": 500, "commit": True},
    {"late_commit_s": 0.01, "status": 504},
]  # fmt: skip
NAMES = ["nothing happened", "answer lost", "503", "500 after commit", "late commit"]


def judge(machine: Machine, rows: list[dict[str, Any]]) -> None:
    """One record for each row, made once, and no delete."""
    assert len(machine.made) == len(set(machine.made)) == len(rows)
    assert machine.log("deleted", "merged") == []


async def broken_off(machine: Machine, rows: list[dict[str, Any]], outage: Outage, **options: Any) -> None:
    """A push that an outage ends, with what it sent in doubt; then the weather is fair again."""
    machine.simulator.set_faults(outage)
    assert (await machine.push(rows, **options)).code == 75
    await asyncio.sleep(0.05)  # late commits come: the machine's own clock knows no waiting
    machine.simulator.set_faults(None)


@pytest.mark.parametrize("action", ACTIONS, ids=NAMES)
@pytest.mark.parametrize("target", TARGETS)
async def test_an_update_in_doubt_is_sent_again_as_an_update_and_never_as_a_create(
    target: str, action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        rows = people(5)
        await machine.push(rows)
        await broken_off(machine, edited(rows), Outage(UPDATE, action))
        ended = await machine.until_settled(edited(rows))
        judge(machine, rows)
        assert (ended.code, ended.count("updated", "unchanged"), untrue(machine, ended, edited(rows))) == (0, 5, {})


@pytest.mark.parametrize("mode", ["update", "upsert"])
@pytest.mark.parametrize("target", TARGETS)
async def test_an_update_in_doubt_stays_one_in_every_mode_that_updates(target: str, mode: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        rows = people(3)
        await machine.push(rows)
        await broken_off(machine, edited(rows), Outage(UPDATE, {"drop_before": True}), mode=mode)
        ended = await machine.until_settled(edited(rows), mode=mode)
        judge(machine, rows)
        assert (ended.code, untrue(machine, ended, edited(rows))) == (0, {})


@pytest.mark.parametrize("action", ACTIONS[:2], ids=NAMES[:2])
@pytest.mark.parametrize("target", TARGETS)
async def test_a_row_edited_once_more_while_its_update_is_in_doubt_ends_as_it_was_edited_last(
    target: str, action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        rows = people(3)
        await machine.push(rows)
        await broken_off(machine, edited(rows), Outage(UPDATE, action))
        last = edited(rows, city="Urk")
        ended = await machine.until_settled(last)
        judge(machine, rows)
        assert (ended.code, untrue(machine, ended, last)) == (0, {})


@pytest.mark.parametrize("action", ACTIONS, ids=NAMES)
async def test_a_delete_in_doubt_is_sent_again_as_a_delete_and_never_as_a_create(
    action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        stranger = machine.colleague.create(name="Vreemd", client_reference="v", client_code="")
        await machine.push(people(4))
        await broken_off(machine, people(4), Outage(DELETE, action), mode="delete")
        ended = await machine.until_settled(people(4), mode="delete")
        assert (ended.code, ended.outcomes, untrue(machine, ended, people(4))) == (0, {"deleted": 4}, {})
        assert (len(machine.made), set(machine.colleague.everything())) == (4, {stranger})


@pytest.mark.parametrize("action", ACTIONS[:2], ids=NAMES[:2])
async def test_a_push_after_a_delete_in_doubt_settles_it_first_and_leaves_one_record_a_row(
    action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        await machine.push(people(3))
        await broken_off(machine, people(3), Outage(DELETE, action), mode="delete")
        ended = await machine.until_settled(people(3))
        assert ended.code in (0, 64, 65, 75, 78)
        there = [machine.colleague.fields(key)["name"] for key in machine.colleague.everything()]
        assert len(there) == len(set(there))
        if ended.code == 0:
            assert (len(there), untrue(machine, ended, people(3))) == (3, {})


@pytest.mark.parametrize("action", ACTIONS, ids=NAMES)
async def test_deleting_what_is_in_doubt_as_created_ends_with_a_sentence_and_with_nothing_made(
    action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        await broken_off(machine, people(4), Outage(CREATE, action))
        made = len(machine.made)
        ended = await machine.until_settled(people(4), mode="delete")
        late = action.get("late_commit_s", 0) > 0
        assert ended.code in (0, 64, 65, 75, 78)
        assert len(machine.made) == made or late
        assert untrue(machine, ended, people(4)) == {}
        if ended.code == 0:
            assert machine.colleague.everything() == {}
        assert (await machine.until_settled(people(4))).code in (0, 65)
        there = [machine.colleague.fields(key)["name"] for key in machine.colleague.everything()]
        assert len(there) == len(set(there))


@pytest.mark.parametrize("target", TARGETS)
async def test_updating_what_is_in_doubt_as_created_makes_nothing_twice(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        await broken_off(machine, people(3), Outage(CREATE, {"drop_after": True}))
        ended = await machine.until_settled(edited(people(3)), mode="upsert")
        judge(machine, people(3))
        assert (ended.code, untrue(machine, ended, edited(people(3)))) == (0, {})


WRONG_ID: dict[str, dict[str, Any]] = {
    "customers": {"customer_id": 999_999, "name": "Iemand Anders", "customer_reference": "x"},
    "contacten": {"id": 999_999, "naam": "Iemand Anders"},
    "klanten": {"id": 999_999, "naam": "Iemand Anders"},
    "contacts": {"response": {"code": 201, "data": {"Contact": {"id": "999999", "name": "Iemand Anders"}}}},
    "moneybird": {"id": "999999", "lastname": "Iemand Anders", "customer_id": "x"},
}


@pytest.mark.parametrize("target", TARGETS)
async def test_an_id_that_no_answer_proved_hides_no_record_that_is_made_after_it(target: str, tmp_path: Path) -> None:
    action = {"status": 201, "body": json.dumps(WRONG_ID[target]), "commit": True}
    async with machine_at(tmp_path, target) as machine:
        await broken_off(machine, people(3), Outage(CREATE, action))
        machine.simulator.set_faults(Wrong(CREATE, {"drop_after": True}, times=2))
        ended = await machine.push(people(9))
        judge(machine, people(9))
        assert (ended.code, ended.count("created", "merged"), untrue(machine, ended, people(9))) == (0, 9, {})


@pytest.mark.parametrize("target", TARGETS)
async def test_a_row_like_one_whose_creation_is_in_doubt_does_not_take_its_record_for_a_stranger(
    target: str, tmp_path: Path
) -> None:
    rows = [{**row, "nr": str(number)} for number, row in enumerate(people(1) * 2)]
    async with machine_at(tmp_path, target) as machine:
        await broken_off(machine, rows[:1], Outage(CREATE, {"drop_after": True}))
        with closing(sqlite3.connect(machine.state_folder / "ledger.db")) as db, db:
            db.execute("UPDATE entries SET state = 'SENDING'")  # as a kill leaves it: given up only now
        ended = await machine.push(rows)
        assert ended.count("created", "merged") == 2, ended.told
        assert (len(machine.made), ended.code) == (1 if target == "klanten" else 2, 0)


async def test_two_alike_in_doubt_of_which_one_was_told_a_wrong_id_have_a_record_each(tmp_path: Path) -> None:
    rows = [{**row, "nr": str(number)} for number, row in enumerate(people(1) * 2)]
    async with machine_at(tmp_path, "contacten") as machine:
        await broken_off(machine, rows, Outage(CREATE, {"drop_after": True}))
        assert len(machine.made) == 2
        with closing(sqlite3.connect(machine.state_folder / "ledger.db")) as db, db:
            db.execute("UPDATE entries SET remote_id = '999999' WHERE key = '1'")  # by an answer about somebody else
        machine.simulator.set_faults(
            Wrong(CREATE, {"status": 429, "retry_after": "120"}, times=1)
        )  # time for two looks
        ended = await machine.push(rows + people(3, first=5))
        assert (len(machine.made), ended.code, ended.count("created", "unchanged")) == (5, 0, 5), ended
