"""Contacts into Moneybird: each row once whatever happens to its answer, and no call where nothing changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.machine import Machine, edited, machine_at, people, untrue

LOST = ("drop_before", "drop_after", "html", "empty", "cut_body")


def counts(machine: Machine, method: str) -> int:
    return int(machine.simulator.stats["systems"]["moneybird"]["operations"].get(method, 0))


def records(machine: Machine) -> list[dict[str, Any]]:
    return [*machine.colleague.everything().values()]


async def test_rows_are_created_with_our_key_and_unchanged_ones_make_no_call(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "moneybird") as machine:
        rows = people(12)
        first = await machine.push(rows)
        assert (first.code, first.count("created")) == (0, 12)
        assert untrue(machine, first, rows) == {}
        keys = [one["customer_id"] for one in records(machine)]
        assert len(set(keys)) == 12
        assert all(key.startswith("etl") for key in keys)
        calls = machine.simulator.stats["systems"]["moneybird"]["requests"]
        again = await machine.push(rows)
        assert (again.code, again.count("unchanged")) == (0, 12)
        assert machine.simulator.stats["systems"]["moneybird"]["requests"] == calls


@pytest.mark.parametrize("fault", LOST)
async def test_every_row_is_there_once_though_answers_are_lost(fault: str, tmp_path: Path) -> None:
    action = {fault: 0.5 if fault == "cut_body" else True}
    rules = [{"method": "POST", "when": {"every": 3}, "action": {**action, "commit": fault != "drop_before"}}]
    async with machine_at(tmp_path, "moneybird", faults=rules) as machine:
        rows = people(12)
        await machine.push(rows)
        machine.simulator.set_faults(None)
        ended = await machine.until_settled(rows)
        assert (ended.code, ended.accounted) == (0, 12)
        assert sorted(one["lastname"] for one in records(machine)) == sorted(row["last_name"] for row in rows)
        assert untrue(machine, ended, rows) == {}


async def test_a_key_that_is_told_as_taken_is_looked_for_before_its_row_is_rejected(tmp_path: Path) -> None:
    """The server took the row and says that its key was there: an earlier call of ours may have come late."""
    async with machine_at(tmp_path, "moneybird") as machine:
        rows = people(2)
        taken = {"status": 422, "body": json.dumps(TAKEN), "commit": True}
        machine.simulator.set_faults([{"method": "POST", "when": {"nth": [1]}, "action": taken}])
        ended = await machine.push(rows)
        assert (ended.code, ended.count("created"), len(records(machine))) == (0, 2, 2)


TAKEN = {
    "error": {"customer_id": ["has already been taken"]},
    "details": {"customer_id": [{"error": "taken"}]},
}


async def test_a_customer_id_that_somebody_else_has_is_refused_in_the_servers_words(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "moneybird") as machine:
        machine.colleague.create(company_name="Bakkerij Vroeg", customer_id="K-7")
        ended = await machine.push(people(1, reference="K-7"))
        assert (ended.code, len(records(machine))) == (65, 1)
        assert ended.count("rejected", "review") == 1


async def test_an_update_sends_what_changed_and_makes_no_second_person(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "moneybird") as machine:
        rows = people(3, company_name="Firma", first_name="Jan")
        assert (await machine.push(rows)).code == 0
        key = next(iter(machine.colleague.everything()))
        machine.colleague.edit(key, phone="+31687654321", address2="achter")
        ended = await machine.push(edited(rows[:1]) + rows[1:])
        assert (ended.code, ended.count("updated"), ended.count("unchanged")) == (0, 1, 2)
        (entry,) = machine.log("updated")
        assert entry["body"] == {"city": "Ede"}
        found = machine.colleague.fields(key)
        assert (found["phone"], found["address2"], len(found["contact_people"])) == ("+31687654321", "achter", 1)
        assert counts(machine, "PATCH") == 1


async def test_an_empty_cell_empties_its_field_and_never_the_key(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "moneybird") as machine:
        rows = people(1)
        await machine.push(rows)
        (before,) = records(machine)
        ended = await machine.push([{**rows[0], "email": "", "phone": ""}], clear_empty=True)
        (after,) = records(machine)
        assert (ended.code, ended.count("updated")) == (0, 1)
        assert (after["send_invoices_to_email"], after["phone"]) == ("", "")
        assert after["customer_id"] == before["customer_id"]


async def test_a_reference_that_is_emptied_stays_and_the_row_says_so(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "moneybird") as machine:
        await machine.push(people(1, reference="K-1"))
        ended = await machine.push(people(1, reference=""), clear_empty=True)
        assert ended.code == 0
        assert [one["customer_id"] for one in records(machine)] == ["K-1"]
        assert "cannot empty it: reference" in ended.results[0]["message"]


async def test_a_row_with_another_name_only_has_it_as_company_name_and_one_without_is_rejected(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "moneybird") as machine:
        rows = [{"nr": 1, "name": "Bakkerij Vroeg", "city": "Ede"}, {"nr": 2, "name": "", "city": "Ede"}]
        ended = await machine.push(rows)
        assert (ended.code, ended.count("created"), ended.count("rejected")) == (65, 1, 1)
        assert [one["company_name"] for one in records(machine)] == ["Bakkerij Vroeg"]


async def test_an_archived_contact_is_not_created_again(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "moneybird") as machine:
        row = people(1)[0]
        where = {"address1": row["address_line"], "zipcode": row["postcode"], "city": row["city"]}
        machine.colleague.create(lastname=row["last_name"], send_invoices_to_email=row["email"], archived=True, **where)
        ended = await machine.push([row])
        assert (ended.count("review"), len(records(machine))) == (1, 1)


async def test_a_push_is_undone_and_rows_are_deleted(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "moneybird") as machine:
        rows = people(3)
        first = await machine.push(rows)
        ended = await machine.push(rows[:1], mode="delete")
        assert (ended.code, ended.count("deleted"), len(records(machine))) == (0, 1, 2)
        undone = await machine.undo(first.run_id)
        assert (undone.code, len(records(machine))) == (0, 0)


async def test_no_more_than_150_calls_go_out_in_five_minutes_while_rows_are_pushed(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "moneybird", moneybird_per_5_minutes=150) as machine:
        rows = people(170)
        ended = await machine.push(rows, wait=True)
        assert (ended.code, ended.count("created")) == (0, 170)
        assert machine.simulator.stats["systems"]["moneybird"]["over_limit"] == 0
