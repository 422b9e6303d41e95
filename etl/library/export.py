"""Export one account, as a call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from etl.config.settings import Account, Settings
from etl.errors import UsageError
from etl.library.accounts import settings_of
from etl.library.arguments import Format, checked
from etl.library.outcome import settle
from etl.library.replay import replay_order
from etl.library.run_to_end import report_of
from etl.runs.cursor import cursor_of
from etl.runs.export import export
from etl.runs.export_order import ExportOrder
from etl.runs.stop import Stop
from etl.runs.tenant import landed_tenant
from etl.runs.workspace import open_state, select
from etl.tables.pseudonyms import Pseudonyms


@checked
def export_account(
    settings: Settings | Path | str,
    account: str,
    streams: Sequence[str] = (),
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    out: Path | str = "out",
    *,
    formats: Sequence[Format] = ("parquet",),
    full: bool = False,
    accept_deletions: bool = False,
    accept_rejects: bool = False,
    wait: bool = False,
    pseudonyms: Path | str | None = None,
    stop: Stop | None = None,
) -> dict[str, Any]:
    """Fetch an account's streams (its default ones where none is named), land, normalise and write them to `out`.

    `since` is "last" (only what changed since the last export), a time, or None for everything. `until` is a time that
    the tables have to reach: if what has landed reaches that far, no call is made. The APIs have no upper bound, so
    newer records are included. Times without a zone are the account's. `pseudonyms` is a file with a key: the tables
    then have pseudonyms in place of people, for test systems.

    ProtocolBroken is raised, and the tables stay, where more than a fifth of the rows of the last export are no longer
    there, unless `accept_deletions`, or where more than a fifth cannot be read, unless `accept_rejects`.

    Raises BudgetSpent with `resume_at`, TryLater, CredentialsRefused, RowsRejected (all else is written) and the other
    errors of `etl.errors`; the same call again resumes where it stopped.
    """
    loaded = settings_of(settings)
    chosen = select(loaded, [f"{account}.{stream}" for stream in streams] or [account])
    reach = _reach(chosen[0][0], since, until)
    order = ExportOrder(
        chosen,
        Path(out),
        tuple(dict.fromkeys(formats)),
        None if full else since.isoformat() if isinstance(since, datetime) else since,
        accept_deletions=accept_deletions,
        accept_rejects=accept_rejects,
        pseudonyms=None if pseudonyms is None else Pseudonyms.read(Path(pseudonyms)),
    )
    if reach is not None and not full and _has_landed(loaded, order, reach):
        return replay_order(loaded, order, stop)
    return settle(report_of(export(loaded, order, full=full, wait=wait, stop=stop), stop))


def _reach(account: Account, since: datetime | str | None, until: datetime | str | None) -> datetime | None:
    """`until` as a time. Raises UsageError for an empty interval: everything would look unchanged."""
    if until is None:
        return None
    reach = _time(account, "until", until)
    if since is not None and since != "last" and _time(account, "since", since) >= reach:
        raise UsageError(
            f"From {since} until {until} is not an interval.",
            remedy='Say since="last": what was exported last is known here, whatever the schedule says.',
        )
    return reach


def _time(account: Account, name: str, given: datetime | str) -> datetime:
    try:
        at = given if isinstance(given, datetime) else datetime.fromisoformat(given)
    except ValueError:
        raise UsageError(f"{name}={given!r} is not a time.", remedy="Write 2026-01-31T12:00:00Z.") from None
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(account.timezone))).astimezone(UTC)


def _has_landed(settings: Settings, order: ExportOrder, reach: datetime) -> bool:
    """Whether every stream's last complete extraction began, by the server's clock, at that time or later."""
    with open_state(settings) as state:
        for account, stream in order.selected:
            tenant = landed_tenant(state.tenants, account, stream)
            cursor = cursor_of(state.journal, account.name, stream.name, tenant=tenant, timezone=account.timezone)
            if cursor is None or cursor < reach:
                return False
    return True
