"""What may be sent, what an answer proves and what is looked for, where only one safeguard tells."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from etl.push.push import Setting, held
from etl.push.push_order import destination_of
from etl.push.review.settle import ReviewRequest, review
from etl.simulator.engine.faults import Action, FaultPlan
from tests.support.machine import Machine, edited, machine_at, people, shown, untrue
from tests.support.weather import CREATE, UPDATE, Outage, Wrong


@pytest.mark.parametrize("mode", ["delete", "upsert"])
async def test_a_record_that_is_hidden_is_neither_gone_nor_made_anew(mode: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacts") as machine:
        await machine.push(people(2))
        before = machine.colleague.everything()
        machine.simulator.set_faults(Wrong(re.compile(r"^GET /contacts/\d"), {"status": 404}))
        ended = await machine.push(edited(people(2)), mode=mode, recreate_missing=mode == "upsert")
        assert (ended.code, ended.outcomes) == (65, {"rejected": 2})
        assert (machine.colleague.everything(), len(machine.made)) == (before, 2)


async def test_a_run_stops_at_the_limit_of_errors_that_was_set(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        machine.simulator.set_faults(Wrong(CREATE, {"status": 422}))
        ended = await machine.push(people(200), stop_after_errors="3")
        assert ended.code == 65
        assert 3 <= ended.count("rejected") < 100


async def test_a_page_of_success_counts_as_a_server_that_is_not_itself(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        machine.simulator.set_faults(Wrong(CREATE, {"html": True}))
        assert (await machine.push(people(300))).code == 75
        assert machine.simulator.stats["systems"]["cyclesoftware"]["operations"]["POST"] < 120


async def test_an_echo_of_another_record_proves_no_update(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        await machine.push(people(2))
        machine.simulator.set_faults(Wrong(UPDATE, shown(999_999, city="Ede"), times=1))
        ended = await machine.until_settled(edited(people(2)))
        assert (ended.code, untrue(machine, ended, edited(people(2)))) == (0, {})


@pytest.mark.parametrize("fields", [{}, {"city": "Urk"}], ids=["left out", "another value"])
async def test_an_echo_that_does_not_show_what_was_sent_is_looked_into(fields: Any, tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        (row,) = (await machine.push(people(1))).results
        machine.simulator.set_faults(Wrong(UPDATE, shown(row["remote_id"], **fields), times=1))
        ended = await machine.until_settled(edited(people(1)))
        assert (ended.code, untrue(machine, ended, edited(people(1)))) == (0, {})


@pytest.mark.parametrize("target", ["contacten", "klanten"])
async def test_what_an_answer_calls_made_is_seen_in_the_list(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        machine.simulator.set_faults(Wrong(CREATE, shown(999_999, naam="Jansen 1"), times=1))
        ended = await machine.until_settled(people(3))
        assert (ended.code, untrue(machine, ended, people(3)), len(machine.made)) == (0, {}, 3)


@pytest.mark.parametrize("target", ["contacten", "klanten"])
async def test_an_id_that_an_answer_named_is_held_against_its_record(target: str, tmp_path: Path) -> None:
    async with machine_at(tmp_path, target) as machine:
        stranger = machine.colleague.create(naam="Vreemd", contactpersonen=[{"email1": "v@example.nl"}])
        machine.simulator.set_faults(Wrong(CREATE, shown(stranger, naam="Jansen 1"), times=1))
        ended = await machine.until_settled(people(2))
        told = [row["remote_id"] for row in ended.results if row["outcome"] != "review"]
        assert (stranger in told, ended.outcomes) == (False, {"created": 1, "review": 1})


async def test_a_write_that_never_takes_effect_is_rejected_after_three_tries(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        await machine.push(people(2))
        machine.simulator.set_faults(Wrong(UPDATE, {"stale_echo": True}))
        ended = await machine.push(edited(people(2)))
        assert (ended.code, ended.outcomes) == (65, {"rejected": 2})
        assert machine.simulator.stats["systems"]["cyclesoftware"]["operations"]["PUT"] == 6


async def test_an_answer_about_another_record_teaches_no_spelling(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers") as machine:
        other = shown(999_999, customer_reference="of-another", city="UTRECHT", email="anders@example.nl")
        machine.simulator.set_faults(Wrong(CREATE, {**other, "commit": True}, times=1))
        await machine.until_settled(people(1))
        machine.simulator.set_faults(None)
        ended = await machine.push(people(1, city="UTRECHT"))
        cities = [record["city"] for record in machine.colleague.everything().values()]
        assert (ended.outcomes, cities) == ({"updated": 1}, ["UTRECHT"])


async def test_two_that_may_be_the_one_in_doubt_are_for_people(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacten") as machine:
        machine.simulator.set_faults(Outage(CREATE, {"drop_after": True}))
        assert (await machine.push(people(1))).code == 75
        machine.simulator.set_faults(None)
        (record,) = machine.colleague.everything().values()
        persons = [{k: v for k, v in one.items() if k != "id"} for one in record["contactpersonen"]]
        machine.colleague.create(**{**{k: v for k, v in record.items() if k != "id"}, "contactpersonen": persons})
        ended = await machine.until_settled(people(1))
        assert (ended.code, ended.outcomes) == (65, {"review": 1})


async def test_a_look_goes_by_the_servers_clock(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "customers", clock_offset_s=-7200.0) as machine:
        machine.simulator.set_faults([{"method": "POST", "when": {"nth": [3]}, "action": {"drop_after": True}}])
        ended = await machine.until_settled(people(3))
        assert (ended.code, ended.outcomes, len(machine.made)) == (0, {"created": 3}, 3)


async def test_somebody_equal_who_was_there_before_a_run_was_not_made_by_it(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacten") as machine:
        await machine.push(people(1))
        (stranger,) = machine.colleague.everything()
        for name in (machine.state, "steady"):
            shutil.rmtree(machine.folder / name)
        run = await machine.push(people(1))
        setting = Setting(machine.settings(), destination_of(machine.settings(), "er.contacten"), machine.out)
        with held(setting.settings, setting.destination):
            await review(setting, run.run_id, ReviewRequest(rows=[1], new=True))
        machine.simulator.set_faults(Wrong(CREATE, {"drop_before": True}, times=1))
        ended = await machine.until_settled(people(1))
        assert (ended.outcomes, len(machine.made)) == ({"created": 1}, 2)
        assert ended.results[0]["remote_id"] != stranger


async def test_a_row_waits_for_an_equal_one_that_the_api_would_merge_with_it(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "klanten") as machine:
        began = machine.clock.now().timestamp()
        machine.simulator.set_faults(Wrong(CREATE, {"drop_before": True}, times=1))
        rows = [{**row, "nr": number} for number in (1, 2) for row in people(1)]
        ended = await machine.until_settled(rows)
        assert (ended.code, sorted(row["outcome"] for row in ended.results)) == (0, ["created", "merged"])
        settle_s = machine.settings().accounts["er"].settle_s
        assert min(one["at"] for one in machine.log("created", "merged")) >= began + settle_s


class Slow(FaultPlan):
    """Serves each create after a while, and notes how many had been made when it arrived."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(None)
        self.machine = machine
        self.made: list[int] = []

    def strike(self, method: str, target: str) -> Action | None:
        if CREATE.search(f"{method} {target}") is None:
            return None
        self.made.append(len(self.machine.made))
        return Action(delay_s=0.1)


async def test_rows_that_nothing_tells_apart_go_one_after_another(tmp_path: Path) -> None:
    async with machine_at(tmp_path, "contacten") as machine:
        slow = Slow(machine)
        machine.simulator.set_faults(slow)
        assert (await machine.push(people(3))).outcomes == {"created": 3}
        assert slow.made == [0, 1, 2]
