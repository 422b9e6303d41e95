"""Every account of an etl.toml, each night; and what waits for its tables. Copy it into your dags folder."""

from __future__ import annotations

import os
from pathlib import Path

from airflow.sdk import DAG, AssetAlias, task

from etl.airflow.dags import export_dag

HOME = Path(os.environ.get("CONTACT_ETL_HOME", "/srv/contact-etl"))

nightly = export_dag(
    "contact_export",
    config=str(HOME / "etl.toml"),
    out=str(HOME / "out"),
    schedule="0 2 * * *",
    formats=["parquet"],
    # accounts=["bikes", "park"],               # else all of etl.toml
    # streams={"park": ["contacten"]},          # else each account's default streams
)

with DAG("contact_rows", schedule=[AssetAlias("contact-etl.contacts")]) as rows:

    @task
    def count(triggering_asset_events=None):  # type: ignore[no-untyped-def]
        """Runs when contacts of any account were written, and tells how many rows of each."""
        return {
            event.asset.name: event.extra["rows"]
            for events in (triggering_asset_events or {}).values()
            for event in events
        }

    count()

# What was exported may go on to another account, each row exactly once, however often a task is tried:
#
#   from etl.airflow.assets import asset_of
#   from etl.airflow.operators import ContactPushOperator
#
#   with DAG("contact_push", schedule=[asset_of("bikes", "customers", "contacts")]):
#       ContactPushOperator(
#           task_id="push",
#           config=str(HOME / "etl.toml"),
#           out=str(HOME / "out"),
#           files=[str(HOME / "out/contacts/bikes.customers.parquet")],
#           to="park.klanten",
#           retries=3,
#       )
