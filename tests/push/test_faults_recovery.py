"""A ledger that is lost, old, put back or of another machine makes nothing twice, and tells nothing as done falsely."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.machine import Ended, Machine, edited, lose_ledger, machine_at, people, untrue
from tests.support.weather import CREATE, UPDATE, Outage, Wrong

TARGETS = ("customers", "contacten", "klanten", "contacts", "moneybird")


def judge(machine: Machine, ended: Ended, rows: list[dict[str, Any]], made: int) -> None:
    """Each row has one record, and no more; the run is done, has set rows aside, or was refused."""
    assert len(machine.made) == len(set(machine.made)) == made
    assert machine.log("deleted") == []
    assert untrue(machine, ended, rows) == {}
    assert ended.code in (0, 65, 75, 78)
    if ended.code in (0, 65):
        assert ended.accounted == len(rows)
    if ended.code == 0:
        assert ended.count("review", "rejected", "pending", "unknown") == 0


@pytest.mark.parametrize("change", [lambda rows: rows, edited], ids=["as before", "edited since"])
@pytest.mark.parametrize("mode", ["create", "upsert", "update"])
@pytest.mark.parametrize("target", TARGETS)
async def test_a_rebuilt_ledger_makes_nothing_twice_in_any_mode(
    target: str, mode: str, change: Callable[[Any], Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(6))
        lose_ledger(machine)
        rows = change(people(6))
        assert (await machine.push(rows, mode=mode)).code == 78
        ended = await machine.push(rows, mode=mode, rebuild=True)
        judge(machine, ended, rows, made=6)
        judge(machine, await machine.until_settled(rows, mode=mode), rows, made=6)


async def test_a_rebuilt_ledger_deletes_only_what_is_proven_ours(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        stranger = machine.colleague.create(name="Vreemd", client_reference="row/1", email="v@example.nl")
        await machine.push(people(4))
        lose_ledger(machine)
        ended = await machine.push(people(4), mode="delete", rebuild=True)
        assert ended.code in (0, 65, 78)
        assert stranger in machine.colleague.everything()
        assert len(machine.made) == 4


@pytest.mark.parametrize("mode", ["create", "upsert"])
@pytest.mark.parametrize("target", TARGETS)
async def test_a_state_folder_put_back_from_a_backup_makes_nothing_twice(
    target: str, mode: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(4))
        machine.back_up()
        await machine.push(people(8))
        machine.put_back()
        rows = people(8)
        judge(machine, await machine.push(rows, mode=mode), rows, made=8)
        ended = await machine.push(rows, mode=mode, rebuild=True)
        judge(machine, ended, rows, made=8)


@pytest.mark.parametrize("target", TARGETS)
async def test_a_state_folder_older_than_an_edit_does_not_take_the_edit_back_in_silence(
    target: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        rows = people(3)
        await machine.push(rows)
        machine.back_up()
        await machine.push(edited(rows))
        machine.put_back()
        ended = await machine.push(edited(rows))
        judge(machine, ended, edited(rows), made=3)
        ended = await machine.push(edited(rows), rebuild=True)
        judge(machine, ended, edited(rows), made=3)


@pytest.mark.parametrize(
    "action", [{"drop_after": True}, {"drop_before": True}], ids=["answer lost", "nothing happened"]
)
@pytest.mark.parametrize("target", TARGETS)
async def test_a_backup_made_while_rows_were_in_doubt_makes_nothing_twice(
    target: str, action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        machine.simulator.set_faults(Outage(CREATE, action, nth=3))
        await machine.push(people(8))
        machine.back_up()
        machine.simulator.set_faults(None)
        await machine.until_settled(people(8))
        made = len(machine.made)
        assert made == 8
        machine.put_back()
        judge(machine, await machine.until_settled(people(8)), people(8), made=8)


@pytest.mark.parametrize("mode", ["create", "upsert"])
@pytest.mark.parametrize("target", TARGETS)
async def test_a_state_folder_that_is_gone_makes_nothing_twice(target: str, mode: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(5))
        shutil.rmtree(machine.state_folder)
        rows = people(7)
        ended = await machine.push(rows, mode=mode)
        assert len(machine.made) == len(set(machine.made)) == (7 if ended.code in (0, 65) else 5)
        judge(machine, ended, rows, made=len(machine.made))
        ended = await machine.until_settled(rows, mode=mode, rebuild=ended.code == 78)
        judge(machine, ended, rows, made=7)


@pytest.mark.parametrize("change", [lambda rows: rows, edited], ids=["as before", "edited since"])
@pytest.mark.parametrize("mode", ["create", "upsert"])
@pytest.mark.parametrize("beside", ["another state folder", "another machine"])
@pytest.mark.parametrize("target", TARGETS)
async def test_a_second_ledger_at_a_target_that_holds_the_rows_makes_nothing_twice(
    target: str, beside: str, mode: str, change: Callable[[Any], Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(5))
        other = replace(machine, state=".etl-2") if beside == "another state folder" else replace(
            machine, folder=tmp_path / "other"
        )  # fmt: skip
        rows = change(people(7))
        ended = await other.until_settled(rows, mode=mode)
        made = 7 if ended.code in (0, 65) else 5
        judge(other, ended, rows, made=made)
        judge(other, await other.until_settled(rows, mode=mode), rows, made=made)


@pytest.mark.parametrize("target", TARGETS)
async def test_a_second_ledger_creates_what_is_not_there(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(3))
        other = replace(machine, folder=tmp_path / "other")
        rows = people(3, first=4)
        ended = await other.until_settled(rows)
        assert (ended.code, ended.outcomes, untrue(other, ended, rows)) == (0, {"created": 3}, {})


@pytest.mark.parametrize(
    "action", [{"drop_after": True}, {"drop_before": True}], ids=["answer lost", "nothing happened"]
)
@pytest.mark.parametrize("target", TARGETS)
async def test_a_rebuild_with_updates_in_doubt_makes_nothing_twice(
    target: str, action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        rows = people(4)
        await machine.push(rows)
        machine.simulator.set_faults(Outage(UPDATE, action))
        await machine.push(edited(rows))
        machine.simulator.set_faults(None)
        lose_ledger(machine)
        for mode in ("create", "upsert"):
            ended = await machine.push(edited(rows), mode=mode, rebuild=True)
            judge(machine, ended, edited(rows), made=4)


@pytest.mark.parametrize("target", TARGETS)
async def test_a_second_machine_whose_answers_are_lost_takes_nothing_of_the_first(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(4))
        theirs = machine.colleague.everything()
        other = replace(machine, folder=tmp_path / "other")
        rows = [
            {
                **row, "last_name": f"Smit {row['nr']}", "email": f"s{row['nr']}@example.nl",
                "phone": f"03011{row['nr']:05}", "address_line": f"Kade {row['nr']}",
            }
            for row in people(4)
        ]  # fmt: skip
        machine.simulator.set_faults(Wrong(CREATE, {"drop_after": True}, times=3))
        await other.until_settled(rows)
        ended = await other.until_settled(edited(rows))
        there = machine.colleague.everything()
        assert {key: there.get(key) for key in theirs} == theirs
        assert len(machine.made) == len(set(machine.made)) == 8
        assert untrue(other, ended, edited(rows)) == {}


async def test_a_clock_that_was_set_back_makes_nothing_twice(tmp_path: Path) -> None:
    from datetime import timedelta

    async with machine_at(tmp_path, "customers") as machine:
        machine.simulator.set_faults(Outage(CREATE, {"drop_after": True}, nth=2))
        await machine.push(people(5))
        machine.simulator.set_faults(None)
        machine.clock.jump(timedelta(days=-2))
        ended = await machine.until_settled(people(5))
        judge(machine, ended, people(5), made=5)
        assert ended.code == 0
