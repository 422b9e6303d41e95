"""Secrets and people planted at a shop that quotes all it is sent: Airflow's logs and database are searched."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support.canary import ENVIRONMENT, KEY, PASSWORD, PEOPLE, PERSON, SECRETS, holds, people, unfolded
from tests.support.quoting import QuotingShop

from .place import Airflow
from .standalone import query, standalone, wait_for

GOSSIP = """
from airflow.sdk import DAG
from etl.airflow.operators import ContactExportOperator as Export, ContactPushOperator as Push
with DAG("gossip", schedule=None, is_paused_upon_creation=False, default_args={"trigger_rule": "all_done"}) as dag:
    refused = Export(task_id="refused", config=CONFIG, out=OUT, account="rude")
    push = Push(task_id="push", config=CONFIG, out=OUT, files=OUT + "/people.csv", to="bikes.customers")
    export = Export(task_id="export", config=CONFIG, out=OUT, account="bikes")
    connected = Export(task_id="connected", account="own", conn_id="own", state_dir=OUT + "/state", out=OUT)
    refused >> push >> export >> connected
"""
ACCOUNT = """
[accounts.{name}]
system = "cyclesoftware"
base_url = "{url}"
username = "${{CANARY_USER}}"
password = "file:password"
settle_s = 0.05
"""
ENDED = "SELECT 1 FROM dag_run WHERE dag_id = 'gossip' AND state IN ('success', 'failed')"
STATES = "SELECT task_id, state FROM task_instance WHERE dag_id = 'gossip'"
TIMEOUT_S = 150


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("environment")
def test_neither_secrets_nor_people_are_in_the_logs_or_the_database_of_airflow(airflow: Airflow) -> None:
    password = airflow.project / "password"
    password.touch(0o600)
    password.write_text(PASSWORD)
    airflow.out.mkdir()
    people(airflow.out / "people.csv", 6)
    refusing = {"POST": [None, 400, 409, 422, 400, None]}
    with QuotingShop(PERSON, {"GET": [418]}) as rude, QuotingShop(PERSON, refusing) as shop:
        accounts = {"rude": rude, "bikes": shop}
        airflow.configure(*(ACCOUNT.format(name=name, url=one.base_url) for name, one in accounts.items()))
        airflow.run(
            "airflow", "connections", "add", "own", "--conn-type", "recras", "--conn-host", shop.base_url,
            "--conn-password", KEY,
        )  # fmt: skip
        airflow.write_dag("gossip", GOSSIP)
        with standalone(airflow):
            wait_for("the DAG", lambda: query(airflow, "SELECT 1 FROM dag WHERE dag_id = 'gossip'"), TIMEOUT_S)
            airflow.run("airflow", "dags", "trigger", "gossip")
            wait_for("the end of the DAG", lambda: query(airflow, ENDED), TIMEOUT_S)
    assert dict(query(airflow, STATES))["refused"] == "failed"
    logs = dict(logged(airflow))
    of_tasks = {
        task: b"".join(data for name, data in logs.items() if f"task_id={task}" in name)
        for task in ("refused", "push", "export", "connected")
    }
    assert all(of_tasks.values())
    assert b"\xe2\x80\xa6" in of_tasks["refused"] or rb"\u2026" in of_tasks["refused"], "nothing was quoted"
    assert {name: held for name, data in logs.items() if (held := holds(data, SECRETS | PEOPLE))} == {}


def logged(airflow: Airflow) -> Iterator[tuple[str, bytes]]:
    """What Airflow wrote: each of its logs, and its database as SQL."""
    for path in airflow.home.rglob("*.log"):
        yield str(path.relative_to(airflow.home)), unfolded(path.read_bytes(), path)
    with closing(sqlite3.connect(f"file:{airflow.home / 'airflow.db'}?mode=ro", uri=True)) as database:
        yield "airflow.db", "\n".join(database.iterdump()).encode()
