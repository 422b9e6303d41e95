"""Build a DAG from an etl.toml: one mapped task per account, in chunks no longer than Airflow maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, conf

from etl.airflow.operators import ContactExportOperator
from etl.config import settings
from etl.errors import ConfigurationError

LONGEST = 1024
START = datetime(2026, 1, 1, tzinfo=UTC)
RETRIES = {"retries": 3, "retry_delay": timedelta(minutes=5)}


def export_dag(
    dag_id: str = "contact_export",
    *,
    config: str,
    out: str,
    schedule: Any = "@daily",
    accounts: Sequence[str] | None = None,
    streams: Mapping[str, Sequence[str]] | None = None,
    since: str | None = "last",
    formats: Sequence[str] = ("parquet",),
    at_once: int = 16,
    default_args: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> DAG:
    """A DAG that exports every account of an etl.toml, or those named, each with its default streams or its `streams`.

    Each account is a mapped task: its failures, waits and retries do not affect others. Only names are read while
    the DAG is parsed, no secrets. `at_once` tasks run side by side; what limits calls is each account's budget.

    Raises ConfigurationError, which Airflow shows as an import error, if the etl.toml is wrong or an account is
    named twice or unknown.
    """
    names = _names(Path(config), accounts)
    with DAG(
        dag_id,
        schedule=schedule,
        start_date=kwargs.pop("start_date", START),
        catchup=kwargs.pop("catchup", False),
        max_active_runs=kwargs.pop("max_active_runs", 1),
        default_args={**RETRIES, **(default_args or {})},
        **kwargs,
    ) as dag:
        chunks = _chunks(names)
        for number, chunk in enumerate(chunks, 1):
            ContactExportOperator.partial(
                task_id="export" if len(chunks) == 1 else f"export_{number}",
                config=config,
                out=out,
                since=since,
                formats=list(formats),
                max_active_tis_per_dagrun=at_once,
                map_index_template="{{ task.account }}",
            ).expand_kwargs([{"account": name, "streams": list((streams or {}).get(name, ()))} for name in chunk])
    return dag


def _names(config: Path, accounts: Sequence[str] | None) -> list[str]:
    known = settings.load(config, with_secrets=False).accounts
    names = list(known if accounts is None else accounts)
    if unknown := [name for name in names if name not in known]:
        raise ConfigurationError(
            f"There is no account {unknown[0]!r} in {config}.", remedy=f"There are {', '.join(known)}."
        )
    if twice := [name for name in names if names.count(name) > 1]:
        raise ConfigurationError(
            f"The account {twice[0]!r} is named twice: one task would overwrite what the other wrote.",
            remedy="Name it once.",
        )
    return names


def _chunks(names: Sequence[str]) -> list[Sequence[str]]:
    longest = min(conf.getint("core", "max_map_length", fallback=LONGEST), LONGEST)
    return [names[start : start + longest] for start in range(0, len(names), longest)]
