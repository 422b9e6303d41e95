"""A migration from one account to another as a call."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from etl import run as runs
from etl.library.accounts import settings_of
from etl.library.outcome import settle
from etl.library.work import Stop, finish
from etl.push import run
from etl.push.migrate import Source, bring, fetch, source_of
from etl.push.order import Match, Order, Reference, check, destination_of
from etl.push.report import PushReport
from etl.settings import Settings


def migrate_account(
    settings: Settings | Path | str,
    source: str,
    to: str,
    out: Path | str = "out",
    *,
    kind: str | None = "customer",
    include_inactive: bool = False,
    mode: Literal["create", "upsert"] = "create",
    match: Match | None = None,
    reference: Reference = "own",
    limit: int | None = None,
    dry_run: bool = False,
    wait: bool = False,
    stop: Stop | None = None,
) -> dict[str, Any]:
    """Bring the rows of ACCOUNT[.STREAM] over to ACCOUNT.STREAM: export, map and push in one run.

    Contacts of that `kind` (None: of every kind) that are active, unless `include_inactive`. Raises as `push_rows`, and
    the source's error where not all of it came: nothing is brought over in part.
    """
    loaded = settings_of(settings)
    destination = destination_of(loaded, to)
    order = Order(
        files=[],
        out=Path(out),
        mode=mode,
        match=match,
        reference=reference,
        dry_run=dry_run,
        limit=limit,
        kind=kind if destination.target.table == "contacts" else None,
        active_only=not include_inactive,
    )
    check(order, destination)
    chosen = source_of(loaded, source, destination)
    with run.held(loaded, destination):
        try:
            report = finish(_move(run.Setting(loaded, destination, order.out, wait=wait), order, chosen), stop)
        except run.Stopped as early:
            report = early.report
        except runs.Stopped as early:
            return settle(early.report, early.report.errors)
    return settle(report, [report.error] if report.error else [])


async def _move(setting: run.Setting, order: Order, source: Source) -> PushReport:
    exported = await fetch(setting, source, progress=lambda _: None, out=order.out)
    return await bring(setting, order, source, exported, progress=lambda _: None)
