"""`etl migrate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from etl.cli.choice import SuggestingChoice
from etl.cli.consent import ask, need_terminal, yes_option
from etl.cli.export import ACCEPT_DELETIONS, ACCEPT_REJECTS, OF_RESULTS
from etl.cli.output import common, complain, set_up_logs, waits
from etl.cli.push import finish, tell_left_out, tell_survey
from etl.cli.push_options import DRY_RUN, IGNORE, LIMIT, MATCH, OUT, REBUILD, REFERENCE, TO, Care, cares

if TYPE_CHECKING:
    from etl.push.migrate import MigrationSource
    from etl.push.push import Setting
    from etl.push.push_order import Order
    from etl.push.report import PushReport
    from etl.runs.deletions import Accepted
    from etl.tables.dialect import DialectName

KINDS = ("customer", "supplier", "staff", "other")


@click.command()
@click.argument("source", metavar="ACCOUNT[.STREAM]")
@TO
@click.option(
    "--kind",
    type=SuggestingChoice([*KINDS, "all"]),
    default="customer",
    show_default=True,
    help="Only contacts of this kind; all for every kind.",
)
@click.option("--include-inactive", is_flag=True, help="Also rows that are not active any more.")
@click.option(
    "--mode", type=SuggestingChoice(["create", "upsert"]), default="create", show_default=True, help="As in push."
)
@MATCH
@IGNORE
@REFERENCE
@LIMIT
@cares
@OUT
@OF_RESULTS
@DRY_RUN
@yes_option
@REBUILD
@ACCEPT_DELETIONS
@ACCEPT_REJECTS
@waits
@common
def migrate(
    care: Care,
    source: str,
    target: str,
    kind: str,
    include_inactive: bool,
    mode: str,
    match: str | None,
    ignore: tuple[str, ...],
    reference: str,
    limit: int | None,
    out: Path,
    dialect: DialectName | None,
    dry_run: bool,
    yes: bool,
    rebuild: bool,
    accept_deletions: bool,
    accept_rejects: bool,
    wait: bool,
    config: Path,
    as_json: bool,
    quiet: bool,
    log_format: str,
) -> None:
    """Bring an account's rows over to another: export, map and push in one run.

    Customers that are active, unless said otherwise; the others are reported as skipped. Before anything is
    written it asks; where there is no terminal to ask on, it needs --yes.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.config import settings
    from etl.push.migrate import check_ignored, source_of
    from etl.push.push import Setting, held
    from etl.push.push_order import Order, check, destination_of
    from etl.runs.deletions import Accepted

    loaded = settings.load(config)
    destination = destination_of(loaded, target)
    contacts = destination.target.table == "contacts"
    order = Order(
        files=[],
        out=out,
        mode=mode,  # type: ignore[arg-type]  # click has seen to it
        match=match,  # type: ignore[arg-type]  # the same
        reference=reference,  # type: ignore[arg-type]  # the same
        keys="exact",
        dry_run=dry_run,
        limit=limit,
        dialect=dialect,
        kind=kind if contacts and kind != "all" else None,
        active_only=not include_inactive,
        ignore=ignore,
        **vars(care),
    )
    check(order, destination)
    check_ignored(order, destination)
    found = source_of(loaded, source, destination)
    need_terminal(destination, yes=yes, dry_run=dry_run)
    for name in found.skipped:
        complain(f"{name} is left out: {target} takes {destination.target.table}.")
    with held(loaded, destination):
        setting = Setting(loaded, destination, out, rebuild, wait=wait)
        accepted = Accepted(accept_deletions, accept_rejects)
        report = _migrate(setting, order, found, accepted, as_json=as_json, quiet=quiet, yes=yes)
    finish(report, as_json=as_json, quiet=quiet)


def _migrate(
    setting: Setting,
    order: Order,
    source: MigrationSource,
    accepted: Accepted,
    *,
    as_json: bool,
    quiet: bool,
    yes: bool,
) -> PushReport:
    from dataclasses import replace

    from etl.cli import running
    from etl.push.migrate import fetch, push_exported, read_exported

    with running.progress(quiet=quiet) as watch:
        exporting = replace(setting, on_wait=watch.wait)
        fetching = fetch(exporting, source, out=order.out, accepted=accepted, on_progress=watch.progress)
        exported = running.run(fetching, setting.stop)
    data = read_exported(setting, order, source)
    tell_left_out(data)
    tell_survey(data, as_json=as_json, quiet=quiet)
    ask(order.mode, data.height, setting.destination, yes=yes, dry_run=order.dry_run)
    with running.progress(quiet=quiet) as watch:
        pushing = replace(setting, on_wait=watch.wait)
        return running.report_of(
            push_exported(pushing, order, source, exported, on_progress=watch.progress, data=data), setting.stop
        )
