"""Moneybird through the command: contacts read whole, resumed and replayed, within 150 calls in five minutes."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import polars as pl
import pytest

from etl.config.identity import identity_of
from etl.paginate.window import AHEAD
from etl.simulator import Simulator, truth
from etl.systems import SYSTEMS
from etl.systems.declare import Refusal
from tests.support.clock import QuickClock
from tests.support.scripted import Answer, Seen, Server
from tests.support.workplace import Project, Ran

ROWS, SEED = 250, 7
ACCOUNT = """
[accounts.office]
system = "moneybird"
base_url = "{url}"
api_key = "s3cr3t-token"
administration_id = "123"
"""


@asynccontextmanager
async def simulated(project: Project, **options: Any) -> AsyncIterator[Simulator]:
    async with Simulator(**{"rows": ROWS, "products": 0, "seed": SEED, **options}) as simulator:
        project.configure(ACCOUNT, simulator.base_url)
        yield simulator


async def run(project: Project, *arguments: str) -> Ran:
    return await asyncio.to_thread(project.etl, *arguments)


def calls(simulator: Simulator) -> int:
    return int(simulator.stats["systems"]["moneybird"]["requests"])


async def test_250_contacts_are_read_whole_with_archived_ones_and_people(project: Project) -> None:
    async with simulated(project) as simulator:
        ran = await run(project, "export", "office", "--out", "out", "--json")
        asked = calls(simulator)
    assert (ran.code, ran.summary["written"], asked) == (0, ROWS, 3), ran.err
    rows = {row["source_id"]: row for row in project.table(of="office.contacts").to_dicts()}
    wrong = [
        (row["source_id"], column, rows[str(row["source_id"])][column], value)
        for row in truth.contacts("moneybird", ROWS, SEED)
        for column, value in row.items()
        if rows[str(row["source_id"])][column] != value
    ]
    assert wrong == []
    assert {row["active"] for row in rows.values()} == {True, False}
    for table, true in (("contact_persons", truth.contact_persons), ("phone_numbers", truth.phone_numbers)):
        told = true("moneybird", ROWS, SEED)
        assert project.table(table, of="office.contacts").height == len(told) > 0
    extra = [json.loads(row["extra"]) for row in rows.values()]
    assert all("delivery_method" in one and "email" not in one and "attention" not in one for one in extra)


async def test_an_interrupted_export_goes_on_behind_the_pages_that_landed(project: Project) -> None:
    async with simulated(project) as simulator:
        simulator.set_faults([{"path": "page=3", "action": {"status": 400}}])
        assert (await run(project, "export", "office", "--out", "out")).code == 69
        before = calls(simulator)
        simulator.set_faults(None)
        ran = await run(project, "export", "office", "--out", "out", "--json")
        assert (ran.code, calls(simulator) - before) == (0, 1), "the first two pages are not asked for again"
    assert project.table(of="office.contacts").height == ROWS


async def test_a_replay_makes_the_same_rows_without_a_call(project: Project) -> None:
    async with simulated(project) as simulator:
        await run(project, "export", "office", "--out", "out")
        before = calls(simulator)
        assert (await run(project, "replay", "office", "--out", "again")).code == 0
        assert calls(simulator) == before
    for table in ("contacts", "contact_persons", "phone_numbers"):
        file = f"{table}/office.contacts.parquet"
        assert pl.read_parquet(project.folder / "again" / file).equals(pl.read_parquet(project.out / file))


async def test_one_contact_is_shown_and_a_search_lists_what_matches(project: Project) -> None:
    async with simulated(project) as simulator:
        key = simulator.stores["moneybird.contacts"].ids()[4]
        got = await run(project, "get", "office.contacts", str(key), "--json")
        found = await run(project, "find", "office.contacts", "--query", "example.nl", "--json")
    assert [one["source_id"] for one in got.summary["records"]] == [str(key)]
    assert {"example.nl" in one["email"] for one in found.summary["records"]} == {True}


async def test_a_search_finds_archived_contacts_too(project: Project) -> None:
    async with simulated(project) as simulator:
        store = simulator.stores["moneybird.contacts"]
        archived = next(one for key in store.ids() if (one := store.get(key)) and one["archived"])
        found = await run(project, "find", "office.contacts", "--query", archived["customer_id"], "--json")
    assert archived["id"] in [one["source_id"] for one in found.summary["records"]]


def test_an_account_without_an_administration_is_refused_before_any_call(project: Project) -> None:
    with Server([Answer([])]) as server:
        project.configure(ACCOUNT.replace('administration_id = "123"\n', ""), server.base_url)
        ran = project.etl("check")
    assert (ran.code, "administration_id is missing" in ran.err, server.seen) == (78, True, [])


def test_what_was_not_tried_with_the_live_server_is_told(project: Project) -> None:
    told = [one["what"] for one in project.etl("sources", "--json").summary["unverified"]]
    assert any("No call was made to a live server" in one for one in told)


ORDER = ("push", "rows.csv", "--to", "office.contacts", "--yes", "--json")


async def test_rows_are_pushed_once_though_answers_are_lost_and_unchanged_ones_make_no_call(project: Project) -> None:
    lines = [f"{n},Firma {n},f{n}@example.nl,Markt {n},1234 AB,Ede" for n in range(1, 9)]
    head = "source_id,company_name,email,address_line,postcode,city"
    file = project.folder / "rows.csv"
    file.write_text("\n".join([head, *lines]), "utf-8")
    async with simulated(project, rows=0) as simulator:
        with project.config.open("a", encoding="utf-8") as config:
            config.write("settle_s = 0.05\n")
        lost = [({"nth": [2]}, {"drop_after": True}), ({"nth": [3]}, {"drop_before": True})]
        simulator.set_faults(
            [{"method": one, "when": when, "action": action} for one in ("POST", "PATCH") for when, action in lost]
        )
        first = await run(project, *ORDER)
        assert (first.code, first.summary["outcomes"]["created"]) == (0, 8), first.err
        file.write_text("\n".join([head, *lines]).replace("Ede", "Urk"), "utf-8")
        second = await run(project, *ORDER)
        while second.code == 75:
            second = await run(project, *ORDER)
        before = calls(simulator)
        third = await run(project, *ORDER)
        assert (third.code, third.summary["outcomes"]["unchanged"], calls(simulator)) == (0, 8, before), third.err
        found = [one for key in simulator.stores["moneybird.contacts"].ids()
                 if (one := simulator.stores["moneybird.contacts"].get(key))]  # fmt: skip
    assert sorted(one["company_name"] for one in found) == [f"Firma {n}" for n in range(1, 9)]
    assert {one["city"] for one in found} == {"Urk"}
    assert len({one["customer_id"] for one in found}) == 8


def administrations(seen: Seen) -> Answer:
    """Four contacts, of whichever administration."""
    number = int(seen.path.split("/")[3])
    if seen.query["page"] != "1":
        return Answer([])
    return Answer([{"id": f"{number}00{n}", "lastname": f"Jansen {n}"} for n in range(4)])


def test_another_administration_of_the_same_token_is_another_shop(project: Project) -> None:
    with Server(administrations) as server:
        project.configure(ACCOUNT, server.base_url)
        assert project.etl("export", "office", "--out", "out").code == 0
        other = ACCOUNT.replace('"123"', '"456"')
        project.configure(other, server.base_url)
        ran = project.etl("export", "office", "--out", "out", "--json")
        assert (ran.code, project.ids("office.contacts")) == (0, ["456000", "456001", "456002", "456003"]), ran.err
        assert "belongs to another shop than last time" in ran.err
        assert "administration_id" in ran.err
        project.configure(ACCOUNT + other.replace("accounts.office", "accounts.other"), server.base_url)
        names = [identity_of(account).target("contacts") for account in project.settings().accounts.values()]
        assert len(set(names)) == 2, "what is written to one is not taken for written to the other"


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        ({"error": "record not found", "symbolic": {"id": "not_found"}}, "refused", "record not found"),
        ({"error": {"lastname": ["is required"], "city": ["is odd"]}}, "refused", "lastname is required. city is odd"),
        ({"error": {"base": ["no"]}, "details": {"customer_id": [{"error": "taken"}]}}, "exists", "base no"),
        ({"error": {"customer_id": ["is already in use"]}}, "exists", "customer_id is already in use"),
        ({"error": {"sepa_mandate_id": ["has been taken"]}}, "refused", "sepa_mandate_id has been taken"),
        ("Retry later", "throttled", "Retry later"),
    ],
)
def test_an_error_is_told_by_its_fields(body: Any, kind: str, told: str) -> None:
    assert SYSTEMS["moneybird"].refusal(body) == Refusal(kind, told)  # type: ignore[arg-type]  # one of its kinds


# -- limits --------------------------------------------------------------------------------------------


class Counting:
    """Serves contacts in pages of one hundred, and counts calls by a clock: `most` is the highest number in any five
    minutes. Headers tell what those of the live server were seen to."""

    def __init__(self, clock: QuickClock, rows: int) -> None:
        self.clock, self.rows = clock, rows
        self.calls: deque[float] = deque()
        self.most = self.total = self.refused = 0

    def __call__(self, seen: Seen) -> Answer:
        now = self.clock.now().timestamp()
        while self.calls and self.calls[0] <= now - 300:
            self.calls.popleft()
        left_s = int((self.calls[0] if self.calls else now) + 300 - now)
        headers = {
            "RateLimit-Limit": "150",
            "RateLimit-Remaining": str(left_s),
            "RateLimit-Reset": str(int(now) + left_s),
        }
        if len(self.calls) >= 150:
            self.refused += 1
            return Answer(b"Retry later", 429, {**headers, "Retry-After": str(int(now) + left_s + 1)})
        self.calls.append(now)
        self.total += 1
        self.most = max(self.most, len(self.calls))
        headers |= {"RateLimit-RequestsRemaining": str(150 - len(self.calls))}
        page = int(seen.query["page"])
        first, last = (page - 1) * 2, min(page * 2, self.rows)
        if last < self.rows:
            headers["Link"] = f'<{seen.path}?page={page + 1}>; rel="next"'
        return Answer([{"id": str(n + 1), "company_name": f"Firma {n + 1}"} for n in range(first, last)], 200, headers)


async def test_no_more_than_150_calls_go_out_in_any_five_minutes(project: Project) -> None:
    clock = QuickClock()
    counting = Counting(clock, rows=700)
    with Server(counting) as server:
        project.configure(ACCOUNT, server.base_url)
        report = await project.export("office.contacts", clock=clock, wait=True)
    assert (report.exit_code, project.table(of="office.contacts").height) == (0, 700)
    assert (counting.most <= 150, counting.refused, counting.total >= 350) == (True, 0, True)
    assert len(clock.naps) > 0


async def test_calls_of_others_at_the_same_address_are_learnt_from_the_count_that_is_one(project: Project) -> None:
    clock = QuickClock()
    counting = Counting(clock, rows=300)
    counting.calls.extend([clock.now().timestamp()] * 100)
    with Server(counting) as server:
        project.configure(ACCOUNT, server.base_url)
        report = await project.export("office.contacts", clock=clock, wait=True)
    assert (report.exit_code, project.table(of="office.contacts").height) == (0, 300)
    assert counting.refused <= AHEAD, "of those under way nobody knows which the server had counted"


async def test_seconds_that_are_told_as_calls_hold_nobody_up(project: Project) -> None:
    clock = QuickClock()
    counting = Counting(clock, rows=80)
    counting.calls.append(clock.now().timestamp() - 299)  # the window that is told of ends in a second
    with Server(counting) as server:
        project.configure(ACCOUNT, server.base_url)
        report = await project.export("office.contacts", clock=clock)
    assert (report.exit_code, counting.total >= 40) == (0, True)
    assert sum(clock.naps) < 60


async def test_a_refusal_is_waited_out_until_the_time_that_it_tells(project: Project) -> None:
    clock = QuickClock()
    counting = Counting(clock, rows=4)
    counting.calls.extend([clock.now().timestamp()] * 150)
    with Server(counting) as server:
        project.configure(ACCOUNT, server.base_url)
        report = await project.export("office.contacts", clock=clock, wait=True)
    assert (report.exit_code, counting.refused) == (0, 1)
    assert 299 <= sum(clock.naps) < 400


def test_a_longer_wait_than_allowed_parks_the_run(project: Project) -> None:
    with Server([Answer(b"Retry later", 429, {"Retry-After": "9999999999"})]) as server:
        project.configure(ACCOUNT, server.base_url)
        ran = project.etl("export", "office", "--out", "out", "--json")
    assert (ran.code, ran.summary["status"]) == (75, "parked")
