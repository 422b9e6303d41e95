"""Whose record it is, where only one safeguard stands between a row and somebody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl import records
from etl.push.ownership.references import is_same, reference_of
from etl.push.push_order import destination_of
from etl.state.entries import Source
from etl.state.ledger_file import LedgerPaths, open_ledger
from tests.support.machine import CITY, REFERENCE, edited, ledger_id, lose_ledger, machine_at, people
from tests.support.weather import CREATE, Meanwhile, Wrong


@pytest.mark.parametrize(
    "said", [{"name": "Vreemd", "email": "vreemd@example.nl"}, {"name": "", "city": "Oss"}], ids=str
)
async def test_a_number_that_is_somebody_elses_by_now_is_not_written_to(said: Any, tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        stranger = machine.colleague.create(**said)
        theirs = machine.colleague.sees(stranger)
        row = {
            "account": "er", "system": "cyclesoftware", "stream": "customers", "source_id": stranger,
            "kind": "customer", "name": "Jansen", "display_name": "Jansen", "last_name": "Jansen",
            "is_organisation": False, "email": "jansen@example.nl", "city": "Utrecht", "country_code": "NL",
            "active": True, "extracted_at": datetime(2026, 1, 1, tzinfo=UTC), "issues": [],
        }  # fmt: skip
        file = tmp_path / "contacts" / "er.customers.parquet"
        file.parent.mkdir()
        records.conform(pl.DataFrame([row]), "contacts").write_parquet(file)
        ended = await machine.push(file, key=None, mode="update")
        assert (ended.code, ended.outcomes) == (65, {"review": 1})
        assert machine.colleague.sees(stranger) == theirs


async def test_what_a_record_was_matched_by_does_not_prove_it(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        stranger = machine.colleague.create(name="Vreemd", email="j1@example.nl")
        theirs = machine.colleague.sees(stranger)
        ended = await machine.push(people(1), mode="update", match="email")
        assert (ended.code, ended.outcomes) == (65, {"review": 1})
        assert machine.colleague.sees(stranger) == theirs


async def test_a_record_that_matches_and_is_another_rows_stays_that(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        await machine.push(people(1))
        before = machine.colleague.everything()
        again = [{**row, "nr": 2} for row in edited(people(1))]
        ended = await machine.push(again, mode="upsert", match="email")
        assert (ended.code, ended.outcomes) == (65, {"review": 1})
        assert machine.colleague.everything() == before


@pytest.mark.parametrize("target", REFERENCE)
async def test_a_reference_of_ours_that_is_cut_off_is_no_proof(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(1))
        stump = reference_of(ledger_id(machine), Source("", "", "2"))[:15]
        stranger = machine.colleague.create(name="Vreemd", email="v@example.nl", **{REFERENCE[target]: stump})
        theirs = machine.colleague.sees(stranger)
        lose_ledger(machine)
        ended = await machine.push(people(2), rebuild=True, on_conflict="ours")
        assert (ended.code, ended.count("review")) == (65, 1)
        assert machine.colleague.sees(stranger) == theirs


def test_a_stump_of_a_reference_is_nobodys() -> None:
    reference = reference_of("0123456789abcdef", Source("", "", "1"))
    assert is_same(reference[:14], reference)
    assert not any(is_same(reference[:length], reference) for length in range(14))


@pytest.mark.parametrize("target", ["customers", "contacten", "contacts"])
async def test_somebody_who_came_from_another_table_is_not_made_once_more(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        await machine.push(people(2), source="leden")
        ended = await machine.push(people(2), source="klanten")
        assert (ended.code, ended.outcomes, len(machine.made)) == (65, {"review": 2}, 2)


async def test_more_namesakes_than_are_read_are_for_people(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "klanten") as machine:
        for number in range(12):
            persons = [{"achternaam": "Anders", "email1": f"anders{number}@example.nl"}]
            machine.colleague.create(naam="Jansen 1", contactpersonen=persons)
        ended = await machine.push(people(1))
        assert (ended.code, ended.outcomes, machine.made) == (65, {"review": 1}, [])


async def test_somebody_who_was_entered_during_the_last_run_is_known_to_the_next(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:

        def enter(_: str) -> None:
            machine.colleague.create(name="Jansen 2", email="j2@example.nl", city="Oss")

        machine.simulator.set_faults(Meanwhile(CREATE, enter, {"retry_after": "500"}))
        assert (await machine.push(people(1))).outcomes == {"created": 1}
        machine.simulator.set_faults(None)
        machine.clock._passed += 7200
        ended = await machine.push(people(2))
        assert (ended.code, ended.outcomes) == (65, {"unchanged": 1, "review": 1})


async def test_where_what_was_sent_is_forgotten_the_record_is_asked_whose_it_is(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        await machine.push(people(2))
        before = machine.colleague.everything()
        place = LedgerPaths(machine.state_folder, machine.folder / "steady" / "seals")
        now = machine.clock.now()
        with open_ledger(place, destination_of(machine.settings(), "er.customers").key, now=now) as ledger:
            ledger.forget(now + timedelta(days=1))
        others = people(
            2, last_name="Bakker", email="info@bakker.example.nl", phone="0104112233", address_line="Kade 9",
            postcode="3011AA",
        )  # fmt: skip
        ended = await machine.push(others)
        assert (ended.code, ended.outcomes, machine.colleague.everything()) == (65, {"review": 2}, before)


async def test_a_reference_of_ones_own_in_doubt_is_not_found_in_a_strangers(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        stranger = machine.colleague.create(name="Vreemd", email="v@example.nl", customer_reference="1")
        machine.simulator.set_faults(Wrong(CREATE, {"drop_before": True}, times=1))
        ended = await machine.until_settled(people(1, reference="1"))
        assert (ended.outcomes, len(machine.made)) == ({"created": 1}, 1)
        assert ended.results[0]["remote_id"] != stranger


@pytest.mark.parametrize("target", CITY)
async def test_what_is_made_anew_is_looked_for_first(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        (row,) = (await machine.push(people(1))).results
        machine.colleague.delete(row["remote_id"])
        machine.clock._passed += 300
        assert (await replace(machine, folder=tmp_path / "other").push(people(1))).outcomes == {"created": 1}
        machine.clock._passed += 300
        ended = await machine.push(edited(people(1)), recreate_missing=True)
        assert (ended.code, ended.outcomes) == (65, {"review": 1})
        assert (len(machine.colleague.everything()), len(machine.made)) == (1, 2)
