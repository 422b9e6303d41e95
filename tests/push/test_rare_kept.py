"""What others wrote and what a ledger knows of itself, where only one safeguard keeps it."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.machine import CITY, REFERENCE, Machine, edited, lose_ledger, machine_at, people
from tests.support.weather import Meanwhile


@pytest.mark.parametrize("target", CITY)
async def test_a_value_of_theirs_that_was_kept_once_is_kept_again(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        (row,) = (await machine.push(people(1))).results
        machine.colleague.edit(row["remote_id"], **{CITY[target]: "Urk"})
        for number, postcode in enumerate(("1011AA", "1012AA")):
            ended = await machine.push(people(1, postcode=postcode, phone=f"030765432{number}"))
            assert ended.outcomes == {"updated": 1}
            assert machine.colleague.fields(row["remote_id"])[CITY[target]] == "Urk"


@pytest.mark.parametrize(("choice", "city", "code"), [("review", "Urk", 65), ("theirs", "Urk", 0), ("ours", "Ede", 0)])
@pytest.mark.parametrize("target", CITY)
async def test_a_value_of_theirs_that_was_kept_once_is_no_less_theirs(
    target: str, choice: str, city: str, code: int, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        (row,) = (await machine.push(people(1))).results
        machine.colleague.edit(row["remote_id"], **{CITY[target]: "Urk"})
        assert (await machine.push(people(1, postcode="1011AA"))).outcomes == {"updated": 1}
        ended = await machine.push(edited(people(1, postcode="1011AA")), on_conflict=choice)
        assert (ended.code, machine.colleague.fields(row["remote_id"])[CITY[target]]) == (code, city)


async def test_a_field_that_only_they_changed_stays_theirs(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        (row,) = (await machine.push(people(1))).results
        machine.colleague.edit(row["remote_id"], city="Urk")
        await machine.push(edited(people(1)), on_conflict="theirs")
        machine.colleague.edit(row["remote_id"], city="Oss")
        ended = await machine.push(people(1, city="Urk"))  # what stood there when it was last seen
        assert machine.colleague.fields(row["remote_id"])["city"] == "Oss"
        assert ended.count("created", "updated") == 0


async def test_a_number_that_a_colleague_took_away_does_not_come_back_with_a_new_one(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        (row,) = (await machine.push(people(1))).results
        machine.colleague.edit(row["remote_id"], phone_numbers=[])
        ended = await machine.push(people(1, mobile="0612345678"))
        numbers = str(machine.colleague.fields(row["remote_id"])["phone_numbers"])
        assert ended.outcomes == {"updated": 1}
        assert ("12345678" in numbers, "1200001" in numbers) == (True, False)


async def test_a_record_is_read_again_where_time_passed_before_it_was_written(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        (row,) = (await machine.push(people(1))).results
        read = re.compile(rf"^GET .*/{row['remote_id']}\b")

        def wait(_: str) -> None:
            machine.clock._passed += 600

        machine.simulator.set_faults(Meanwhile(read, wait))
        before = machine.simulator.stats["systems"]["cyclesoftware"]["operations"]["GET"]
        ended = await machine.push(edited(people(1)))
        reads = machine.simulator.stats["systems"]["cyclesoftware"]["operations"]["GET"] - before
        assert (ended.outcomes, ended.results[0]["message"], reads) == ({"updated": 1}, None, 2)


async def test_what_was_merged_is_told_by_an_undo(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "klanten") as machine:
        run = await machine.push([{**row, "nr": number} for number in (1, 2) for row in people(1)])
        assert run.outcomes == {"created": 1, "merged": 1}
        ended = await machine.undo(run.run_id)
        assert (ended.code, ended.accounted) == (65, 2)


async def test_what_is_another_record_by_now_is_not_taken_back(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        run = await machine.push(people(1))
        machine.colleague.delete(run.results[0]["remote_id"])
        await machine.push(edited(people(1)), recreate_missing=True)
        await machine.undo(run.run_id)
        assert (await machine.push(edited(people(1)))).outcomes == {"unchanged": 1}


async def test_a_state_folder_put_back_is_refused_by_the_seal_apart_from_it(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacten") as machine:
        await machine.push(people(2))
        machine.back_up()
        await machine.push(people(3))
        machine.put_back()
        assert (await machine.push(people(3))).code == 78


async def test_a_state_folder_that_is_gone_is_missed(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacten") as machine:
        await machine.push(people(2))
        shutil.rmtree(machine.state_folder)
        ended = await machine.push(people(2))
        assert (ended.code, "--rebuild-ledger" in ended.told) == (78, True)


async def test_a_ledger_that_is_gone_with_all_its_seals_is_missed(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacten") as machine:
        await machine.push(people(2))
        lose_ledger(machine)
        (machine.state_folder / "ledger.seal").unlink()
        shutil.rmtree(machine.folder / "steady" / "seals")
        assert (await machine.push(people(2))).code == 78


async def test_a_rehearsal_in_a_copy_leaves_the_ledger_as_good_as_it_was(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        await machine.push(people(2))
        machine.back_up(".etl-copy")
        copy = replace(machine, state=".etl-copy")
        assert (await copy.push(people(3), dry_run=True)).outcomes == {"unchanged": 2, "created": 1}
        assert (await machine.push(people(2))).outcomes == {"unchanged": 2}


async def test_a_rebuilt_ledger_waits_for_what_was_under_way(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        await machine.push(people(1))
        lose_ledger(machine)
        machine.clock.naps.clear()
        await machine.push(people(1), rebuild=True)
        settle_s = machine.settings().accounts["er"].settle_s
        assert sum(machine.clock.naps) >= 2 * settle_s


@pytest.mark.parametrize("target", REFERENCE)
async def test_a_ledger_without_seals_that_is_older_than_the_target_is_refused(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(2))
        machine.back_up()
        await machine.push(people(4))
        machine.put_back()
        shutil.rmtree(machine.folder / "steady" / "seals")
        ended = await machine.push(people(6))
        assert (ended.code, "older than the target" in ended.told, len(machine.made)) == (78, True, 4)


async def test_one_shop_under_a_new_key_is_known_by_what_we_made_there(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        await machine.push(people(2))
        ended = await replace(machine, user="later").push(people(3))
        assert (ended.code, "etl ledger rename" in str(ended), len(machine.made)) == (78, True, 2)


async def test_a_ledger_of_the_earlier_layout_is_handed_over_and_not_guessed(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacten") as machine:
        await machine.push(people(2))
        host = machine.simulator.base_url.partition("://")[2]
        connection = sqlite3.connect(machine.state_folder / "ledger.db")
        connection.execute("UPDATE entries SET target = ?", (f"{host}/contacten",))
        connection.commit()
        connection.close()
        assert (await machine.push(people(2))).code == 78


@pytest.mark.parametrize(
    ("choice", "city", "code"), [("review", "Urk", 65), ("theirs", "Urk", 0), ("ours", "Utrecht", 0)]
)
@pytest.mark.parametrize("target", REFERENCE)
async def test_a_rebuilt_ledger_writes_over_nothing_that_a_colleague_may_have_written(
    target: str, choice: str, city: str, code: int, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        (row,) = (await machine.push(people(1))).results
        machine.colleague.edit(row["remote_id"], **{CITY[target]: "Urk"})
        lose_ledger(machine)
        ended = await machine.push(people(1), rebuild=True, on_conflict=choice)
        assert (ended.code, machine.colleague.fields(row["remote_id"])[CITY[target]]) == (code, city)


@pytest.mark.parametrize("action", ["create", "update"])
@pytest.mark.parametrize(("choice", "city", "code"), [("review", "Urk", 65), ("theirs", "Urk", 0), ("ours", "Ede", 0)])
@pytest.mark.parametrize("target", CITY)
async def test_an_entry_that_kept_no_record_writes_over_nothing_that_a_colleague_may_have_written(
    target: str, choice: str, city: str, code: int, action: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        (row,) = (await machine.push(people(1))).results
        forget_record(machine, action)
        machine.colleague.edit(row["remote_id"], **{CITY[target]: "Urk"})
        ended = await machine.push(edited(people(1)), on_conflict=choice)
        assert (ended.code, machine.colleague.fields(row["remote_id"])[CITY[target]]) == (code, city)


@pytest.mark.parametrize("target", CITY)
async def test_an_entry_that_kept_no_record_is_updated_where_the_row_is_as_it_said(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        (row,) = (await machine.push(people(1))).results
        forget_record(machine, "create")
        ended = await machine.push(edited(people(1)))
        assert (ended.code, machine.colleague.fields(row["remote_id"])[CITY[target]]) == (0, "Ede")


def forget_record(machine: Machine, action: str) -> None:
    """As the earlier layout kept an entry: the body that went out, and nothing of what stood there."""
    with closing(sqlite3.connect(machine.state_folder / "ledger.db")) as connection, connection:
        connection.execute("UPDATE entries SET base = NULL, draft = NULL, meant = NULL, action = ?", (action,))
