"""Rows in review: shown beside the records that they may be about, decided by people, and gone with the next push."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl import review_rows
from etl.errors import UsageError
from etl.push.earlier_runs import destination_of_run
from etl.push.push import Setting, held
from etl.push.review.settle import Reviewed, ReviewRequest, review
from etl.tables.read_table import read_table
from etl.tables.write import write_frame
from tests.support.machine import Ended, Machine, amiss, edited, machine_at, people
from tests.support.weather import CREATE, Wrong
from tests.support.workplace import Project

TARGETS = ("customers", "contacten", "klanten", "contacts")
CITY = {"customers": "city", "contacten": "plaats", "klanten": "plaats", "contacts": "location_city"}


async def reviewed(machine: Machine, run: Ended, **asked: Any) -> Reviewed:
    loaded = machine.settings()
    setting = Setting(loaded, destination_of_run(loaded, run.run_id), machine.out, clock=machine.clock)
    with held(loaded, setting.destination):
        return await review(setting, run.run_id, ReviewRequest(**asked))


async def beside_strangers(machine: Machine, count: int = 3) -> tuple[Ended, list[str]]:
    """Rows pushed with a ledger that knows nothing of the records they look like; those records' ids."""
    await machine.push(people(count))
    ids = list(machine.colleague.everything())
    for name in (machine.state, "steady"):
        shutil.rmtree(machine.folder / name)
    ended = await machine.push(edited(people(count)), reference="derived")
    assert ended.outcomes == {"review": count}
    return ended, ids


@pytest.mark.parametrize("target", TARGETS)
async def test_both_sides_are_shown_with_what_differs_first(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        run, ids = await beside_strangers(machine)
        shown = await reviewed(machine, run)
        assert [(one.row, one.ids) for one in shown.rows] == [(n + 1, (key,)) for n, key in enumerate(ids)]
        for one in shown.rows:
            (candidate,) = one.candidates
            differing = {field.field: (field.row, field.record) for field in candidate.differing}
            assert differing[CITY[target]] == ("Ede", "Utrecht")
            assert [field.differs for field in candidate.fields][: len(differing)] == [True] * len(differing)
        assert shown.file == machine.out / "results" / f"{run.run_id}.review.xlsx"
        sheet = read_table(shown.file)
        assert sheet["row"].to_list() == ["1", "2", "3"]
        assert f"{CITY[target]}: Ede" in sheet["row_says"][0]
        assert f"{CITY[target]}: Utrecht" in sheet["record_says"][0]
        json.dumps(shown.as_dict(), default=str)


@pytest.mark.parametrize("target", TARGETS)
async def test_each_decision_is_what_the_next_push_does(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        run, ids = await beside_strangers(machine)
        await reviewed(machine, run, accept=ids[0])
        await reviewed(machine, run, rows=[2], new=True)
        done = await reviewed(machine, run, rows=[3], skip=True)
        assert (done.rows, len(machine.colleague.everything())) == ([], 3)
        rows = edited(people(3))
        ended = await machine.push(rows, reference="derived")
        if target == "klanten":  # the API would make one of it and the record there
            assert ended.outcomes == {"updated": 1, "review": 1, "skipped": 1}
            assert amiss(machine, ids[1], people(3)[1]) == {}
            return
        assert ended.outcomes == {"updated": 1, "created": 1, "skipped": 1}
        assert ended.results[0]["remote_id"] == ids[0]
        assert amiss(machine, ids[0], rows[0]) == {}
        assert amiss(machine, ids[2], people(3)[2]) == {}
        again = await machine.push(rows, reference="derived")
        assert (again.outcomes, len(machine.colleague.everything())) == ({"unchanged": 2, "skipped": 1}, 4)
        assert (await reviewed(machine, run)).settled == 2
        with pytest.raises(UsageError, match="sent since"):
            await reviewed(machine, run, rows=[2], new=True)
        assert (await reviewed(machine, run, new=True)).decisions[0].source.key == "3"
        assert (await machine.push(rows, reference="derived")).outcomes == {"unchanged": 2, "created": 1}


@pytest.mark.parametrize("target", TARGETS)
async def test_a_field_that_both_changed_goes_over_the_record_that_was_accepted_and_the_rest_stays(
    target: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        ids = [row["remote_id"] for row in (await machine.push(people(2))).results]
        other = "vat_number" if target == "customers" else "website"
        for key in ids:
            machine.colleague.edit(key, **{CITY[target]: "Urk", other: "NL001234567B01"})
        run = await machine.push(edited(people(2)))
        assert run.outcomes == {"review": 2}
        fields = {one.field: one for one in (await reviewed(machine, run)).rows[0].candidates[0].differing}
        assert (fields[CITY[target]].row, fields[CITY[target]].record) == ("Ede", "Urk")
        await reviewed(machine, run, accept=ids[0])
        machine.colleague.edit(ids[0], **{other: "NL999999999B01"})
        assert (await machine.push(edited(people(2)))).outcomes == {"updated": 1, "review": 1}
        own = machine.colleague.fields(ids[0])
        assert (own[CITY[target]], own[other]) == ("Ede", "NL999999999B01")
        assert machine.colleague.fields(ids[1])[CITY[target]] == "Urk"


async def test_what_changes_between_the_decision_and_the_push_is_not_overwritten(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        run, ids = await beside_strangers(machine, 1)
        await reviewed(machine, run, accept=ids[0])
        machine.colleague.edit(ids[0], city="Urk")
        assert (await machine.push(edited(people(1)), reference="derived")).outcomes == {"review": 1}
        assert machine.colleague.fields(ids[0])["city"] == "Urk"


async def test_a_key_that_means_somebody_else_now_is_settled_either_way(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        await machine.push(people(2))
        others = people(2, first=7)
        rows = [{**row, "nr": n} for n, row in enumerate(others, 1)]
        for row in rows:
            row["address_line"], row["postcode"] = "Kade 1", "1011AA"
        run = await machine.push(rows)
        assert run.outcomes == {"review": 2}
        first, second = (row["remote_id"] for row in run.results)
        await reviewed(machine, run, accept=first)
        await reviewed(machine, run, rows=[2], new=True)
        ended = await machine.push(rows)
        assert ended.outcomes == {"updated": 1, "created": 1}
        assert amiss(machine, first, rows[0]) == {}
        assert amiss(machine, second, people(2)[1]) == {}
        assert (await machine.push(rows)).outcomes == {"unchanged": 2}


@pytest.mark.parametrize("choice", ["new", "accept", "skip"])
async def test_a_row_whose_entry_is_in_review_is_free_again(choice: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        stranger = machine.colleague.create(name="Vreemd", city="Urk", email="v@example.nl")
        body = json.dumps({"customer_id": int(stranger), "customer_reference": "of-another"})
        machine.simulator.set_faults(Wrong(CREATE, {"status": 200, "body": body}, times=1))
        run = await machine.until_settled(people(1))
        machine.simulator.set_faults(None)
        assert (run.outcomes, (await machine.push(people(1))).outcomes) == ({"review": 1}, {"review": 1})
        (one,) = (await reviewed(machine, run)).rows
        assert one.said is not None
        assert one.said["name"] == "Jansen 1"
        before = machine.colleague.sees(stranger)
        await reviewed(machine, run, **({"rows": [1], "accept": stranger} if choice == "accept" else {choice: True}))
        expected = {"new": "created", "accept": "updated", "skip": "skipped"}[choice]
        assert (await machine.push(people(1))).outcomes == {expected: 1}
        if choice == "accept":
            assert amiss(machine, stranger, people(1)[0]) == {}
        else:
            assert machine.colleague.sees(stranger) == before


async def test_a_record_of_another_row_or_one_that_is_not_there_cannot_be_accepted(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        run, ids = await beside_strangers(machine)
        with pytest.raises(UsageError, match="--row"):
            await reviewed(machine, run, accept="999999")
        with pytest.raises(UsageError, match="no record 999999"):
            await reviewed(machine, run, rows=[1], accept="999999")
        with pytest.raises(UsageError, match="row 9 of"):
            await reviewed(machine, run, rows=[9], skip=True)
        with pytest.raises(UsageError, match="at a time"):
            await reviewed(machine, run, accept=ids[0], new=True)
        await reviewed(machine, run, accept=ids[0])
        with pytest.raises(UsageError, match="the key 1"):
            await reviewed(machine, run, rows=[2], accept=ids[0])
        assert [one.decided for one in (await reviewed(machine, run)).rows] == [f"accept {ids[0]}", None, None]


def filled_in(file: Path, decisions: list[str | None], target: Path) -> Path:
    write_frame(read_table(file).with_columns(decision=pl.Series(decisions, dtype=pl.String)), target, "review")
    return target


@pytest.mark.parametrize("form", ["xlsx", "csv"])
async def test_a_sheet_settles_its_rows_and_a_wrong_cell_is_named(form: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        run, ids = await beside_strangers(machine)
        file = (await reviewed(machine, run)).file
        assert file is not None
        mine = tmp_path / f"decided.{form}"
        for cell, said in (("maybe", "'maybe'"), ("accept", "'accept'"), ("new 5", "'new 5'")):
            with pytest.raises(UsageError, match=rf"line 3: row 2: {said}"):
                await reviewed(machine, run, sheet=filled_in(file, ["skip", cell, None], mine))
        with pytest.raises(UsageError, match=r"line 3.*the key 1"):
            await reviewed(machine, run, sheet=filled_in(file, [f"accept {ids[0]}", f"accept {ids[0]}", None], mine))
        assert [one.decision for one in (await reviewed(machine, run)).rows] == [None] * 3
        done = await reviewed(machine, run, sheet=filled_in(file, [f"Accept {ids[0]} ", "NEW", None], mine))
        assert [one.choice for one in done.decisions] == ["accept", "new"]
        ended = await machine.push(edited(people(3)), reference="derived")
        assert ended.outcomes == {"updated": 1, "created": 1, "review": 1}


async def test_the_command_shows_decides_and_asks_before_one_word_for_many(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        run, ids = await beside_strangers(machine)
        project = Project(machine.folder)

        async def cli(*arguments: str) -> Any:
            return await asyncio.to_thread(project.etl, "review", run.run_id, *arguments)

        shown = await cli()
        assert (shown.code, f"record {ids[0]} says" in shown.out) == (0, True)
        assert "Ede" in shown.out and "Utrecht" in shown.out
        assert "--from that sheet" in shown.err
        told = await cli("--json")
        assert [one["records"][0]["id"] for one in told.summary["rows"]] == ids
        many = await cli("--new")
        assert (many.code, "--yes" in many.err) == (64, True)
        assert (await cli("--row", "2", "--skip")).code == 0
        assert (await cli("--new", "--yes")).code == 0
        assert (await cli("--accept", ids[0], "--quiet")).code == 0
        ended = await machine.push(edited(people(3)), reference="derived")
        assert ended.outcomes == {"updated": 1, "created": 2}


async def test_a_review_is_a_call_too(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        run, ids = await beside_strangers(machine, 2)
        summary = await asyncio.to_thread(review_rows, machine.settings(), run.run_id, machine.out)
        assert [one["key"] for one in summary["rows"]] == ["1", "2"]
        done = await asyncio.to_thread(review_rows, machine.settings(), run.run_id, rows=[1], accept=ids[0])
        assert done["decided"] == [{"key": "1", "choice": "accept", "record": ids[0]}]
