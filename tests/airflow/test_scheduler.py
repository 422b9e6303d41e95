"""A real scheduler, with triggerer and workers: what waits, what fails, and what is killed, in one session."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import NamedTuple

import polars as pl

from .place import Airflow, Shop, account
from .standalone import parent_of, query, standalone, wait_for

NIGHT = """
from datetime import timedelta
from etl.airflow.dags import export_dag
dag = export_dag(
    "night", config=CONFIG, out=OUT, schedule=None, accounts=ACCOUNTS,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=2)}, is_paused_upon_creation=False,
)
"""
MORNING = """
from datetime import timedelta
from airflow.sdk import DAG
from etl.airflow.assets import asset_of
from etl.airflow.operators import ContactPushOperator
with DAG("morning", schedule=[asset_of("bikes", "customers", "contacts")], is_paused_upon_creation=False):
    ContactPushOperator(
        task_id="push", config=CONFIG, out=OUT, files=[OUT + "/contacts/bikes.customers.parquet"],
        to="target.customers", retries=2, retry_delay=timedelta(seconds=2),
    )
"""
ACCOUNTS = ("bikes", "park", "spent", "wrong", "killed")
PAGES, PER_PAGE, ROWS = 120, 10, 150
UNDER_WAY = 16
"""Calls whose pages never landed: under way when a process is killed, or past the end of the list."""
TIMEOUT_S = 150

PARSED = "SELECT 1 FROM dag WHERE dag_id IN ('night', 'morning')"
LANDED = "SELECT count(*) FROM pages p JOIN extractions e ON p.extraction = e.id WHERE e.account = 'killed'"
DIFFERENT = LANDED.replace("count(*)", "count(DISTINCT p.parameters)")
LAST = """
    SELECT json_extract(summary, '$.calls.sent') - json_extract(summary, '$.calls.over_fetched')
    FROM runs WHERE arguments LIKE '%killed%' ORDER BY run_id DESC
"""


def test_a_night_with_a_spent_day_wrong_credentials_and_killed_workers(airflow: Airflow) -> None:
    with (
        Shop(rows=ROWS) as shop,
        Shop(rows=PAGES * PER_PAGE, page_size=PER_PAGE, latency_s=0.4, per_minute=100_000) as slow,
        Shop(rows=60, page_size=10, per_day=4, day_seconds=20.0) as thrifty,
        Shop(rows=0, latency_s=1.0) as target,
    ):
        airflow.configure(
            account("bikes", shop.base_url),
            account("park", shop.base_url, system="recras", keys={"api_key": "demo"}),
            account("spent", thrifty.base_url),
            account("wrong", shop.base_url, keys={"username": "wrong", "password": "wrong"}),
            account("killed", slow.base_url),
            account("target", target.base_url) + "settle_s = 2\n",
        )
        airflow.write_dag("night", NIGHT.replace("ACCOUNTS", repr(ACCOUNTS)))
        airflow.write_dag("morning", MORNING)
        night, morning = Run(airflow, "night", ACCOUNTS), Run(airflow, "morning", ["push"])
        with standalone(airflow):
            wait_for("the DAGs", lambda: len(query(airflow, PARSED)) == 2, TIMEOUT_S)
            airflow.run("airflow", "dags", "trigger", "night")
            night.kill("killed", when=lambda: journal(airflow, LANDED) >= PAGES / 10)
            landed = journal(airflow, LANDED)
            morning.kill("push", when=lambda: len(target.simulator.log) >= ROWS / 10, watching=night)
            wait_for("the end of the night", night.has_ended, TIMEOUT_S)
            wait_for("the end of the push", morning.has_ended, TIMEOUT_S)
        asked, sent = {"killed": slow.stats(), "spent": thrifty.stats()}, target.simulator.log

    states = {name: task.state for name, task in night.tasks().items()}
    assert states == dict.fromkeys(ACCOUNTS, "success") | {"wrong": "failed"}
    tries = {name: our_tries(airflow, "export", of=f'"{name}.') for name in ACCOUNTS}
    parked = tries.pop("spent")[:-1]
    assert tries == {"bikes": ["complete"], "park": ["complete"], "wrong": ["failed"], "killed": [None, "complete"]}
    assert night.tasks()["wrong"].allowed > 1

    assert parked and set(parked) == {"parked"}
    deferred_in = {tries for state, tries in night.seen["spent"] if state == "deferred"}
    assert deferred_in == {night.tasks()["spent"].tries}, "a day that is spent costs no try"
    assert (asked["spent"]["over_limit"], asked["spent"]["requests"] >= 6) == (0, True)

    rows = pl.read_parquet(airflow.out / "contacts" / "killed.customers.parquet")
    assert (rows.height, rows["source_id"].n_unique()) == (PAGES * PER_PAGE, PAGES * PER_PAGE)
    pages = journal(airflow, LANDED)
    assert 0 < landed < pages
    assert journal(airflow, DIFFERENT) == pages, "a page was fetched twice"
    assert journal(airflow, LAST) == pages - landed, "what had landed was fetched again"
    assert asked["killed"]["requests"] <= pages + UNDER_WAY

    assert (morning.tasks()["push"].state, our_tries(airflow, "push")) == ("success", [None, "complete"])
    assert {entry["outcome"] for entry in sent} == {"created"}
    assert sorted(entry["id"] for entry in sent) == sorted(known_as(airflow).values()), "a row was posted twice"
    assert len(known_as(airflow)) == ROWS


class Task(NamedTuple):
    """What Airflow's database says of a task: its tries so far, and those it may have."""

    state: str | None
    tries: int
    allowed: int
    pid: int | None


class Run:
    """The run of a DAG, its tasks in the order of their map indices. `seen` are the states that each was in, and in
    which try."""

    def __init__(self, airflow: Airflow, dag: str, names: Sequence[str]) -> None:
        self.airflow, self.dag, self.names = airflow, dag, names
        self.seen: dict[str, set[tuple[str | None, int]]] = {name: set() for name in names}

    def tasks(self) -> dict[str, Task]:
        asked = "SELECT state, try_number, max_tries + 1, pid FROM task_instance WHERE dag_id = ? ORDER BY map_index"
        found = dict(zip(self.names, (Task(*row) for row in query(self.airflow, asked, self.dag)), strict=False))
        for name, task in found.items():
            self.seen[name].add((task.state, task.tries))
        return found

    def has_ended(self) -> bool:
        self.tasks()
        ended = "SELECT 1 FROM dag_run WHERE dag_id = ? AND state IN ('success', 'failed')"
        return bool(query(self.airflow, ended, self.dag))

    def kill(self, name: str, *, when: Callable[[], bool], watching: Run | None = None) -> None:
        """Kill a task and the worker it runs in, with no word of warning, as soon as it came so far."""

        def is_due() -> int | None:
            for run in (self, watching):
                if run is not None:
                    run.tasks()
            return self.tasks()[name].pid if when() else None

        pid = wait_for(f"the middle of {name}", is_due, TIMEOUT_S)
        for process in (parent_of(pid), pid):
            os.kill(process, signal.SIGKILL)


def known_as(airflow: Airflow) -> dict[str, str]:
    """What each row that was sent is called at the target, by the ledger."""
    path = airflow.project / ".etl" / "ledger.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return dict(database.execute("SELECT key, remote_id FROM entries WHERE state = 'DONE'"))


def our_tries(airflow: Airflow, command: str, of: str = "") -> list[str | None]:
    """How each run of ours ended, in their order; None where it was killed.

    Airflow counts more: a try that its executor lost before anything of ours began is one of its tries.
    """
    path = airflow.project / ".etl" / "state.db"
    sql = "SELECT status FROM runs WHERE command = ? AND instr(arguments, ?) ORDER BY started_at"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return [status for (status,) in database.execute(sql, (command, of or "{"))]


def journal(airflow: Airflow, sql: str) -> int:
    """A number out of our own journal; 0 where it is not there yet."""
    path = airflow.project / ".etl" / "state.db"
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return int(database.execute(sql).fetchone()[0] or 0)
    return 0
