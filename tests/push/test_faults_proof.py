"""A write is done when it was seen: a good status with something else in it proves nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.machine import Machine, edited, machine_at, people, untrue
from tests.support.weather import CREATE, DELETE, UPDATE, Wrong

TARGETS = ("customers", "contacten", "klanten", "contacts", "moneybird")
NOT_APPLIED = {
    "a web page": {"html": True},
    "the old record": {"stale_echo": True},
    "nothing": {"no_body": True, "commit": False},
    "no content": {"no_body": True, "status": 204, "commit": False},
    "an empty object": {"status": 200, "body": "{}"},
    "no object": {"status": 200, "body": "null"},
    "a list": {"status": 200, "body": "[]"},
}
APPLIED = {
    "a web page": {"html": True, "commit": True},
    "the old record": {"stale_echo": True, "commit": True},
    "nothing": {"no_body": True},
    "no content": {"no_body": True, "status": 204},
    "no id": {"no_id": True},
    "another record": {"status": 200, "body": '{"customer_id": 999999, "id": 999999}', "commit": True},
}
EITHER = {
    **{f"{answer}, and not made": action for answer, action in NOT_APPLIED.items()},
    **{f"{answer}, and made": action for answer, action in APPLIED.items()},
}


def actions(given: dict[str, Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("action", given.values(), ids=given.keys())


async def with_three(machine: Machine) -> list[dict[str, Any]]:
    rows = people(3)
    await machine.push(rows)
    return rows


@actions(NOT_APPLIED)
@pytest.mark.parametrize("target", TARGETS)
async def test_an_update_answered_with_no_proof_is_sent_again_until_it_was_seen(
    target: str, action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        rows = edited(await with_three(machine))
        machine.simulator.set_faults(Wrong(UPDATE, action, times=1))
        ended = await machine.until_settled(rows)
        assert untrue(machine, ended, rows) == {}
        assert (ended.code, ended.count("updated", "unchanged")) == (0, 3)
        assert len(machine.made) == 3


@actions(NOT_APPLIED)
@pytest.mark.parametrize("target", TARGETS)
async def test_an_update_that_never_takes_effect_is_never_called_done(
    target: str, action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        rows = edited(await with_three(machine))
        machine.simulator.set_faults(Wrong(UPDATE, action))
        for _ in range(2):
            ended = await machine.push(rows)
            assert ended.code in (65, 75)
            assert (ended.count("updated", "unchanged"), ended.accounted) == (0, 3)
        machine.simulator.set_faults(None)
        ended = await machine.until_settled(rows)
        assert untrue(machine, ended, rows) == {}
        assert ended.code == (65 if ended.count("review", "rejected") else 0)
        assert len(machine.made) == 3


@actions(APPLIED)
@pytest.mark.parametrize("target", TARGETS)
async def test_an_update_that_took_effect_is_seen_to_be_done_whatever_was_answered(
    target: str, action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        rows = edited(await with_three(machine))
        machine.simulator.set_faults(Wrong(UPDATE, action, times=2))
        ended = await machine.until_settled(rows)
        assert (ended.code, ended.count("updated", "unchanged"), untrue(machine, ended, rows)) == (0, 3, {})
        assert (len(machine.log("updated")), len(machine.made)) == (3, 3)


@actions(EITHER)
@pytest.mark.parametrize("target", TARGETS)
async def test_a_create_answered_with_no_proof_is_made_once_whether_or_not_it_took_effect(
    target: str, action: dict[str, Any], tmp_path: Path
) -> None:
    async with machine_at(tmp_path, target) as machine:
        machine.simulator.set_faults(Wrong(CREATE, action, times=2))
        ended = await machine.until_settled(people(4))
        assert len(machine.made) == len(set(machine.made)) == 4
        assert (ended.code, untrue(machine, ended, people(4))) == (0, {})


@actions(NOT_APPLIED)
async def test_a_delete_answered_with_no_proof_is_not_called_done(action: dict[str, Any], tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        rows = await with_three(machine)
        machine.simulator.set_faults(Wrong(DELETE, action))
        ended = await machine.push(rows, mode="delete")
        assert ended.code in (65, 75)
        assert (ended.count("deleted"), ended.accounted) == (0, 3)
        machine.simulator.set_faults(None)
        ended = await machine.until_settled(rows, mode="delete")
        assert (ended.code, machine.colleague.everything(), len(machine.made)) == (0, {}, 3)


@actions(APPLIED)
async def test_a_delete_that_took_effect_is_seen_to_be_done(action: dict[str, Any], tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        rows = await with_three(machine)
        machine.simulator.set_faults(Wrong(DELETE, action, times=2))
        ended = await machine.until_settled(rows, mode="delete")
        assert (ended.code, ended.outcomes, machine.colleague.everything()) == (0, {"deleted": 3}, {})
        assert len(machine.log("deleted")) == 3


DROPPED = {
    "customers": ("cyclesoftware.customers", "city"),
    "contacten": ("recras.contacten", "plaats"),
    "klanten": ("recras.contacten", "plaats"),
    "contacts": ("invoicing.contacts", "location_city"),
    "moneybird": ("moneybird.contacts", "city"),
}


@pytest.mark.parametrize("target", TARGETS)
async def test_a_field_that_the_target_does_not_keep_is_told_and_not_called_done(target: str, tmp_path: Path) -> None:
    store, field = DROPPED[target]
    async with machine_at(tmp_path, target, respell={store: {field: "drop"}}) as machine:
        ended = await machine.until_settled(people(2))
        assert len(machine.made) == len(set(machine.made)) == 2
        assert ended.code == 65 or any(field in (row["message"] or "") for row in ended.results)
        ended = await machine.until_settled(people(2))
        assert len(machine.made) == 2


@pytest.mark.parametrize("target", TARGETS)
async def test_successes_without_an_id_do_not_stop_a_run(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        machine.simulator.set_faults(Wrong(CREATE, {"no_id": True}))
        rows = people(120)
        ended = await machine.push(rows)
        assert len(machine.made) == len(set(machine.made)) == 120
        assert (ended.code, untrue(machine, ended, rows)) == (0, {})


@pytest.mark.parametrize("kind", [CREATE, UPDATE], ids=["create", "update"])
async def test_a_write_that_is_told_to_come_back_later_comes_back_no_sooner(kind: Any, tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        rows = await with_three(machine)
        rows = people(4) if kind is CREATE else edited(rows)
        before = machine.clock.now().timestamp()
        machine.simulator.set_faults(Wrong(kind, {"status": 503, "retry_after": "1800"}, times=1))
        ended = await machine.until_settled(rows)
        assert (ended.code, untrue(machine, ended, rows)) == (0, {})
        again = [entry["at"] for entry in machine.log("created", "updated") if entry["at"] > before + 1]
        assert again
        assert min(again) >= before + 1800
