"""The DAGs in one process: how they are made, what they leave, and what they refuse."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from .place import Airflow, Shop, account

RUN = """
import json, sys
sys.path.insert(0, {dags!r})
from {module} import dag
run = dag.test({arguments})
from airflow.models.asset import AssetEvent
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
with create_session() as session:
    events = [[event.asset.name, event.extra] for event in session.query(AssetEvent)
              if event.source_dag_id == dag.dag_id]
    told = [XComModel.deserialize_value(row) for row in session.query(XComModel)
            if row.dag_id == dag.dag_id and row.key == "return_value"]
print(json.dumps({{
    "state": str(run.state), "logical_date": str(run.logical_date), "events": events, "told": told,
    "tasks": {{f"{{ti.task_id}}[{{ti.map_index}}]": str(ti.state) for ti in run.get_task_instances()}},
}}))
"""


def run_dag(airflow: Airflow, module: str, arguments: str = "") -> Mapping[str, Any]:
    """dag.test() in a process of its own: states of its tasks, its XComs and asset events."""
    dags = str(airflow.home / "dags")
    ran: Mapping[str, Any] = airflow.python(RUN.format(dags=dags, module=module, arguments=arguments))
    return ran


def test_each_account_is_a_task_and_each_table_an_asset(airflow: Airflow) -> None:
    airflow.write_dag(
        "shops",
        """
from etl.airflow.dags import export_dag
dag = export_dag("shops", config=CONFIG, out=OUT, schedule=None, streams={"park": ["contacten"]})
""",
    )
    with Shop(rows=12) as shop:
        airflow.configure(
            account("bikes", shop.base_url),
            account("park", shop.base_url, system="recras", keys={"api_key": "demo"}),
        )
        ran = run_dag(airflow, "shops", "logical_date=None")
    assert (ran["state"], ran["logical_date"]) == ("success", "None")
    assert ran["tasks"] == {"export[0]": "success", "export[1]": "success"}
    events = dict(ran["events"])
    assert {"bikes.customers contacts", "bikes.customers phone_numbers", "park.contacten contacts"} <= set(events)
    assert not any("products" in name for name in events)
    extra = events["bikes.customers contacts"]
    assert extra["rows"] == 12 == pl.read_parquet(extra["files"][0]).height
    assert len(ran["told"]) == 2
    for told in ran["told"]:
        assert (told["status"], told["written"], len(json.dumps(told)) < 3000) == ("complete", 12, True)
        assert "error" not in told and "accounts" not in told


def test_more_accounts_than_airflow_maps_are_mapped_in_chunks(airflow: Airflow) -> None:
    airflow.configure(*(account(f"shop{number}", "https://example.nl") for number in range(2500)))
    script = f"""
import json
from etl.airflow.dags import export_dag
from etl.errors import ConfigurationError
config = {str(airflow.config)!r}
dag = export_dag("many", config=config, out="out", schedule=None)
lengths = [len(task.expand_input.value) for task in dag.tasks]
refused = []
for wrong in (["shop1", "shop1"], ["shop"]):
    try:
        export_dag("wrong", config=config, out="out", accounts=wrong)
    except ConfigurationError as error:
        refused.append(str(error))
outlets = set(len(task.outlets) for task in dag.tasks)
print(json.dumps([lengths, refused, sorted(outlets)]))
"""
    lengths, refused, outlets = airflow.python(script)
    assert outlets == [7], "an alias that Airflow makes only when a task ends is made twice by two that end at once"
    assert lengths == [1024, 1024, 452]
    assert len(refused) == 2 and "twice" in refused[0]


def test_two_tasks_of_a_run_cannot_write_the_same_files(airflow: Airflow) -> None:
    airflow.write_dag(
        "twice",
        """
from airflow.sdk import DAG
from etl.airflow.operators import ContactExportOperator
with DAG("twice", schedule=None) as dag:
    ContactExportOperator.partial(
        task_id="export", config=CONFIG, out=OUT + "/twice", until="{{ data_interval_end | default() }}", retries=3
    ).expand(account=["bikes", "bikes"])
""",
    )
    with Shop(rows=5) as shop:
        airflow.configure(account("bikes", shop.base_url))
        ran = run_dag(airflow, "twice", "logical_date=None")
        assert shop.stats()["requests"] > 0
    assert sorted(ran["tasks"].values()) == ["failed", "success"]


def test_a_push_is_made_once_and_a_retry_without_its_ledger_sends_nothing(airflow: Airflow) -> None:
    airflow.write_dag(
        "bring",
        """
from pathlib import Path
from airflow.sdk import DAG
from etl.airflow.operators import ContactExportOperator, ContactMigrateOperator, ContactPushOperator
class Forgetful(ContactPushOperator):
    def execute(self, context):
        super().execute(context)
        for name in ("ledger.db", "ledger.seal"):
            Path(CONFIG).with_name(".etl").joinpath(name).unlink()
        return super().execute(context)
with DAG("bring", schedule=None) as dag:
    export = ContactExportOperator(task_id="export", config=CONFIG, out=OUT, account="bikes")
    rows = [OUT + "/contacts/bikes.customers.parquet"]
    push = ContactPushOperator(task_id="push", config=CONFIG, out=OUT, files=rows, to="park.klanten")
    again = ContactPushOperator(task_id="again", config=CONFIG, out=OUT, files=rows, to="park.klanten")
    bring = ContactMigrateOperator(task_id="bring", config=CONFIG, out=OUT, source="bikes", to="park.klanten")
    forgets = Forgetful(task_id="forgets", config=CONFIG, out=OUT, files=rows, to="park.klanten", retries=3)
    export >> push >> again >> bring >> forgets
""",
    )
    with Shop(rows=8, seed=2) as shop:
        airflow.configure(
            account("bikes", shop.base_url),
            account("park", shop.base_url, system="recras", keys={"api_key": "demo"}),
        )
        ran = run_dag(airflow, "bring")
        created = len([entry for entry in shop.simulator.log if entry["method"] == "POST"])
    states = {name.partition("[")[0]: state for name, state in ran["tasks"].items()}
    assert states == {
        "export": "success",
        "push": "success",
        "again": "success",
        "bring": "success",
        "forgets": "failed",
    }
    outcomes = [told["outcomes"] for told in ran["told"] if "outcomes" in told]
    assert [counts["created"] for counts in outcomes] == [created, 0, 0] and created > 0


OPTIONS = """
import inspect, json
from datetime import datetime
from airflow.sdk import DAG, task
from etl import library
from etl.airflow.operators import ContactMigrateOperator as Migrate, ContactPushOperator as Push
push = {"config": "c", "out": "o", "to": "a.b", "files": ["f"]}
migrate = {"config": "c", "out": "o", "to": "a.b", "source": "s"}
refused = {}
for name, make, wrong in [
    ("mode", Push, {"mode": "upsret"}), ("conflict", Push, {"on_conflict": "their"}),
    ("proof", Push, {"proof": "look"}),
    ("ignored", Push, {"ignore": "Notes"}), ("children", Push, {"children": ["persons.csv"]}),
    ("stop", Push, {"stop_after_errors": "101%"}), ("limit", Push, {"limit": "{{ params.limit }}"}),
    ("flag", Migrate, {"clear_empty": "yes"}), ("kind", Migrate, {"kind": "custommer"}),
    ("modes", Migrate, {"mode": "delete"}), ("option", Push, {"options": {"on_conflicts": "ours"}}),
    ("value", Migrate, {"options": {"proof": "look"}}),
    ("twice", Push, {"proof": "read", "options": {"proof": "read"}}),
    ("own", Migrate, {"options": {"source": "bikes"}}), ("mapped", Push, {"mode": "delte"}),
]:
    try:
        with DAG("wrong", schedule=None):
            if name == "mapped":
                kept = {key: value for key, value in push.items() if key != "files"}
                Push.partial(task_id="t", **kept, **wrong).expand(files=["f", "g"])
            else:
                make(task_id="t", **(push if make is Push else migrate), **wrong)
    except Exception as error:
        refused[name] = f"{type(error).__name__}: {error}"
with DAG("right", schedule=None, params={"mode": "upsert", "limit": 3}) as dag:
    @task
    def choose():
        return "ours"
    chosen = Push(
        task_id="push", **push, mode="{{ params.mode }}", on_conflict=choose(), ignore=["{{ ds }}", "Notes"],
        stop_after_errors="5%", limit=3, options={"source": "{{ params.none | default('') }}", "proof": "read"},
    )
    Migrate(task_id="migrate", **migrate, kind="all", ignore=["city"], rebuild_ledger=True, recreate_missing=True)
named = {}
for make in (Push, Migrate):
    known = set(inspect.signature(getattr(library, make.calls)).parameters) - {*make.own, "wait"}
    missing = {*make.templated} - {*make.template_fields}
    named[make.__name__] = [sorted(known ^ {*make.templated, *make.fixed}), sorted(missing)]
print(json.dumps([refused, named, sorted(dag.get_task("push").upstream_task_ids)]))
"""


def test_the_options_of_a_push_are_checked_while_the_dag_is_parsed(airflow: Airflow) -> None:
    refused, named, upstream = airflow.python(OPTIONS)
    told = {
        "mode": 'Did you mean "upsert"?', "conflict": 'Did you mean "theirs"?', "proof": "There are answer, read",
        "ignored": "not a sequence of them", "children": "a mapping", "stop": "neither a number nor a share",
        "limit": "a whole number", "flag": "True or False", "kind": 'Did you mean "customer"?',
        "modes": "There are create, upsert", "option": "Did you mean on_conflict?", "value": "There are answer, read",
        "twice": "Give it once", "own": "options has source", "mapped": 'Did you mean "delete"?',
    }  # fmt: skip
    assert refused.keys() == told.keys()
    assert {name: words for name, words in told.items() if words not in refused[name]} == {}
    assert all(words.startswith("UsageError: ") for words in refused.values())
    assert named == {"ContactPushOperator": [[], []], "ContactMigrateOperator": [[], []]}, "each option, and no other"
    assert upstream == ["choose"]


def test_options_that_are_rendered_reach_the_push(airflow: Airflow) -> None:
    airflow.write_dag(
        "people",
        """
from airflow.sdk import DAG
from etl.airflow.operators import ContactPushOperator
common = {"config": CONFIG, "out": OUT, "files": OUT + "/people.csv", "to": "bikes.customers", "key": "nr"}
params = {"source": "leden", "column": "Notes", "mode": "update", "none": ""}
with DAG("people", schedule=None, params=params) as dag:
    tried = ContactPushOperator(
        task_id="tried", **common, source="{{ params.source }}", ignore=["{{ params.column }}"], dry_run=True
    )
    push = ContactPushOperator(
        task_id="push", **common, source="{{ params.source }}", ignore=["{{ params.column }}"], limit=1,
        match="{{ params.none }}",
    )
    other = ContactPushOperator(
        task_id="other", **common, source="{{ params.source }}", ignore=["*"], mode="{{ params.mode }}",
    )
    wrong = ContactPushOperator(task_id="wrong", **common, ignore=["*"], on_conflict="{{ params.mode }}", retries=3)
    tried >> push >> other >> wrong
""",
    )
    with Shop(rows=0) as shop:
        airflow.configure(account("bikes", shop.base_url))
        airflow.out.mkdir()
        rows = ["nr,last_name,Notes", "1,Jansen,VIP", "2,Dijk,"]
        (airflow.out / "people.csv").write_text("\n".join(rows), "utf-8")
        ran = run_dag(airflow, "people")
        created = [entry for entry in shop.simulator.log if entry["outcome"] == "created"]
    states = {name.partition("[")[0]: state for name, state in ran["tasks"].items()}
    assert states == {"tried": "success", "push": "success", "other": "success", "wrong": "failed"}
    assert len(created) == 1
    outcomes = [{name: rows for name, rows in told["outcomes"].items() if rows} for told in ran["told"]]
    assert outcomes == [{"created": 2}, {"created": 1}, {"unchanged": 1, "rejected": 1}]


def test_airflow_knows_the_connections_and_tries_them(airflow: Airflow) -> None:
    script = """
import json
from airflow.providers_manager import ProvidersManager
manager = ProvidersManager()
hooks = {kind: hook.hook_name for kind, hook in manager.hooks.items() if hook and hook.package_name == "contact-etl"}
fields = sorted(name for name in manager.connection_form_widgets if name.startswith("extra__invoicing__"))
print(json.dumps([hooks, fields]))
"""
    hooks, fields = airflow.python(script)
    assert set(hooks) == {"cyclesoftware", "recras", "invoicing", "moneybird", "woocommerce"}
    assert "extra__invoicing__depth" in fields and "extra__invoicing__timezone" in fields
    with Shop(rows=3) as shop:
        for name, password in (("good", "demo"), ("bad", "wrong")):
            airflow.run(
                "airflow", "connections", "add", name, "--conn-type", "cyclesoftware", "--conn-host", shop.base_url,
                "--conn-login", "shop", "--conn-password", password, "--conn-extra", '{"per_day": 100}',
            )  # fmt: skip
        tried = {name: airflow.run("airflow", "connections", "test", name, check=False) for name in ("good", "bad")}
        assert (tried["good"].returncode, "success" in tried["good"].stdout) == (0, True)
        assert (tried["bad"].returncode, "refuses" in tried["bad"].stdout) == (1, True)
        airflow.configure()
        airflow.write_dag(
            "by_connection",
            """
from airflow.sdk import DAG
from etl.airflow.operators import ContactExportOperator
with DAG("by_connection", schedule=None) as dag:
    ContactExportOperator(task_id="export", account="good", conn_id="good", state_dir=OUT + "/state", out=OUT)
""",
        )
        ran = run_dag(airflow, "by_connection")
    assert (ran["state"], ran["told"][0]["written"]) == ("success", 3)


def test_the_sample_runs_from_the_command_line(airflow: Airflow) -> None:
    sample = Path(__file__).parents[2] / "samples" / "airflow" / "contact_export.py"
    (airflow.home / "dags" / sample.name).write_text(sample.read_text("utf-8"))
    with Shop(rows=15) as shop:
        airflow.configure(account("bikes", shop.base_url))
        ran = airflow.run("airflow", "dags", "test", "contact_export")
        found = airflow.run("airflow", "dags", "list", "--output", "json", check=False)
        wrong = airflow.run("airflow", "dags", "list-import-errors", "--output", "json", check=False)
    assert "state=success" in ran.stdout + ran.stderr
    assert pl.read_parquet(airflow.out / "contacts" / "bikes.customers.parquet").height == 15
    assert "contact_export" in found.stdout and "contact_rows" in found.stdout
    assert json.loads(wrong.stdout.splitlines()[-1]) == []
