"""The package below samples/plugin: built and installed by its own pyproject.toml, and then used as any user does."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from etl.errors import BudgetSpent
from etl.simulator import Simulator, truth
from etl.simulator.engine.faults import Action, FaultPlan
from etl.simulator.vendors import vendors
from etl.systems import SYSTEMS
from etl.systems.plugins import installed
from tests.packaging.clean import ROOT, build, run_pip
from tests.plugin_pairs import PUBLISHED
from tests.support.clock import QuickClock
from tests.support.workplace import Project, Ran

ACCOUNTS, PERSONS, SEED = 250, 130, 3
LEDGER = """
[accounts.ledger]
system = "exact"
base_url = "{url}"
division = 1234567
client_id = "client-9a17"
client_secret = "s3cr3t-client"
refresh_token = "consent-5be2"
"""
EXPORT = ("export", "--out", "out", "--json")
STREAMS = ("ledger.accounts", "ledger.contacts")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which pip has installed the package, without any registry."""
    folder = tmp_path_factory.mktemp("plugin")
    wheel = build("wheel", folder / "dist", ROOT / "samples" / "plugin")
    run_pip("install", "--no-index", "--no-deps", "--no-compile", "--target", str(folder / "site"), str(wheel))
    return folder / "site"


@pytest.fixture
def here(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process finds the package, too, and forgets it."""
    monkeypatch.syspath_prepend(str(site))
    for known in (installed, vendors):
        known.cache_clear()
    yield
    SYSTEMS.loaded.pop("exact", None)
    for name in [name for name in sys.modules if name.partition(".")[0] == "contact_etl_exact"]:
        del sys.modules[name]
    for known in (installed, vendors):
        known.cache_clear()


def paths(site: Path) -> dict[str, str]:
    """Where a process finds the package."""
    return {"PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}


@dataclass
class Office:
    """An administration on a server of its own, and a project whose account it is."""

    project: Project
    site: Path
    simulator: Simulator

    async def etl(self, *arguments: str) -> Ran:
        """The command in a process of its own, which finds the package."""
        return await asyncio.to_thread(self.project.etl, *arguments, env=paths(self.site))

    @property
    def api(self) -> Any:
        return self.simulator.api("exact")

    @property
    def statuses(self) -> Mapping[str, int]:
        found: Mapping[str, int] = self.simulator.stats["systems"]["exact"]["statuses"]
        return found

    def tables(self, folder: str = "out") -> dict[str, pl.DataFrame]:
        at = self.project.folder / folder / "contacts"
        return {name: pl.read_parquet(at / f"{name}.parquet") for name in STREAMS}


@dataclass
class Plan(FaultPlan):
    """The third request for a list takes ten minutes, and the page behind a record fails once."""

    late: list[float]
    behind: str
    lists: int = 0
    failed: bool = False

    def strike(self, method: str, target: str) -> Action | None:
        self.lists += "/crm/" in target
        self.late[0] = 601 if self.lists >= 3 else 0
        if self.failed or self.behind not in target:
            return None
        self.failed = True
        return Action(status=400)


def told(stream: str, rows: int = ACCOUNTS) -> dict[str, Mapping[str, Any]]:
    """What a perfect export holds."""
    return {str(row["source_id"]): row for row in truth.contacts("exact", rows, SEED, stream=stream)}


async def test_it_is_there_when_installed_and_help_does_not_import_it(site: Path, project: Project) -> None:
    listed = project.etl("sources", "--json", env=paths(site))
    assert listed.code == 0, listed
    read = {one["stream"]: one["can"] for one in listed.summary["sources"] if one["system"] == "exact"}
    assert read == {"accounts": ["list"], "contacts": ["list"]}
    assert [one for one in listed.summary["targets"] if one["system"] == "exact"] == []
    assert [one for one in listed.summary["unverified"] if one["system"] == "exact"] != []
    imported = project.etl("--help", env={**paths(site), "PYTHONPROFILEIMPORTTIME": "1"})
    assert imported.code == 0
    assert "etl.cli" in imported.err and "contact_etl_exact" not in imported.err


@pytest.mark.usefixtures("here")
async def test_a_whole_export_is_interrupted_resumed_and_replayed(site: Path, project: Project) -> None:
    """Both lists are read at the same time, by one call after another. Between two pages the access token expires, and
    the run after the broken one asks for the pages that lack."""
    late = [0.0]
    async with Simulator(rows=ACCOUNTS, seed=SEED, latency_s=0.01, now=lambda: time.time() + late[0]) as simulator:
        office = Office(project, site, simulator)
        project.configure(LEDGER, simulator.base_url)
        behind = [*simulator.stores["exact.accounts"].ids()][179]
        simulator.set_faults(Plan(late, f"guid'{behind:08x}-"))
        broken = await office.etl(*EXPORT)
        assert broken.code == 69, broken
        ran = await office.etl(*EXPORT)
        assert (ran.code, ran.summary["written"]) == (0, ACCOUNTS + PERSONS), ran
    pages = [page for page in office.api.pages if page.startswith("Accounts")]
    assert pages == [f"Accounts {n}" for n in range(0, ACCOUNTS, 60)], "each once, over both runs"
    assert (office.statuses["401"], len(office.api.tokens.given), office.api.tokens.asked) == (1, 2, 2)
    assert simulator.stats["systems"]["exact"]["worst_window"] <= 60
    assert (office.statuses.get("429", 0), simulator.stats["over_limit"]) == (0, 0)
    replayed = await office.etl("replay", "ledger", "--out", "replayed", "--json")
    assert replayed.code == 0, replayed
    for name, table in office.tables().items():
        assert_frame_equal(office.tables("replayed")[name], table)
        rows = {row["source_id"]: row for row in table.iter_rows(named=True)}
        assert rows.keys() == told(name.partition(".")[2]).keys()
        wrong = [
            f"{key} {column}: {rows[key][column]!r}, not {value!r}"
            for key, row in told(name.partition(".")[2]).items()
            for column, value in row.items()
            if rows[key][column] != value
        ]
        assert wrong == []
    persons, accounts = office.tables()["ledger.contacts"], office.tables()["ledger.accounts"]
    of = {json.loads(extra)["Account"] for extra in persons["extra"]}
    assert of <= {*accounts["source_id"]} and len(of) == PERSONS


@pytest.mark.usefixtures("here")
async def test_a_minute_holds_sixty_calls_and_the_next_token_comes_in_time(site: Path, project: Project) -> None:
    """By a clock that the server goes by, too: it refuses nothing, and no token that is asked for."""
    clock, rows = QuickClock(), 3_900
    async with Simulator(rows=rows, seed=SEED, now=lambda: clock.now().timestamp()) as simulator:
        office = Office(project, site, simulator)
        project.configure(LEDGER, simulator.base_url)
        for tokens in (1, 2):
            report = await project.export("ledger.accounts", full=True, clock=clock, wait=True)
            assert (report.exit_code, sum(built.written for built in report.built)) == (0, rows)
            assert len(office.api.tokens.given) == tokens
            await clock.advance(580 - clock.monotonic() % 580)
    assert len(office.api.pages) == 2 * 65
    assert office.statuses == {"200": 2 * 65 + 2}
    assert simulator.stats["systems"]["exact"]["worst_window"] == 60


@pytest.mark.usefixtures("here")
async def test_a_day_is_spent_by_what_the_headers_tell_of_it(site: Path, project: Project) -> None:
    """In milliseconds, and without a call beyond it. The minute's headers are others."""
    clock = QuickClock()
    async with Simulator(rows=ACCOUNTS, seed=SEED, now=lambda: clock.now().timestamp()) as simulator:
        office = Office(project, site, simulator)
        office.api.allowance.per_day = 4
        project.configure(LEDGER, simulator.base_url)
        report = await project.export("ledger.accounts", clock=clock)
        assert report.exit_code == 75
        assert (len(office.api.pages), office.statuses.get("429", 0)) == (4, 0)
        (error,) = report.errors
        assert isinstance(error, BudgetSpent) and error.resume_at is not None
        assert (error.resume_at - datetime(2026, 3, 10, 23, tzinfo=UTC)).total_seconds() < 120
        office.api.allowance.per_day = 5_000
        await clock.advance((error.resume_at - clock.now()).total_seconds() + 60)
        assert (await project.export("ledger.accounts", clock=clock)).exit_code == 0
    assert len(office.api.pages) == 5


@pytest.mark.usefixtures("here")
async def test_a_token_refused_before_another_is_given_is_told(site: Path, project: Project) -> None:
    clock = QuickClock()
    async with Simulator(rows=60, seed=SEED, now=lambda: clock.now().timestamp()) as simulator:
        office = Office(project, site, simulator)
        project.configure(LEDGER, simulator.base_url)
        assert (await project.export("ledger.accounts", clock=clock)).exit_code == 0
        office.api.tokens.revoke()
        refused = await project.export("ledger.accounts", clock=clock)
        assert (refused.exit_code, "refused ahead of its time" in str(refused.errors[0])) == (75, True)
        office.api.tokens.refused_early = 400
        refused = await project.export("ledger.accounts", clock=clock)
        assert (refused.exit_code, "Run the same command again after" in str(refused.errors[0])) == (77, True)
        await clock.advance(580)
        assert (await project.export("ledger.accounts", clock=clock)).exit_code == 0
    assert len(office.api.tokens.given) == 2


REFUSED = {
    "no filter": ("/api/v1/1234567/crm/Accounts", {}, 400),
    "a filter that is none": ("/api/v1/1234567/crm/Contacts", {"$filter": "Modified later 1900"}, 400),
    "a field that there is not": ("/api/v1/1234567/crm/Accounts", {"$select": "Shoes"}, 400),
    "another division": ("/api/v1/7/crm/Accounts", {}, 403),
    "another list": ("/api/v1/1234567/crm/Shoes", {}, 404),
    "no token": ("/api/v1/1234567/crm/Accounts", {"token": "nobody's"}, 401),
}


@pytest.mark.usefixtures("here")
async def test_its_simulator_refuses_what_exact_refuses(site: Path, project: Project) -> None:
    every = "Modified ge datetime'1900-01-01T00:00:00'"
    async with Simulator(rows=3, seed=SEED) as simulator, aiohttp.ClientSession(simulator.base_url) as session:
        form = {"grant_type": "refresh_token", "client_id": "c", "client_secret": "s", "refresh_token": "consent"}
        answers = [await session.post("/api/oauth2/token", data=form) for _ in range(2)]
        assert [answer.status for answer in answers] == [200, 400], "it is good once"
        token = (await answers[0].json())["access_token"]
        for name, (path, query, status) in REFUSED.items():
            asked = {**({"$filter": every} if name != "no filter" else {}), **query}
            bearer = {"Authorization": f"Bearer {asked.pop('token', token)}"}
            answer = await session.get(path, params=asked, headers=bearer)
            assert answer.status == status, name
            assert (await answer.json())["error"]["message"]["value"], name


async def test_what_exact_says_of_a_refusal_is_shown(site: Path, project: Project) -> None:
    wrong = LEDGER.replace("1234567", "7654321")
    process = project.start("simulate", "--rows", "3", env=paths(site))
    try:
        assert process.stdout is not None
        started = json.loads(process.stdout.readline())
        assert started["accounts"]["exact"]["division"] == "1234567"
        project.configure(wrong, started["base_url"])
        ran = project.etl("check", env=paths(site))
    finally:
        process.terminate()
        process.communicate()
    assert (ran.code, "Forbidden - WrongDivision" in ran.err) == (77, True), ran


def test_it_holds_every_promise(site: Path, project: Project) -> None:
    ran = project.etl("conformance", "exact", "--json", env=paths(site))
    told = ran.summary
    assert ([one for one in told["checks"] if one["outcome"] == "broken"], ran.code) == ([], 0), ran.err
    assert told["score"]["held"] == told["score"]["of"] > 20


def test_its_pair_tables_say_what_survives_a_move_from_it() -> None:
    """In a process of its own: the system is nobody else's to know. `python -m tests.plugin_pairs` writes them anew."""
    told = "json.dumps({name: text.decode() for name, text in pairs().items()})"
    script = f"import json; from tests.plugin_pairs import pairs; print({told})"
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert json.loads(ran.stdout) == {file.name: file.read_text("utf-8") for file in PUBLISHED.iterdir()}
    to = {name.partition("-")[2].removesuffix(".json") for name in json.loads(ran.stdout)}
    assert to == {"cyclesoftware", "recras", "invoicing", "moneybird", "woocommerce"}
