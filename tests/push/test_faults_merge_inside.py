"""Persons and numbers inside a record: what a colleague changed of one, and we kept, is no less theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.machine import machine_at, people


@pytest.mark.parametrize("target", ["contacten", "klanten"])
async def test_an_email_of_theirs_in_a_person_that_was_kept_once_is_no_less_theirs(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        (row,) = (await machine.push(people(1))).results
        machine.colleague.edit_person(row["remote_id"], 0, email1="goed@example.nl")
        assert (await machine.push(people(1, phone="0307654321"))).outcomes == {"updated": 1}
        ended = await machine.push(people(1, phone="0307654321", email="nieuw@example.nl"))
        assert "goed@example.nl" in str(machine.colleague.sees(row["remote_id"]))
        assert (ended.code, ended.outcomes) == (65, {"review": 1})


async def test_a_number_of_theirs_that_was_kept_once_is_no_less_theirs(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        (row,) = (await machine.push(people(1))).results
        phones = machine.colleague.fields(row["remote_id"])["phone_numbers"]
        theirs = [{**phone, "phone_number": "0207654321"} for phone in phones if phone["phone_number"]]
        machine.colleague.edit(row["remote_id"], phone_numbers=theirs)
        assert (await machine.push(people(1, city="Ede"))).outcomes == {"updated": 1}
        ended = await machine.push(people(1, city="Ede", phone="0301112222"))
        assert "7654321" in str(machine.colleague.sees(row["remote_id"]))
        assert (ended.code, ended.outcomes) == (65, {"review": 1})
