"""People at work on all sides of a push, in any order: no record of others is touched, and no row is lost or doubled.

    STATE_MACHINE_EXAMPLES=20 python -m pytest tests/state_machine

STATE_MACHINE_STEPS says how long a story is, STATE_MACHINE_RANDOM that each run tells others, STATE_MACHINE_SHRINK that
one that failed is made as short as it goes, which takes minutes. STATE_MACHINE_WITHOUT leaves things out of all of
them: other, south, clash, kills, faults, undo, restore, clock, colleagues.

A table is edited and pushed by a machine, by another one beside it, and into a second shop on the same host; colleagues
edit, add and delete records; pushes are killed, answers are lost or wrong, clocks are set, folders are put back from
backups, runs are taken back. `quiet_moment` is where every row must be accounted for; the rest holds at every step.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from etl.push.push_order import Order
from etl.simulator import Simulator
from tests.support.clock import QuickClock
from tests.support.machine import DONE, Ended, Machine, amiss, people
from tests.support.weather import UPDATE, Meanwhile

from .death import dying, until_death
from .watched import CITY, Watched

LEFT = re.compile(r"by --on-conflict theirs: ([^.]+)\.")

T = TypeVar("T", bound=Callable[..., None])

EXAMPLES = int(os.environ.get("STATE_MACHINE_EXAMPLES", "0"))
STEPS = int(os.environ.get("STATE_MACHINE_STEPS", "40"))
WITHOUT = {*os.environ.get("STATE_MACHINE_WITHOUT", "").split(",")}
WHO = st.sampled_from([who for who in ("one", "one", "other", "south") if who not in WITHOUT])
COLUMN = st.sampled_from(["city", "city", "email", "postcode"])
NTH = st.sampled_from([0] if "kills" in WITHOUT else [0, 0, 0, 0, 3, 4, 5, 6, 6, 7, 7, 8, 9, 11])
PICK = st.integers(0, 9999)
"""Which of those that there are: what is drawn must not hang on what the story came to, or it cannot be told again."""
SEEDED = not os.environ.get("STATE_MACHINE_RANDOM")

pytestmark = [
    pytest.mark.skipif(not EXAMPLES, reason="STATE_MACHINE_EXAMPLES says how many stories to try"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]

CHOICES = {name for name in ("on_conflict", "recreate_missing") if name in {one.name for one in fields(Order)}}
ACTIONS: list[dict[str, Any]] = [
    {"drop_before": True}, {"drop_after": True}, {"status": 503}, {"status": 500, "commit": True}, {"status": 408},
    {"html": True}, {"html": True, "commit": True}, {"stale_echo": True}, {"stale_echo": True, "commit": True},
    {"no_body": True}, {"no_id": True}, {"empty": True}, {"broken_json": True}, {"cut_body": 0.5}, {"status": 404},
    {"late_commit_s": 0.001, "drop_after": True}, {"late_commit_s": 0.001, "status": 504}, {"retry_after": "3"},
    {"status": 503, "retry_after": "90"}, {"redirect": {"status": 303, "to": "/x"}, "commit": True},
    {"status": 200, "body": '{"customer_id": 999999, "id": 999999}'},
]  # fmt: skip
WRITES = "POST", "PUT", "DELETE"
SHOWN_S = 60
"""By then every list shows what was entered by hand; what none can show yet, nobody can heed."""
MODES = {"contacts": ("create", "upsert", "update", "delete")}


class EveryRule:
    """Hypothesis leaves some rules out of each story, and tells half of them without a single push."""

    def is_enabled(self, name: str) -> bool:
        return True


def chosen(things: Iterable[Any], picks: Iterable[int]) -> list[Any]:
    """Those that the picks fall on, each once."""
    there = list(things)
    return list(dict.fromkeys(there[pick % len(there)] for pick in picks)) if there else []


def unless(left_out: str) -> Callable[[T], T]:
    found: Callable[[T], T] = precondition(lambda self: left_out not in WITHOUT)
    return found


class PatientClock(QuickClock):
    """Its long naps take a moment, so that late commits come before the looks that wait for them. Nobody sets the
    server's clock."""

    def true_time(self) -> float:
        return (self.now() - self._jumped).timestamp()

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        if seconds >= 5:
            await asyncio.sleep(0.004)


class PeopleAtWork(RuleBasedStateMachine):
    """`rows` is the table, by number; `runs` the pushes that may be taken back, with who made them."""

    target = ""

    def __init__(self) -> None:
        super().__init__()
        chooser: Any = self._rules_strategy
        chooser.enabled_rules_strategy = st.just(EveryRule())
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda loop, context: None)  # what a killed push leaves behind
        self.folder = Path(tempfile.mkdtemp())
        clock = self.clock = PatientClock()
        self.simulator = Simulator(
            rows=0, products=0, tenants=True, per_minute=None, per_day=None,
            now=clock.true_time,
        )  # fmt: skip
        self.do(self.simulator.start())
        north = Machine(self.folder / "one", self.target, self.simulator, "north", clock)
        self.machines = {
            "one": north,
            "other": replace(north, folder=self.folder / "other"),
            "south": replace(north, user="south"),
        }
        self.shops = {"north": Watched(north), "south": Watched(self.machines["south"])}
        self.rows = {row["nr"]: row for row in people(4, reference="")}
        self.rows[1]["reference"], self.rows[2]["reference"] = ("", "") if "clash" in WITHOUT else ("1", "2")
        self.runs: list[tuple[str, str]] = []
        self.number = 4
        self.backed_up = self.muddled = False  # muddled: more than one ledger knows of the rows
        self.pushing, self.last, self.overruling = "north", "one", False

    def do(self, work: Any) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 60))

    def teardown(self) -> None:
        self.simulator.set_faults(None)
        self.do(self.simulator.stop())
        self.loop.close()
        shutil.rmtree(self.folder)

    @initialize()
    def strangers_were_there_first(self) -> None:
        for shop in self.shops.values():
            if "clash" in WITHOUT:
                continue
            shop.stranger("Vreemd", "vreemd@example.nl", "1")
            shop.stranger("Ander", "ander@example.nl", "row/2")
            shop.stranger("Jansen 3", "een-ander@example.nl", "R3")
            shop.stranger("Jansen 4", "j4@example.nl", "x")

    # what people do with the table

    @rule(picks=st.lists(PICK, min_size=1, max_size=3), column=COLUMN)
    def edit_rows(self, picks: list[int], column: str) -> None:
        for number in chosen(sorted(self.rows), picks):
            self.edit(number, column)

    def edit(self, row: int, column: str) -> None:
        self.number += 1
        value = {"city": f"Stad {self.number}", "email": f"n{self.number}@example.nl", "postcode": "1011AA"}[column]
        self.rows[row] = {**self.rows[row], column: value}

    @rule(pick=PICK, add=st.booleans(), reference=st.booleans())
    def rows_come_and_go(self, pick: int, add: bool, reference: bool) -> None:
        if add or len(self.rows) <= 2:
            self.number += 1
            self.rows[self.number] = people(1, self.number, reference=str(self.number) if reference else "")[0]
        else:
            del self.rows[chosen(sorted(self.rows), [pick])[0]]

    # what pushes do

    @rule(
        who=WHO,
        column=st.one_of(st.none(), COLUMN),
        mode=st.sampled_from(["create", "create", "upsert", "update"]),
        nth=NTH,
        before=st.booleans(),
        conflict=st.sampled_from(["review", "review", "ours", "theirs"]),
        recreate=st.booleans(),
    )
    def push(
        self, who: str, column: str | None, mode: str, nth: int, before: bool, conflict: str, recreate: bool
    ) -> None:
        if column:
            for number in sorted(self.rows)[:3]:
                self.edit(number, column)
        given = {"on_conflict": conflict, "recreate_missing": recreate}
        options = {name: value for name, value in given.items() if name in CHOICES and value not in (False, "review")}
        self.pushed(who, self.table, mode=mode, nth=nth, before=before, **options)

    push_once_more = push  # it comes up as often as two other rules

    @precondition(lambda self: self.target == "contacts")
    @rule(who=WHO.filter("other".__ne__), nth=NTH, picks=st.lists(PICK, min_size=1, max_size=2))
    def delete_rows(self, who: str, nth: int, picks: list[int]) -> None:
        if len(self.rows) <= 2:
            return
        rows = [self.rows.pop(number) for number in chosen(sorted(self.rows), picks)]
        shop, names = self.shop(who), {row["last_name"] for row in rows}
        for key, name in shop.ours().items():
            if name in names:
                shop.forget(key)
        self.pushed(who, rows, mode="delete", nth=nth)

    @unless("undo")
    @rule(pick=PICK, nth=NTH, before=st.booleans())
    def take_back_a_run(self, pick: int, nth: int, before: bool) -> None:
        if not self.runs:
            return
        self.muddled = True
        ((who, run_id),) = chosen(self.runs, [pick])
        with dying(nth, before) as death:
            ended = self.do(until_death(self.machines[who].undo(run_id), death))
        if ended is not None:
            assert ended.code in (0, 64, 65, 75, 77, 78), ended
            for row in ended.results:
                there = self.shop(who).colleague.sees(row["remote_id"]) if row["remote_id"] else None
                assert row["outcome"] != "deleted" or there is None, row

    def pushed(
        self, who: str, rows: list[dict[str, Any]], *, nth: int = 0, before: bool = False, **options: Any
    ) -> None:
        self.pushing, self.muddled = self.machines[who].user, self.muddled or who == "other"
        if who != self.last:  # another machine sees what this one made when the target's lists show it
            self.clock._passed += 180
        self.last = who
        self.overruling = options.get("on_conflict") == "ours"
        if self.overruling:
            self.shop(who).overruled()
        with dying(nth, before) as death:
            ended = self.do(until_death(self.machines[who].push(rows, **options), death))
        if ended is not None:
            self.judge(who, ended, rows)

    def judge(self, who: str, ended: Ended, rows: list[dict[str, Any]]) -> None:
        """What was told as done is true."""
        assert ended.code in (0, 64, 65, 75, 77, 78), ended
        if ended.run_id:
            self.runs.append((who, ended.run_id))
        machine, shop = self.machines[who], self.shop(who)
        by_key, ours = {str(row["nr"]): row for row in rows}, shop.ours()
        for result in ended.results:
            outcome, key = result["outcome"], result["remote_id"]
            left = LEFT.search(result["message"] or "")
            if left and CITY[self.target] in left[1].split(", "):
                shop.moved.add(key)  # the row was told that its city is not there
            if outcome == "deleted":
                assert not key or machine.colleague.sees(key) is None, result
            if outcome == "unchanged" and (key in shop.gone or self.muddled):
                continue  # what was sent before is not looked at again
            if outcome in DONE:
                assert key in ours, f"{result} names a record that is not ours"
                found = amiss(machine, key, by_key[result["key"]])
                if key in shop.moved:
                    found.pop("city", None)
                assert not found, f"{result} is not true: {found}"

    # what happens to machines and lines

    @unless("faults")
    @rule(
        action=st.sampled_from(ACTIONS), method=st.sampled_from(WRITES), share=st.sampled_from([0.2, 0.5, 1.0]),
        seed=st.integers(0, 9),
    )  # fmt: skip
    def writes_go_wrong(self, action: dict[str, Any], method: str, share: float, seed: int) -> None:
        when = {"share": share, "seed": seed}
        self.simulator.set_faults([{"method": method, "when": when, "action": action}])

    @unless("faults")
    @unless("colleagues")
    @rule(place=st.sampled_from(["city", "other", "child"]), times=st.integers(1, 3))
    def a_colleague_is_faster_than_an_update_that_has_to_wait(self, place: str, times: int) -> None:
        def work(path: str) -> None:
            shop = self.shops[self.pushing]
            key = re.findall(r"\d+", path)[-1]
            if key in shop.ours():
                shop.edit(key, place)
                if self.overruling:
                    shop.overruled()

        self.simulator.set_faults(Meanwhile(UPDATE, work, {"retry_after": "3"}, times=times))

    @unless("faults")
    @rule(seed=st.integers(0, 9), lag_s=st.sampled_from([0, 20]))
    def everything_goes_wrong_now_and_then(self, seed: int, lag_s: int) -> None:
        rules = [
            {"method": method, "when": {"share": 0.03, "seed": seed * 100 + number}, "action": action}
            for number, action in enumerate(ACTIONS)
            for method in WRITES
        ]
        self.clock._passed += SHOWN_S
        reads = {"method": "GET", "when": {"share": 0.1, "seed": seed}, "action": {"status": 503}}
        self.simulator.set_faults([*rules, reads, {"method": "GET", "action": {"find_lag_s": lag_s}}])

    @unless("clock")
    @rule(hours=st.sampled_from([-30, -1, 1, 30, None]), seconds=st.sampled_from([30, 4000, 90_000]))
    def a_clock_is_set_or_time_passes(self, hours: int | None, seconds: int) -> None:
        if hours is None:
            self.clock._passed += seconds
        else:
            self.clock.jump(timedelta(hours=hours))

    @unless("restore")
    @rule(what=st.sampled_from(["backed up", "backed up", "put back", "put back", "lost"]))
    def a_state_folder_is(self, what: str) -> None:
        machine = self.machines["one"]
        if not machine.state_folder.exists():
            return
        if what == "backed up":
            machine.back_up()
            self.backed_up = True
            return
        self.muddled = True
        if what == "lost":
            shutil.rmtree(machine.state_folder)
        elif self.backed_up:
            machine.put_back()

    # what colleagues do in the shops

    @unless("colleagues")
    @rule(
        picks=st.lists(PICK, min_size=1, max_size=3),
        user=st.sampled_from(["north", "north", "south"]),
        place=st.sampled_from(["city", "other", "child"]),
    )
    def a_colleague_edits_a_record(self, picks: list[int], user: str, place: str) -> None:
        shop = self.shops[user]
        for key in chosen(sorted({*shop.ours(), *shop.strangers}, key=int), picks):
            shop.edit(key, place)

    @unless("colleagues")
    @rule(pick=PICK, user=st.sampled_from(["north", "south"]), often=st.integers(0, 2))
    def a_colleague_deletes_a_record(self, pick: int, user: str, often: int) -> None:
        shop = self.shops[user]
        known = sorted({*shop.ours(), *shop.strangers}, key=int)
        if len(known) > 2 and often == 0:
            shop.delete(*chosen(known, [pick]))

    @unless("colleagues")
    @rule(pick=PICK, user=st.sampled_from(["north", "south"]), often=st.integers(0, 2))
    def a_colleague_enters_somebody_of_the_table(self, pick: int, user: str, often: int) -> None:
        row = self.rows[chosen(sorted(self.rows), [pick])[0]]
        if often == 0:
            self.shops[user].stranger(row["last_name"], row["email"], str(row["nr"]))
            self.clock._passed += SHOWN_S

    # what must hold

    @rule(who=WHO, column=st.one_of(st.none(), COLUMN))
    def quiet_moment(self, who: str, column: str | None) -> None:
        """All is well for a while, and whoever pushes does as he is told."""
        if column:
            self.edit(min(self.rows), column)
        self.pushing, self.muddled = self.machines[who].user, self.muddled or who == "other"
        if who != self.last:  # another machine sees what this one made when the target's lists show it
            self.clock._passed += 180
        self.last, self.overruling = who, False
        self.simulator.set_faults(None)
        machine = self.machines[who]
        ended = self.do(machine.until_settled(self.table))
        if ended.code == 78:
            ended = self.do(machine.push(self.table, rebuild=True))
            ended = self.do(machine.until_settled(self.table)) if ended.code == 75 else ended
        self.judge(who, ended, self.table)
        assert ended.code in (0, 65), ended
        assert sorted(row["key"] for row in ended.results) == sorted(map(str, self.rows)), ended
        alive = list(self.shop(who).ours().values())
        for row in ended.results:
            name = self.rows[int(row["key"])]["last_name"]
            if row["outcome"] in DONE and row["remote_id"] not in self.shop(who).gone:
                assert alive.count(name) == 1, f"{name} is there {alive.count(name)} times: {row}"
            elif row["outcome"] not in DONE:
                assert row["message"], row
        assert ended.code == (65 if ended.count("review", "rejected") else 0), ended

    @invariant()
    def nothing_of_others_is_touched_and_nothing_is_there_twice(self) -> None:
        for shop in self.shops.values():
            shop.agree(self.rows)
            wrongs = list(shop.wrongs())
            assert not wrongs, "\n".join(wrongs)

    @property
    def table(self) -> list[dict[str, Any]]:
        return [{"reference": "", **row} for row in self.rows.values()]

    def shop(self, who: str) -> Watched:
        return self.shops[self.machines[who].user]


STORIES = settings(
    max_examples=max(EXAMPLES, 1),
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=SEEDED,
    database=None,
    print_blob=False,
    report_multiple_bugs=False,
    phases=[Phase.generate, Phase.shrink] if os.environ.get("STATE_MACHINE_SHRINK") else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def story(target: str) -> type:
    case: type = type(f"At{target.title()}", (PeopleAtWork,), {"target": target}).TestCase  # type: ignore[attr-defined]
    case.settings = STORIES  # type: ignore[attr-defined]
    return case


TestCustomers = story("customers")
TestContacten = story("contacten")
TestKlanten = story("klanten")
TestContacts = story("contacts")
