"""Make a lost or damaged journal again from the landed pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from etl.budget.local_folder import must_be_local
from etl.clock import Clock
from etl.config.settings import Settings
from etl.runs.cursor import cursor_of
from etl.runs.tenant import landed_tenant
from etl.state.files import make_folder
from etl.state.journal import Journal
from etl.state.journal_file import LANDING, is_whole
from etl.state.journal_rebuild import Rebuilt, rebuild
from etl.state.lock import hold
from etl.state.tenants import Tenants


def rebuild_journal(settings: Settings, *, clock: Clock) -> Rebuilt | None:
    """Make the journal of the state folder again; None where it is whole, and nothing is done.

    Raises TryLater while any run uses the folder, and ConfigurationError for a journal of a newer release.
    """
    folder = settings.state.dir
    must_be_local(folder, "[state] dir")
    make_folder(folder)
    busy = {path.name.removesuffix(".lock") for path in (folder / "locks").glob("*.lock")}
    streams = {f"{path.parent.name}.{path.name}" for path in (folder / LANDING).glob("*/*/")}
    with hold(folder / "locks", busy | streams):
        return None if is_whole(folder) else rebuild(folder, clock.now(), _summary, partial(_cursor, settings))


def _cursor(settings: Settings, journal: Journal, tenants: Tenants, account: str, stream: str) -> datetime | None:
    """Where `--since last` begins, as far as it is known without the credential of the account; None where that has
    the whole stream fetched."""
    configured = settings.accounts.get(account)
    if configured is None:
        newest = tenants.newest_complete(account, stream)
        return cursor_of(journal, account, stream, tenant=newest[0], timezone="UTC") if newest else None
    declared = next((one for one in configured.declaration.streams if one.name == stream), None)
    if declared is None or declared.since is None:
        return None
    tenant = landed_tenant(tenants, configured, declared)
    return cursor_of(journal, account, stream, tenant=tenant, timezone=configured.timezone)


def _summary(run_id: str, arguments: str) -> Mapping[str, Any] | None:
    """The summary of a run, where it is still in the folder that the run wrote to."""
    try:
        path = Path(json.loads(arguments)["out"]) / "runs" / f"{run_id}.json"
        summary = json.loads(path.read_text("utf-8"))
        return summary if summary["run_id"] == run_id and summary["seconds"] >= 0 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
