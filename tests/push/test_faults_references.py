"""References clash, are cut, respelt and dropped: they prove nothing unless no one else can have made them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.machine import Machine, edited, machine_at, people, untrue
from tests.support.weather import CREATE, Outage, Wrong

FIELD = {"customers": "customer_reference", "contacts": "client_reference"}
STORE = {
    "customers": "cyclesoftware.customers", "contacten": "recras.contacten", "klanten": "recras.contacten",
    "contacts": "invoicing.contacts",
}  # fmt: skip
LOST = [{"drop_before": True}, {"drop_after": True}]


def strangers(machine: Machine, *references: str) -> dict[str, Any]:
    """Records of other people, under these references."""
    for number, reference in enumerate(references):
        fields = {"name": f"Vreemd {number}", "email": f"vreemd{number}@example.nl", FIELD[machine.target]: reference}
        machine.colleague.create(**fields)
    return machine.colleague.everything()


def intact(machine: Machine, theirs: dict[str, Any]) -> bool:
    there = machine.colleague.everything()
    return {key: there.get(key) for key in theirs} == theirs and not machine.touched & theirs.keys()


def with_references(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "reference": str(row["nr"])} for row in rows]


@pytest.mark.parametrize("action", [None, *LOST], ids=["all well", "nothing happened", "answer lost"])
@pytest.mark.parametrize("mode", ["create", "upsert"])
@pytest.mark.parametrize("target", FIELD)
async def test_a_rows_own_reference_never_makes_a_strangers_record_ours(
    target: str, mode: str, action: dict[str, Any] | None, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        theirs = strangers(machine, "1", "2", "3")
        rows = with_references(people(3))
        machine.simulator.set_faults(Outage(CREATE, action) if action else None)
        await machine.push(rows, mode=mode)
        machine.simulator.set_faults(None)
        ended = await machine.until_settled(rows, mode=mode)
        assert ended.accounted == 3
        ended = await machine.until_settled(edited(rows), mode=mode)
        assert intact(machine, theirs)
        assert len(machine.made) == len(set(machine.made))
        assert untrue(machine, ended, edited(rows)) == {}
        assert ended.code == (65 if ended.count("review", "rejected") else 0)
        assert ended.accounted == 3


@pytest.mark.parametrize("mode", ["upsert", "update"])
@pytest.mark.parametrize("target", FIELD)
async def test_a_match_by_reference_that_agrees_in_nothing_else_is_not_written_to(
    target: str, mode: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        theirs = strangers(machine, "1", "2", "3")
        ended = await machine.push(with_references(people(3)), mode=mode, match="reference")
        assert intact(machine, theirs)
        assert (ended.code, ended.accounted) == (65, 3)


@pytest.mark.parametrize("mode", ["upsert", "update"])
@pytest.mark.parametrize("target", FIELD)
async def test_a_match_by_reference_that_agrees_is_written_to(target: str, mode: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        rows = with_references(people(3))
        await machine.push(rows)
        other = replace(machine, folder=tmp_path / "other")
        ended = await other.push(edited(rows), mode=mode, match="reference")
        assert (ended.code, ended.outcomes, untrue(other, ended, edited(rows))) == (0, {"updated": 3}, {})
        assert len(machine.made) == 3


@pytest.mark.parametrize("action", LOST, ids=["nothing happened", "answer lost"])
@pytest.mark.parametrize("target", FIELD)
async def test_two_machines_that_number_alike_never_touch_each_others_records(
    target: str, action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as one:
        await one.push(people(5))
        theirs = one.colleague.everything()
        other = replace(one, folder=tmp_path / "other")
        rows = [{**row, "last_name": f"Smit {row['nr']}", "email": f"s{row['nr']}@example.nl"} for row in people(5)]
        rows = [{**row, "address_line": f"Kade {row['nr']}", "phone": f"03011{row['nr']:05}"} for row in rows]
        other.simulator.set_faults(Outage(CREATE, action))
        await other.push(rows)
        other.simulator.set_faults(None)
        await other.until_settled(rows)
        ended = await other.until_settled(edited(rows))
        assert intact(other, theirs)
        assert (ended.code, untrue(other, ended, edited(rows))) == (0, {})
        assert sorted(other.made)[-5:] == [f"Smit {n}" for n in range(1, 6)]
        assert len(other.made) == 10


@pytest.mark.parametrize("target", FIELD)
async def test_a_reference_that_is_in_use_makes_no_update_of_whoever_has_it(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target, unique_references=True) as machine:
        theirs = strangers(machine, "2")
        rows = with_references(people(3))
        await machine.until_settled(rows)
        ended = await machine.until_settled(edited(rows))
        assert intact(machine, theirs)
        assert (ended.code, ended.accounted, untrue(machine, ended, edited(rows))) == (65, 3, {})
        assert sorted(machine.made) == ["Jansen 1", "Jansen 3"]


@pytest.mark.parametrize("form", ["upper", "cut:8", "cut:20", "drop", "digits"])
@pytest.mark.parametrize("target", FIELD)
async def test_a_reference_that_the_target_respells_leaves_nothing_in_review(
    target: str, form: str, tmp_path: Path
) -> None:
    respell = {STORE[target]: {FIELD[target]: form}}
    async with machine_at(tmp_path, target, respell=respell) as machine:
        rows = [{**row, "reference": f"klant-abcdefgh-{row['nr']}"} for row in people(4)]
        ended = await machine.until_settled(rows)
        assert (ended.code, ended.outcomes, untrue(machine, ended, rows)) == (0, {"created": 4}, {})
        assert (await machine.push(rows)).outcomes == {"unchanged": 4}
        ended = await machine.until_settled(edited(rows))
        assert (ended.code, ended.outcomes, untrue(machine, ended, edited(rows))) == (0, {"updated": 4}, {})
        assert len(machine.made) == 4


@pytest.mark.parametrize("reference", [None, "klant-abcdefgh-"], ids=["derived", "own"])
@pytest.mark.parametrize("form", ["upper", "cut:8", "drop", "digits"])
@pytest.mark.parametrize("target", FIELD)
async def test_lost_answers_make_nothing_twice_where_the_target_respells_references(
    target: str, form: str, reference: str | None, tmp_path: Path
) -> None:
    respell = {STORE[target]: {FIELD[target]: form}}
    async with machine_at(tmp_path, target, respell=respell) as machine:
        rows = [{**row, **({"reference": f"{reference}{row['nr']}"} if reference else {})} for row in people(6)]
        machine.simulator.set_faults(Wrong(CREATE, {"drop_after": True}, times=3))
        ended = await machine.until_settled(rows)
        ended = await machine.until_settled(rows)
        assert len(machine.made) == len(set(machine.made)) == 6
        assert (ended.accounted, untrue(machine, ended, rows)) == (6, {})


SPELT = {
    "customers": {"name": "upper", "city": "upper", "street": "html"},
    "contacten": {"naam": "html", "plaats": "upper", "contactpersonen.achternaam": "html"},
    "klanten": {"naam": "html", "plaats": "upper", "contactpersonen.achternaam": "html"},
    "contacts": {"name": "html", "location_city": "upper", "phone": "digits"},
}


@pytest.mark.parametrize("lost", [False, True], ids=["all well", "answers lost"])
@pytest.mark.parametrize("target", SPELT)
async def test_values_that_the_target_respells_make_no_doubles_and_no_endless_updates(
    target: str, lost: bool, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target, respell={STORE[target]: SPELT[target]}) as machine:
        rows = [
            {**row, "last_name": f"Jansen & Zn {row['nr']}", "address_line": f"Kade {row['nr']}"} for row in people(8)
        ]
        machine.simulator.set_faults(Wrong(CREATE, {"drop_after": True}, times=4) if lost else None)
        ended = await machine.until_settled(rows)
        assert len(machine.made) == len(set(machine.made)) == 8
        assert ended.accounted == 8
        if not lost:
            assert (ended.code, ended.outcomes) == (0, {"created": 8})
            assert (await machine.push(rows)).outcomes == {"unchanged": 8}
            assert (await machine.until_settled(edited(rows))).outcomes == {"updated": 8}
            assert (await machine.push(edited(rows))).outcomes == {"unchanged": 8}
        assert len(machine.made) == 8


@pytest.mark.parametrize("lost", [False, True], ids=["all well", "answers lost"])
async def test_products_whose_durations_and_prices_are_respelt_are_made_once(lost: bool, tmp_path: Path) -> None:
    respell = {"recras.producten": {"duur": "duration", "verkoop": "decimals", "inkoop": "decimals", "naam": "html"}}
    async with machine_at(tmp_path, "producten", respell=respell) as machine:
        rows = [
            {"nr": n, "name": f"Fiets & Co {n}", "purchase_price": "7.5", "minimum_quantity": 1, "supplier_id": 3}
            for n in range(1, 9)
        ]
        rows = [{**row, "duration_iso": "PT1H"} for row in rows]
        machine.simulator.set_faults(Wrong(CREATE, {"drop_after": True}, times=4) if lost else None)
        ended = await machine.until_settled(rows)
        assert len(machine.made) == len(set(machine.made)) == 8
        assert ended.accounted == 8
        again = await machine.push(rows)
        assert (again.count("created"), len(machine.made)) == (0, 8)
