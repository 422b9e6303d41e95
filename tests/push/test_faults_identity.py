"""Whose record is whose: the target is an origin and an account, the row a table and a key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.machine import PERSON, Machine, edited, machine_at, people, untrue

TARGETS = ("customers", "contacten", "klanten", "contacts")


def two_shops(machine: Machine) -> tuple[Machine, Machine]:
    """The same machine with one shop's credential, and with another's."""
    return replace(machine, user="north"), replace(machine, user="south")


def own_records(machine: Machine, count: int) -> dict[str, Any]:
    """Records that people of that shop made themselves."""
    for number in range(count):
        if machine.target == "customers":
            machine.colleague.create(name=f"Eigen {number}", email=f"eigen{number}@example.nl")
        elif machine.target == "contacts":
            machine.colleague.create(name=f"Eigen {number}", client_reference=f"e{number}", phone="1")
        else:
            machine.colleague.create(naam=f"Eigen {number}", contactpersonen=[{"email1": f"eigen{number}@example.nl"}])
    return machine.colleague.everything()


@pytest.mark.parametrize("target", TARGETS)
async def test_the_same_file_into_another_shop_on_the_same_host_creates_that_shops_rows(
    target: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target, tenants=True) as machine:
        north, south = two_shops(machine)
        assert (await north.push(people(4))).outcomes == {"created": 4}
        ended = await south.push(people(4))
        assert (ended.code, ended.outcomes) == (0, {"created": 4})
        assert [len(machine.colleague.everything()) for machine in (north, south)] == [4, 4]
        assert untrue(south, ended, people(4)) == {}
        assert (await north.push(people(4))).outcomes == {"unchanged": 4}
        assert (await south.push(people(4))).outcomes == {"unchanged": 4}


@pytest.mark.parametrize("target", TARGETS)
async def test_another_shops_own_records_are_never_changed_by_rows_that_went_to_the_first(
    target: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target, tenants=True) as machine:
        north, south = two_shops(machine)
        theirs = own_records(south, 6)
        await north.push(people(5))
        await south.push(edited(people(5)))
        there = south.colleague.everything()
        assert {key: there.get(key) for key in theirs} == theirs
        assert south.touched == set()


async def test_deleting_in_another_shop_takes_nothing_of_that_shops_own(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts", tenants=True) as machine:
        north, south = two_shops(machine)
        theirs = own_records(south, 6)
        await north.push(people(5))
        ended = await south.push(people(5), mode="delete")
        assert south.colleague.everything() == theirs
        assert ended.count("deleted") == 0


@pytest.mark.parametrize("target", TARGETS)
async def test_a_host_is_one_target_however_its_address_is_spelt(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        port = machine.simulator.base_url.rpartition(":")[2]
        for number, spelling in enumerate(
            (
                "http://127.0.0.1:{}",
                "http://127.0.0.1:{}/",
                "http://localhost:{}",
                "http://LOCALHOST:{}",
                "HTTP://localhost:{}/",
            )
        ):
            machine.base_url = spelling.format(port)
            ended = await machine.push(people(3))
            assert ended.code in (0, 78)
            if ended.code == 0:
                assert ended.outcomes == ({"unchanged": 3} if number else {"created": 3})
        assert len(machine.made) == 3


async def test_an_account_may_be_renamed(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        await machine.push(people(3))
        machine.others = machine.account("aa", "demo")
        assert (await machine.push(people(3))).outcomes == {"unchanged": 3}


@pytest.mark.parametrize("target", TARGETS)
async def test_verify_reads_the_account_that_the_run_wrote_to(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target, tenants=True) as machine:
        _, south = two_shops(machine)
        run = await south.push(people(3))
        south.others = south.account("aa", "north")
        found = await south.verify(run.run_id)
        assert (found.code, found.found) == (0, {"equal": 3})


async def test_undo_takes_back_at_the_account_that_the_run_wrote_to_and_nowhere_else(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts", tenants=True) as machine:
        north, south = two_shops(machine)
        theirs = own_records(north, 5)
        run = await south.push(people(5))
        south.others = south.account("aa", "north")
        ended = await south.undo(run.run_id)
        assert north.colleague.everything() == theirs
        assert (ended.code, ended.count("deleted"), south.colleague.everything()) == (0, 5, {})


def companies(count: int) -> list[dict[str, Any]]:
    """Another table that numbers from one, with nothing in common with the people."""
    return [
        {
            "nr": n, **PERSON, "last_name": "", "company_name": f"Bakker {n} BV", "email": f"info@bakker{n}.example.nl",
            "address_line": f"Havenweg {n + 50}", "postcode": "3011AA", "city": "Rotterdam", "phone": f"01041{n:05}",
        }
        for n in range(1, count + 1)
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["create", "upsert", "update"])
@pytest.mark.parametrize("target", TARGETS)
async def test_another_table_with_the_same_keys_never_overwrites_what_the_first_one_made(
    target: str, mode: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(5))
        before = machine.colleague.everything()
        ended = await machine.push(companies(5), mode=mode, name="bedrijven.csv")
        there = machine.colleague.everything()
        assert {key: there.get(key) for key in before} == before
        assert machine.touched == set()
        assert (ended.code, ended.accounted) == (65, 5)


async def test_a_row_whose_phone_and_address_changed_is_still_the_same_row(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        rows = people(3)
        await machine.push(rows)
        moved = edited(rows, phone="0301112223", address_line="Kade 5", postcode="3511AA")
        assert (await machine.push(moved)).outcomes == {"updated": 3}


async def test_two_tables_with_names_of_their_own_may_number_alike(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        assert (await machine.push(people(3), source="leden")).outcomes == {"created": 3}
        assert (await machine.push(companies(3), source="bedrijven")).outcomes == {"created": 3}
        assert (await machine.push(people(3), source="leden")).outcomes == {"unchanged": 3}
        assert len(machine.made) == 6
