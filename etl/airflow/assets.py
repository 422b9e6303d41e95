"""Define an asset for each table of each stream, updated only by the runs that wrote it.

A task emits them through one alias per table, so that a DAG may wait for `contacts` of any account
(`AssetAlias("contact-etl.contacts")`) as well as for one stream's (`asset_of("bikes", "customers", "contacts")`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import Asset, AssetAlias

from etl.records import TABLES

ALIASES = {table: AssetAlias(f"contact-etl.{table}") for table in TABLES}


def asset_of(account: str, stream: str, table: str) -> Asset:
    """The asset of one table, wherever it is written."""
    return Asset(name=f"{account}.{stream} {table}", uri=f"x-contact-etl://{account}/{stream}/{table}")


def tell_assets(events: Any, summary: Mapping[str, Any]) -> None:
    """Add an event for each table that a run wrote, with rows, files and the run's id in its extra."""
    for account, told in summary["accounts"].items():
        for stream, counts in told["streams"].items():
            for table, rows in (counts.get("tables") or {}).items():
                files = [
                    file
                    for file in summary["tables"][table]["files"]
                    if file.rpartition("/")[2].startswith(f"{account}.{stream}.")
                ]
                extra = {"rows": rows, "files": files, "run_id": summary["run_id"]}
                events[ALIASES[table]].add(asset_of(account, stream, table), extra=extra)
