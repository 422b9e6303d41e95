"""Migrate from one account to another, as a call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from etl.config.settings import Settings
from etl.library.accounts import settings_of
from etl.library.arguments import Count, checked
from etl.library.outcome import settle
from etl.library.run_to_end import report_of
from etl.push.migrate import MigrationSource, check_ignored, fetch, push_exported, source_of
from etl.push.push import Setting, held
from etl.push.push_order import Match, OnConflict, Order, Proof, Reference, check, destination_of
from etl.push.report import PushReport
from etl.runs.deletions import Accepted
from etl.runs.stop import Stop
from etl.tables.dialect import DialectName

Kind: TypeAlias = Literal["customer", "supplier", "staff", "other", "all"]


@checked
def migrate_account(
    settings: Settings | Path | str,
    source: str,
    to: str,
    out: Path | str = "out",
    *,
    kind: Kind | None = "customer",
    include_inactive: bool = False,
    mode: Literal["create", "upsert"] = "create",
    match: Match | None = None,
    reference: Reference = "own",
    limit: Count | None = None,
    ignore: Sequence[str] = (),
    on_conflict: OnConflict = "review",
    clear_empty: bool = False,
    recreate_missing: bool = False,
    proof: Proof | None = None,
    strict: bool = False,
    stop_after_errors: Count | str | None = None,
    dialect: DialectName | None = None,
    dry_run: bool = False,
    rebuild_ledger: bool = False,
    accept_deletions: bool = False,
    accept_rejects: bool = False,
    wait: bool = False,
    stop: Stop | None = None,
) -> dict[str, Any]:
    """Bring the rows of ACCOUNT[.STREAM] over to ACCOUNT.STREAM: export, map and push in one run.

    Takes contacts of that `kind` (None or "all": of every kind) that are active, unless `include_inactive`; columns
    among `ignore` are left out. There is no confirmation: the call is the decision. Raises as `push_rows`, and the
    source's error if its export is incomplete: nothing is migrated in part. `accept_deletions` and `accept_rejects` are
    those of `export_account`.
    """
    loaded = settings_of(settings)
    destination = destination_of(loaded, to)
    order = Order(
        files=[],
        out=Path(out),
        mode=mode,
        match=match,
        reference=reference,
        keys="exact",
        dry_run=dry_run,
        limit=limit,
        kind=kind if destination.target.table == "contacts" and kind != "all" else None,
        active_only=not include_inactive,
        ignore=ignore,
        on_conflict=on_conflict,
        clear_empty=clear_empty,
        recreate_missing=recreate_missing,
        proof=proof,
        strict=strict,
        stop_after_errors=None if stop_after_errors is None else str(stop_after_errors),
        dialect=dialect,
    )
    check(order, destination)
    check_ignored(order, destination)
    chosen = source_of(loaded, source, destination)
    setting = Setting(loaded, destination, order.out, rebuild=rebuild_ledger, wait=wait, stop=stop or Stop())
    with held(loaded, destination):
        accepted = Accepted(accept_deletions, accept_rejects)
        report = report_of(_move(setting, order, chosen, accepted), setting.stop)
    return settle(report)


async def _move(setting: Setting, order: Order, source: MigrationSource, accepted: Accepted) -> PushReport:
    exported = await fetch(setting, source, out=order.out, accepted=accepted)
    return await push_exported(setting, order, source, exported)
