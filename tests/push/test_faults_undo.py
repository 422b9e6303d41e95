"""Taking back: only what is still as it was left; the rest is told, and a second try goes on where one broke off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.machine import CITY, Machine, edited, machine_at, people
from tests.support.weather import DELETE, UPDATE, Outage, Wrong

TARGETS = ("customers", "contacten", "klanten", "contacts", "moneybird")
OF_THE_TIME = ("modified", "updated_at", "version", "events")
POSTCODE = {"contacts": "location_postal", "moneybird": "zipcode"}
OTHER = {"customers": "vat_number", "contacten": "website", "klanten": "website", "contacts": "website",
         "moneybird": "tax_number"}  # fmt: skip
"""A field that our rows say nothing of."""


def add(machine: Machine, key: str) -> None:
    """A colleague adds a child: a telephone number, or a person."""
    if machine.target == "customers":
        machine.colleague.add_phone(key, "0687654321")
    else:
        machine.colleague.add_person(key, "Ada", "Dam", "ada@example.nl")


async def test_a_record_that_a_colleague_completed_is_not_deleted(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        run = await machine.push(people(4))
        one, two, *_ = (row["remote_id"] for row in run.results)
        machine.colleague.edit(one, website="https://www.example.nl", bank_nr="NL02ABNA0123456789")
        add(machine, two)
        kept = [machine.colleague.sees(key) for key in (one, two)]
        ended = await machine.undo(run.run_id)
        assert [machine.colleague.sees(key) for key in (one, two)] == kept
        assert (ended.code, ended.count("deleted"), len(machine.colleague.everything())) == (65, 2, 2)
        assert ended.accounted == 4


async def test_a_run_that_nobody_touched_is_taken_back_whole(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        machine.colleague.create(name="Vreemd", client_reference="v", email="v@example.nl")
        before = machine.colleague.everything()
        run = await machine.push(people(4))
        ended = await machine.undo(run.run_id)
        assert (ended.code, ended.outcomes, machine.colleague.everything()) == (0, {"deleted": 4}, before)


@pytest.mark.parametrize("target", TARGETS)
async def test_an_update_is_taken_back_only_where_nothing_was_added_removed_or_changed(
    target: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(4))
        run = await machine.push(edited(people(4)))
        one, two, three, four = (row["remote_id"] for row in run.results)
        machine.colleague.edit(one, **{OTHER[target]: "NL001234567B01"})
        add(machine, two)
        machine.colleague.edit(three, **{POSTCODE.get(target, "postcode"): "1011AA"})
        kept = [machine.colleague.sees(key) for key in (one, two, three)]
        ended = await machine.undo(run.run_id)
        city = CITY[target]
        after = [machine.colleague.sees(key) for key in (one, two, three)]
        for before, now in zip(kept, after, strict=True):
            assert without(now, city) == without(before, city)
        assert machine.colleague.fields(four)[city] == "Utrecht"
        assert (ended.code, ended.accounted) == (65, 4)


def filled(record: Any) -> Any:
    """What a record holds: in a form, null can only be said as an empty text."""
    return {name: value for name, value in record.items() if value not in (None, "")}


def without(record: Any, city: str) -> Any:
    """A record without the field that the run changed (an invoice address follows), and without its time of change."""
    own = record.get("Contact", record)
    rest = {
        name: value
        for name, value in own.items()
        if name not in (city, city.replace("location", "invoice"), *OF_THE_TIME)
    }
    return rest | {"SubContact": record.get("SubContact")}


@pytest.mark.parametrize("target", TARGETS)
async def test_a_field_that_was_empty_is_emptied_again_or_said_to_have_been_left(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(3))
        before = machine.colleague.everything()
        column = "vat_number" if target in ("customers", "moneybird") else "website"
        value = "NL001234567B01" if column == "vat_number" else "https://www.example.nl"
        run = await machine.push([{**one, column: value} for one in people(3)])
        assert run.outcomes == {"updated": 3}
        ended = await machine.undo(run.run_id)
        told = {row["remote_id"]: row for row in ended.results}
        for key, record in machine.colleague.everything().items():
            restored = filled(without(record, "")) == filled(without(before[key], ""))
            assert restored == (told[key]["outcome"] in ("updated", "unchanged")), told[key]
        assert ended.code == (0 if all(row["outcome"] == "updated" for row in ended.results) else 65)


@pytest.mark.parametrize(
    "action", [{"drop_before": True}, {"drop_after": True}], ids=["nothing happened", "answer lost"]
)
async def test_an_undo_that_broke_off_goes_on_until_everything_is_taken_back(
    action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        created = await machine.push(people(12))
        for nth in (2, 3, 1):
            machine.simulator.set_faults(Outage(DELETE, action, nth=nth))
            assert (await machine.undo(created.run_id)).code in (0, 75)
        machine.simulator.set_faults(None)
        ended = await machine.undo(created.run_id)
        assert (ended.code, machine.colleague.everything()) == (0, {})
        assert len(machine.made) == 12


@pytest.mark.parametrize(
    "action", [{"drop_before": True}, {"drop_after": True}], ids=["nothing happened", "answer lost"]
)
@pytest.mark.parametrize("target", TARGETS)
async def test_an_undo_of_updates_that_broke_off_goes_on_until_everything_is_restored(
    target: str, action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(8))
        before = {key: without(record, "") for key, record in machine.colleague.everything().items()}
        run = await machine.push(edited(people(8)))
        for nth in (2, 1):
            machine.simulator.set_faults(Outage(UPDATE, action, nth=nth))
            assert (await machine.undo(run.run_id)).code in (0, 75)
        machine.simulator.set_faults(None)
        ended = await machine.undo(run.run_id)
        assert {key: without(record, "") for key, record in machine.colleague.everything().items()} == before
        assert (ended.code, len(machine.made)) == (0, 8)


async def test_a_later_run_that_changed_nothing_does_not_stand_in_the_way(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        run = await machine.push(people(3))
        await machine.push(people(3))
        await machine.push(people(3), mode="upsert")
        ended = await machine.undo(run.run_id)
        assert (ended.code, ended.outcomes, machine.colleague.everything()) == (0, {"deleted": 3}, {})


@pytest.mark.parametrize("target", ["customers", "contacts"])
async def test_rows_that_a_later_run_found_unchanged_by_reading_do_not_stand_in_the_way(
    target: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(3))
        before = {key: without(record, "") for key, record in machine.colleague.everything().items()}
        run = await machine.push(edited(people(3)))
        city = "city" if target == "customers" else "location_city"
        for row in run.results:
            machine.colleague.edit(row["remote_id"], **{city: "Urk"})
            machine.colleague.edit(row["remote_id"], **{city: "Ede"})
        await machine.push(edited(people(3), payment_term_days="14"))
        ended = await machine.undo(run.run_id)
        assert ended.code == 0
        assert {key: without(record, "") for key, record in machine.colleague.everything().items()} == before


async def test_what_a_later_run_changed_is_left_and_told(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        run = await machine.push(people(4))
        await machine.push([*people(2), *edited(people(2, first=3))])
        ended = await machine.undo(run.run_id)
        assert (ended.code, ended.count("deleted"), ended.accounted) == (65, 2, 4)
        assert len(machine.colleague.everything()) == 2


@pytest.mark.parametrize("target", ["customers", "contacten", "klanten"])
async def test_what_an_api_cannot_delete_is_left_and_told(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        run = await machine.push(people(3))
        before = machine.colleague.everything()
        ended = await machine.undo(run.run_id)
        assert (ended.code, ended.accounted, machine.colleague.everything()) == (65, 3, before)


@pytest.mark.parametrize("action", [{"html": True}, {"stale_echo": True}], ids=["a web page", "the old record"])
async def test_an_undo_answered_with_no_proof_is_not_called_done(action: dict[str, Any], tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        run = await machine.push(people(3))
        machine.simulator.set_faults(Wrong(DELETE, action))
        ended = await machine.undo(run.run_id)
        assert ended.code in (65, 75)
        assert ended.count("deleted") == 0
        machine.simulator.set_faults(None)
        ended = await machine.undo(run.run_id)
        assert (ended.code, machine.colleague.everything()) == (0, {})


async def test_a_push_after_an_undo_creates_each_row_once_more(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        run = await machine.push(people(3))
        await machine.undo(run.run_id)
        ended = await machine.push(people(3))
        assert (ended.code, ended.outcomes, len(machine.colleague.everything())) == (0, {"created": 3}, 3)
