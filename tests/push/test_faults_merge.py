"""An update changes what was edited, and nothing that anybody else wrote meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import QuickClock
from tests.support.machine import CITY, Machine, amiss, edited, machine_at, people, untrue
from tests.support.weather import UPDATE, Meanwhile, Wrong

TARGETS = ("customers", "contacten", "klanten", "contacts", "moneybird")
POSTCODE = {"customers": "postcode", "contacten": "postcode", "klanten": "postcode", "contacts": "location_postal",
            "moneybird": "zipcode"}  # fmt: skip
SERVER_MADE = ("updated_at", "version", "events")
UNSAID = {"customers": "vat_number", "contacten": "website", "klanten": "website", "contacts": "website",
          "moneybird": "tax_number"}  # fmt: skip
"""A field that our rows say nothing of."""


@dataclass
class WatchedClock(QuickClock):
    """Tells of each nap: time in which others are at work."""

    on_nap: Callable[[float], None] = field(default=lambda seconds: None)

    def __post_init__(self) -> None:
        super().__init__()

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        self.on_nap(seconds)


async def ids_of(machine: Machine, rows: list[dict[str, Any]]) -> list[str]:
    ended = await machine.push(rows)
    return [row["remote_id"] for row in ended.results]


@pytest.mark.parametrize("mode", ["create", "update", "upsert"])
@pytest.mark.parametrize("target", TARGETS)
async def test_a_colleagues_edit_of_another_field_survives_an_edit_of_ours(
    target: str, mode: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        for key in await ids_of(machine, people(3)):
            machine.colleague.edit(key, **{POSTCODE[target]: "1011AA", UNSAID[target]: "NL001234567B01"})
        rows = edited(people(3))
        ended = await machine.push(rows, mode=mode)
        assert (ended.code, ended.outcomes) == (0, {"updated": 3})
        for row in ended.results:
            own = machine.colleague.fields(row["remote_id"])
            assert [own[one[target]] for one in (CITY, POSTCODE, UNSAID)] == ["Ede", "1011AA", "NL001234567B01"]
        again = await machine.push(rows, mode=mode)
        assert (again.code, again.outcomes) == (0, {"unchanged": 3})


@pytest.mark.parametrize("target", TARGETS)
async def test_a_change_of_phone_does_not_reset_the_email_that_a_colleague_corrected(
    target: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        for key in await ids_of(machine, people(3)):
            if target in ("contacten", "klanten"):
                machine.colleague.edit_person(key, 0, email1="goed@example.nl")
            else:
                machine.colleague.edit(key, email="goed@example.nl")
        ended = await machine.push([{**row, "phone": "0307654321"} for row in people(3)])
        assert (ended.code, ended.outcomes) == (0, {"updated": 3})
        for row in ended.results:
            record = str(machine.colleague.sees(row["remote_id"]))
            assert "goed@example.nl" in record
            assert "307654321" in record


@pytest.mark.parametrize("target", TARGETS)
async def test_a_phone_or_a_person_that_a_colleague_added_survives_an_update(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        for key in await ids_of(machine, people(3)):
            if target == "customers":
                machine.colleague.add_phone(key, "0687654321")
            else:
                machine.colleague.add_person(key, "Ada", "Dam", "ada@example.nl")
        ended = await machine.push(edited(people(3)))
        assert (ended.code, ended.outcomes) == (0, {"updated": 3})
        for row in ended.results:
            assert ("0687654321" if target == "customers" else "Dam") in str(machine.colleague.sees(row["remote_id"]))


@pytest.mark.parametrize(("choice", "city", "outcome"), [
    (None, "Urk", "review"), ("review", "Urk", "review"), ("ours", "Ede", "updated"), ("theirs", "Urk", None),
])  # fmt: skip
@pytest.mark.parametrize("target", TARGETS)
async def test_a_field_that_both_changed_goes_by_what_was_chosen(
    target: str, choice: str | None, city: str, outcome: str | None, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        ids = await ids_of(machine, people(3))
        for key in ids:
            machine.colleague.edit(key, **{CITY[target]: "Urk", UNSAID[target]: "NL001234567B01"})
        ended = await machine.push(edited(people(3)), **({"on_conflict": choice} if choice else {}))
        assert ended.code == (65 if outcome == "review" else 0)
        assert ended.accounted == 3
        if outcome:
            assert ended.outcomes == {outcome: 3}
        told = f"Left as it is there, by --on-conflict theirs: {CITY[target]}."
        assert [told in (row["message"] or "") for row in ended.results] == [choice == "theirs"] * 3
        for key in ids:
            own = machine.colleague.fields(key)
            assert (own[CITY[target]], own[UNSAID[target]]) == (city, "NL001234567B01")


@pytest.mark.parametrize("target", TARGETS)
async def test_both_sides_making_the_same_change_is_no_conflict(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        for key in await ids_of(machine, people(3)):
            machine.colleague.edit(key, **{CITY[target]: "Ede"})
        ended = await machine.push(edited(people(3)))
        assert (ended.code, ended.count("updated", "unchanged"), untrue(machine, ended, edited(people(3)))) == (
            0,
            3,
            {},
        )


def edit_all(machine: Machine, ids: list[str], seen: dict[str, str]) -> Callable[[Any], None]:
    """A colleague who gives each record a new value in a field that our rows say nothing of, at each call."""
    number = 0

    def work(_: Any) -> None:
        nonlocal number
        number += 1
        for key in ids:
            seen[key] = f"NL0012345{number:02}B01"
            machine.colleague.edit(key, **{UNSAID[machine.target]: seen[key]})

    return work


def reads_and_writes(machine: Machine) -> tuple[int, int]:
    """How many records were read and written so far."""
    counts = [system["operations"] for system in machine.simulator.stats["systems"].values()]
    reads = sum(one.get("GET", 0) for one in counts)
    return reads, sum(one.get("PUT", 0) + one.get("POST", 0) for one in counts)


def survived(machine: Machine, seen: dict[str, str]) -> bool:
    return bool(seen) and all(machine.colleague.fields(key)[UNSAID[machine.target]] == seen[key] for key in seen)


@pytest.mark.parametrize(
    "action",
    [{"retry_after": "5"}, {"status": 429}, {"drop_before": True}, {"status": 503}],
    ids=["told to wait", "not told", "nothing happened", "503"],
)
@pytest.mark.parametrize("target", TARGETS)
async def test_a_colleagues_edit_made_while_an_update_waits_for_a_limit_or_is_in_doubt_survives(
    target: str, action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        ids = await ids_of(machine, people(3))
        seen: dict[str, str] = {}
        machine.simulator.set_faults(Meanwhile(UPDATE, edit_all(machine, ids, seen), action, times=3))
        ended = await machine.until_settled(edited(people(3)))
        assert (ended.code, untrue(machine, ended, edited(people(3)))) == (0, {})
        assert survived(machine, seen)


@pytest.mark.parametrize("target", TARGETS)
async def test_colleagues_edits_made_while_updates_wait_for_the_budget_survive(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        ids = await ids_of(machine, people(6))
        clock, seen = WatchedClock(), dict[str, str]()
        clock.jump(machine.clock.now() - clock.now())
        work, before = edit_all(machine, ids, seen), reads_and_writes(machine)

        def nap(seconds: float) -> None:
            reads, writes = reads_and_writes(machine)
            if seconds >= 1 and reads - before[0] == writes - before[1]:  # nobody is just between the two
                work(None)

        clock.on_nap = nap
        machine.clock, machine.more = clock, "budget = { per_minute = 4, per_day = 1000000 }"
        ended = await machine.until_settled(edited(people(6)), tries=20)
        assert (ended.code, untrue(machine, ended, edited(people(6)))) == (0, {})
        assert survived(machine, seen)


async def test_klanten_that_would_merge_into_a_customer_that_is_not_ours_are_not_sent(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "klanten") as machine:
        rows = people(3)
        persons = [{"voornaam": "Ada", "achternaam": "Dam", "email1": rows[0]["email"]}]
        stranger = machine.colleague.create(naam=rows[0]["last_name"], plaats="Urk", contactpersonen=persons)
        theirs = machine.colleague.sees(stranger)
        ended = await machine.until_settled(rows)
        assert machine.colleague.sees(stranger) == theirs
        assert machine.log("merged") == []
        assert (ended.code, ended.accounted, ended.outcomes.get("review")) == (65, 3, 1)
        ended = await machine.until_settled(edited(rows))
        assert machine.colleague.sees(stranger) == theirs
        assert len(machine.made) == 2


async def test_a_klant_that_a_colleague_made_between_two_runs_is_not_merged_into(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "klanten") as machine:
        await machine.push(people(2))
        row = people(1, first=3)[0]
        stranger = machine.colleague.create(naam=row["last_name"], contactpersonen=[{"email1": row["email"]}])
        theirs = machine.colleague.sees(stranger)
        await machine.until_settled(people(3))
        assert machine.colleague.sees(stranger) == theirs


@pytest.mark.parametrize("mode", ["create", "update", "upsert"])
@pytest.mark.parametrize("target", TARGETS)
async def test_a_record_that_was_deleted_there_is_told_and_not_made_again_unasked(
    target: str, mode: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        ids = await ids_of(machine, people(3))
        machine.colleague.delete(ids[1])
        ended = await machine.push(edited(people(3)), mode=mode)
        assert (ended.code, ended.outcomes) == (65, {"updated": 2, "rejected": 1})
        assert all(row["message"] for row in ended.results if row["outcome"] == "rejected")
        assert len(machine.made) == 3


@pytest.mark.parametrize("mode", ["create", "upsert"])
@pytest.mark.parametrize("target", TARGETS)
async def test_a_record_that_was_deleted_there_is_made_once_more_when_asked(
    target: str, mode: str, tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        ids = await ids_of(machine, people(3))
        machine.colleague.delete(ids[1])
        rows = edited(people(3))
        ended = await machine.push(rows, mode=mode, recreate_missing=True)
        assert (ended.code, ended.outcomes, untrue(machine, ended, rows)) == (0, {"updated": 2, "created": 1}, {})
        again = await machine.push(rows, mode=mode, recreate_missing=True)
        assert (again.outcomes, len(machine.made), len(machine.colleague.everything())) == ({"unchanged": 3}, 4, 3)


@pytest.mark.parametrize("action", [{"drop_after": True}, {"no_body": True}, {"html": True}], ids=str)
@pytest.mark.parametrize("target", TARGETS)
async def test_a_record_made_once_more_is_made_only_once(target: str, action: dict[str, Any], tmp_path: Path) -> None:
    from tests.support.weather import CREATE

    async with machine_at(tmp_path, target) as machine:
        ids = await ids_of(machine, people(3))
        machine.colleague.delete(ids[1])
        machine.simulator.set_faults(Wrong(CREATE, action, times=1))
        ended = await machine.until_settled(edited(people(3)), recreate_missing=True)
        assert (ended.code, untrue(machine, ended, edited(people(3)))) == (0, {})
        assert (len(machine.made), len(machine.colleague.everything())) == (4, 3)


@pytest.mark.parametrize("target", TARGETS)
async def test_a_few_columns_update_those_and_nothing_else(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        rows = people(3)
        ids = await ids_of(machine, rows)
        before = {key: dict(machine.colleague.fields(key)) for key in ids}
        ended = await machine.push([{"nr": row["nr"], "postcode": "1011AA"} for row in rows], mode="update")
        assert (ended.code, ended.outcomes) == (0, {"updated": 3})
        for key, row in zip(ids, rows, strict=True):
            assert amiss(machine, key, {**row, "postcode": "1011AA"}) == {}
            own = machine.colleague.fields(key)
            changed = {name for name in own if own[name] != before[key][name]}
            assert changed <= {POSTCODE[target], "modified", "invoice_postal", "provinciecode", *SERVER_MADE}
