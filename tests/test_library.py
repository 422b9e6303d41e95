"""The verbs as plain calls: small results that JSON can hold, errors by their kind, and many processes at once."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import UserList
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import polars as pl
import pytest

import etl
from etl.library import ledger
from etl.runs.export import ACCOUNTS_AT_ONCE, export
from etl.runs.export_order import ExportOrder
from etl.runs.workspace import select
from etl.simulator import Simulator
from etl.state.lock import hold
from tests.support.scripted import Answer, Seen, Server, customer, page, shop
from tests.support.workplace import BIKES, PARK, Project

ROOM = "budget = { per_minute = 100000, per_day = 1000000 }\n"


async def call(verb: Any, *given: Any, **named: Any) -> Any:
    """A call in a thread of its own: the simulator lives in this one."""
    return await asyncio.to_thread(verb, *given, **named)


async def test_an_export_gives_what_the_command_prints(project: Project) -> None:
    async with Simulator(rows=30, seed=5) as server:
        project.configure(BIKES + PARK, server.base_url)
        summary = await call(etl.export_account, project.config, "bikes", out=project.out)
    assert json.loads(json.dumps(summary)) == summary
    assert (summary["status"], summary["received"], list(summary["accounts"])) == ("complete", 30, ["bikes"])
    (file,) = summary["tables"]["contacts"]["files"]
    assert pl.read_parquet(file).height == summary["tables"]["contacts"]["rows"] == 30
    assert json.loads((project.out / "runs" / f"{summary['run_id']}.json").read_text()) == summary


async def test_named_streams_formats_and_since_last(project: Project) -> None:
    async with Simulator(rows=30, seed=5) as server:
        loaded = project.configure(BIKES + PARK, server.base_url).settings()
        first = await call(
            etl.export_account, loaded, "park", ["producten"], out=project.out, formats=("csv", "parquet")
        )
        assert {Path(file).suffix for file in first["tables"]["products"]["files"]} == {".csv", ".parquet"}
        assert "contacts" not in first["tables"]
        whole = await call(etl.export_account, loaded, "bikes", since=None, out=project.out)
        changed = await call(etl.export_account, loaded, "bikes", since="last", out=project.out)
    assert (whole["written"], changed["written"]) == (30, 30)
    assert changed["accounts"]["bikes"]["streams"]["customers"]["tables"]["contacts"] == 30


async def test_what_reaches_far_enough_is_not_fetched_again(project: Project) -> None:
    began = datetime.now(UTC) - timedelta(seconds=2)
    async with Simulator(rows=10) as server:
        loaded = project.configure(BIKES, server.base_url).settings()
        first = await call(etl.export_account, loaded, "bikes", since="last", until=began, out=project.out)
        asked = server.stats["systems"]["cyclesoftware"]["requests"]
        again = await call(etl.export_account, loaded, "bikes", since="last", until=began, out=project.out)
        assert server.stats["systems"]["cyclesoftware"]["requests"] == asked
        later = datetime.now(UTC) + timedelta(seconds=5)
        await call(etl.export_account, loaded, "bikes", since="last", until=later.isoformat(), out=project.out)
        assert server.stats["systems"]["cyclesoftware"]["requests"] > asked
    assert (first["command"], again["command"], again["written"]) == ("export", "replay", 10)


@pytest.mark.parametrize("until", ["2026-01-01T00:00:00", "2025-12-31T00:00:00Z", "soon"])
def test_a_stretch_of_no_time_is_refused(project: Project, until: str) -> None:
    project.configure(BIKES)
    with pytest.raises(etl.UsageError):
        etl.export_account(project.config, "bikes", since="2026-01-01T00:00:00", until=until, out=project.out)


async def test_a_spent_day_says_when_to_come_back_and_goes_on_there(project: Project) -> None:
    async with Simulator(rows=60, page_size=10, per_day=4, day_seconds=4.0) as server:
        loaded = project.configure(BIKES, server.base_url).settings()
        fetched = []
        while True:
            try:
                summary = await call(etl.export_account, loaded, "bikes", out=project.out)
                break
            except etl.BudgetSpent as spent:
                assert spent.resume_at is not None
                parked = etl.summary_of(spent)
                assert (parked["status"], parked["resume_at"][:19]) == (
                    "parked",
                    f"{spent.resume_at:%Y-%m-%dT%H:%M:%S}",
                )
                fetched.append(parked["calls"]["sent"])
                await asyncio.sleep(max(0.0, (spent.resume_at - datetime.now(UTC)).total_seconds()))
        assert fetched and summary["written"] == 60
        assert sum(fetched) + summary["calls"]["sent"] == server.stats["systems"]["cyclesoftware"]["requests"]
        assert server.stats["systems"]["cyclesoftware"]["over_limit"] == 0


async def test_credentials_and_outages_are_errors_of_their_own(project: Project) -> None:
    async with Simulator(rows=5) as server:
        project.configure(BIKES.replace("s3cr3t-password", "wrong"), server.base_url)
        with pytest.raises(etl.CredentialsRefused) as refused:
            await call(etl.export_account, project.config, "bikes", out=project.out)
        with pytest.raises(etl.CredentialsRefused):
            await call(etl.check_account, project.config, "bikes")
        project.configure(BIKES, server.base_url)
        told = await call(etl.check_account, project.config, "bikes")
    assert etl.summary_of(refused.value)["exit_code"] == 77
    assert (told["account"], told["system"]) == ("bikes", "cyclesoftware")
    with pytest.raises(etl.UsageError):
        await call(etl.export_account, project.config, "shop", out=project.out)


def test_rejected_rows_are_told_and_the_rest_is_written(project: Project) -> None:
    misfit = {**customer(2), "customer_id": None}
    with Server([Answer(page([customer(1), misfit])), Answer(page([]))]) as server:
        project.configure(BIKES, server.base_url)
        with pytest.raises(etl.RowsRejected) as rejected:
            etl.export_account(project.config, "bikes", out=project.out)
    summary = etl.summary_of(rejected.value)
    assert (summary["exit_code"], summary["written"], summary["rejected"]) == (65, 1, 1)
    assert project.ids() == ["1"]


async def test_a_call_can_be_stopped_and_the_next_one_goes_on(project: Project) -> None:
    pages = 100
    async with Simulator(rows=pages * 10, page_size=10, latency_s=0.05) as server:
        loaded = project.configure(BIKES + ROOM, server.base_url).settings()
        stop = etl.Stop()
        running = asyncio.create_task(call(etl.export_account, loaded, "bikes", out=project.out, stop=stop))
        while server.stats["systems"].get("cyclesoftware", {"requests": 0})["requests"] < pages / 2:
            await asyncio.sleep(0.01)
        stop.now()
        with pytest.raises(etl.TryLater) as stopped:
            await running
        assert 0 < etl.summary_of(stopped.value)["calls"]["sent"] < pages
        with pytest.raises(etl.TryLater):
            await call(etl.export_account, loaded, "bikes", out=project.out, stop=stop)  # stopped for good
        summary = await call(etl.export_account, loaded, "bikes", out=project.out)
    assert (summary["written"], summary["calls"]["sent"] < pages) == (pages * 10, True)


async def test_a_notebook_may_call_it_within_its_own_loop(project: Project) -> None:
    project.configure(BIKES, "http://127.0.0.1:9")
    with pytest.raises(etl.TryLater):
        etl.check_account(project.config, "bikes")


async def test_many_processes_at_once_export_an_account_each(project: Project) -> None:
    accounts = "".join(BIKES.replace("bikes", f"shop{n}").replace('"shop"', f'"shop{n}"') for n in range(3))
    script = (
        "import json, sys, etl\n"
        "print(json.dumps(etl.export_account('etl.toml', sys.argv[1], since='last', out='out')['written']))"
    )
    async with Simulator(rows=20) as server:
        project.configure(accounts, server.base_url)
        running = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-c", script, f"shop{n}",
                cwd=project.folder, env=project.environment(), stdout=subprocess.PIPE,
            )
            for n in range(3)
        ]  # fmt: skip
        told = [(await process.communicate())[0].decode().strip() for process in running]
    assert told == ["20", "20", "20"]


def test_many_accounts_take_turns_and_one_that_fails_is_named(project: Project) -> None:
    names = [f"shop{number}" for number in range(2 * ACCOUNTS_AT_ONCE)]
    accounts = "".join(BIKES.replace("bikes", name).replace('"shop"', f'"{name}"') for name in names)

    def answer(seen: Seen) -> Answer:
        refused = seen.headers["Authorization"] == aiohttp.encode_basic_auth("shop3", "s3cr3t-password")
        return Answer({}, 401) if refused else replace(shop(5)(seen), wait_s=0.05)

    with Server(answer) as server:
        loaded = project.configure(accounts, server.base_url).settings()
        with hold(project.state / "locks", ["shop4.customers"]):
            report = asyncio.run(export(loaded, ExportOrder(select(loaded, []), project.out)))
        assert 1 < server.busiest <= ACCOUNTS_AT_ONCE
    told = report.as_dict()["accounts"]
    assert {name for name in names if told[name]["status"] != "complete"} == {"shop3", "shop4"}
    assert (report.exit_code, len(list((project.out / "contacts").glob("*.parquet")))) == (77, len(names) - 2)
    assert "busy with shop4" in told["shop4"]["streams"]["customers"]["error"]


async def test_a_push_is_made_once_however_often_it_is_called(project: Project) -> None:
    async with Simulator(rows=12, seed=2) as server:
        loaded = project.configure(BIKES + PARK, server.base_url).settings()
        await call(etl.export_account, loaded, "bikes", out=project.out)
        rows = project.out / "contacts" / "bikes.customers.parquet"
        kept = await call(ledger.ledger_of, loaded, "park.klanten")
        counts = []
        for _ in range(2):
            try:
                summary = await call(etl.push_rows, loaded, [rows], "park.klanten", out=project.out)
            except etl.RowsRejected as rejected:
                summary = etl.summary_of(rejected)
            counts.append(summary["outcomes"])
        writes = [entry for entry in server.log if entry["system"] == "recras" and entry["method"] == "POST"]
        assert await call(ledger.ledger_of, loaded, "park.klanten") == kept
    assert counts[0]["created"] == len(writes) > 0
    assert (counts[1]["created"], counts[1]["unchanged"]) == (0, counts[0]["created"])


async def test_a_migration_is_a_call_too(project: Project) -> None:
    async with Simulator(rows=8, seed=2) as server:
        loaded = project.configure(BIKES + PARK, server.base_url).settings()
        try:
            summary = await call(etl.migrate_account, loaded, "bikes", "park.klanten", out=project.out, ignore=["city"])
        except etl.RowsRejected as rejected:
            summary = etl.summary_of(rejected)
        created = [entry for entry in server.log if entry["system"] == "recras"]
    assert (summary["command"], summary["received"]) == ("migrate", 8)
    assert summary["outcomes"]["created"] == len(created) > 0
    assert not any(entry["body"].get("plaats") for entry in created)


async def test_credentials_may_come_from_elsewhere_than_the_configuration(project: Project) -> None:
    async with Simulator(rows=4) as server:
        text = BIKES.replace('"s3cr3t-password"', '"${NOT_SET_ANYWHERE}"') + 'country = "BE"\n'
        project.configure(text, "https://example.nl")
        with pytest.raises(etl.ConfigurationError):
            etl.settings_of(project.config)
        keys = {"system": "cyclesoftware", "base_url": server.base_url, "username": "u", "password": "p"}
        loaded = etl.with_account(project.config, "bikes", keys)
        assert (loaded.accounts["bikes"].country, loaded.state.dir) == ("BE", project.state)
        summary = await call(etl.export_account, loaded, "bikes", out=project.out)
    assert summary["written"] == 4


@pytest.mark.parametrize(
    "keys",
    [
        {"system": "cyclesoftware", "base_url": "https://example.nl", "username": "u"},
        {"system": "cyclesoftware", "base_url": "http://example.nl", "username": "u", "password": "s3cr3t"},
        {"system": "nowhere", "base_url": "https://example.nl", "username": "u", "password": "s3cr3t"},
        {"system": "cyclesoftware", "base_url": "https://u:s3cr3t@example.nl", "username": "u", "password": "p"},
        {"base_url": "https://example.nl", "password": "s3cr3t"},
        {"system": "cyclesoftware", "base_url": "https://example.nl", "username": "u", "password": "p", "depht": 1},
    ],
)
def test_wrong_keys_are_a_wrong_configuration_that_shows_no_value(keys: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(etl.ConfigurationError) as wrong:
        etl.with_account(None, "bikes", keys, state_dir=tmp_path)
    assert "s3cr3t" not in str(wrong.value)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("push_rows", {"mode": "Update"}, 'mode=.Update. is not known.*mean "update".*create, update, upsert, delete'),
    ("push_rows", {"match": "mail"}, 'match=.mail. is not known.*mean "email".*postcode'),
    ("push_rows", {"files": "klanten.csv"}, r"files=.klanten.csv. is one text.*files=\['klanten.csv'\]"),
    ("push_rows", {"files": [3]}, "an element of files=3 is not possible"),
    ("push_rows", {"reference": "Own"}, 'reference=.Own. is not known.*mean "own"'),
    ("push_rows", {"limit": 0}, "limit=0 is not possible.*from 1 on"),
    ("push_rows", {"limit": "5"}, "limit=.5. is not possible"),
    ("push_rows", {"dry_run": "no"}, "dry_run=.no. is not possible.*True or False"),
    ("push_rows", {"ignore": "Notes"}, "ignore=.Notes. is one text"),
    ("push_rows", {"on_conflict": "their"}, 'on_conflict=.their. is not known.*mean "theirs"'),
    ("push_rows", {"proof": "reading"}, "proof=.reading. is not known.*answer, read"),
    ("push_rows", {"stop_after_errors": "some"}, "neither a number nor a share"),
    ("push_rows", {"mdoe": "update"}, "no argument mdoe.*mean mode"),
    ("push_rows", {"children": {"contact_person": "p.csv"}}, "contact_persons, phone_numbers"),
    ("migrate_account", {"kind": "custommer"}, 'kind=.custommer. is not known.*mean "customer".*supplier, staff'),
    ("migrate_account", {"mode": "update"}, "mode=.update. is not known.*create, upsert"),
    ("migrate_account", {"ignore": "city"}, "ignore=.city. is one text"),
    ("migrate_account", {"ignore": ["cty"]}, "no such column. Did you mean city"),
    ("migrate_account", {"ignore": ["active"]}, "rows are chosen by it"),
    ("export_account", {"streams": "customers"}, "streams=.customers. is one text"),
    ("export_account", {"formats": "csv"}, r"formats=\['csv'\].*parquet, csv, xlsx"),
    ("export_account", {"formats": ["cvs"]}, 'an element of formats=.cvs. is not known.*mean "csv"'),
    ("replay_account", {"formats": "csv"}, "formats=.csv. is one text"),
    ("with_account", {"keys": "s3cr3t"}, "keys=a str is not possible"),
    ("check_account", {}, "missing a required argument: 'account'"),
]
RIGHT: dict[str, dict[str, Any]] = {
    "push_rows": {"files": ["klanten.csv"], "to": "bikes.customers"},
    "migrate_account": {"source": "bikes", "to": "park.klanten"},
    "export_account": {"account": "bikes"},
    "replay_account": {"account": "bikes"},
    "with_account": {"config": None, "name": "bikes"},
    "check_account": {},
}


@pytest.mark.parametrize(("name", "wrong", "told"), WRONG)
def test_a_wrong_argument_is_told_with_the_right_ones_and_does_nothing(
    name: str, wrong: dict[str, Any], told: str, project: Project
) -> None:
    with Server([]) as server:
        project.configure(BIKES + PARK, server.base_url)
        where = {} if name == "with_account" else {"settings": project.config}
        with pytest.raises(etl.UsageError, match=told):
            getattr(etl, name)(**{**where, **RIGHT[name], **wrong})
        assert (server.seen, project.out.exists()) == ([], False)


def test_whatever_holds_several_may_be_given_for_a_sequence(project: Project) -> None:
    project.configure(BIKES, "http://127.0.0.1:9")
    for several in (["customers"], ("customers",), UserList(["customers"])):
        with pytest.raises(etl.UsageError, match="nothing complete"):
            etl.replay_account(project.config, "bikes", several, project.out)


def test_the_public_names_are_those_of_the_list_and_cost_nothing_until_used() -> None:
    assert sorted(etl.__all__) == list(etl.__all__)
    assert all(getattr(etl, name) is not None for name in etl.__all__)
    script = "import sys, etl; print({'polars', 'aiohttp', 'pydantic'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "set()"
    with pytest.raises(AttributeError):
        _ = etl.nothing


@pytest.mark.parametrize(
    ("verb", "given", "named", "key"),
    [
        (etl.export_account, ("a\0b", "bikes"), {}, "settings"),
        (etl.export_account, ("etl.toml", "bikes"), {"out": Path("a\0b")}, "out"),
        (etl.replay_account, ("etl.toml", "bikes"), {"out": "a\0b"}, "out"),
        (etl.push_rows, ("etl.toml", ["people.csv", "a\0b"]), {"to": "bikes.customers"}, "files"),
        (etl.push_rows, ("etl.toml", ["x"]), {"to": "bikes.customers", "children": {"contacts": "\0"}}, "children"),
    ],
)
def test_a_path_that_no_file_can_have_is_a_usage_error(
    verb: Any, given: tuple[Any, ...], named: dict[str, Any], key: str
) -> None:
    with pytest.raises(etl.UsageError, match=f"{key} holds a NUL byte"):
        verb(*given, **named)
