"""`etl plan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from etl.cli.output import common, print_json, print_table, say, set_up_logs
from etl.cli.push import tell_left_out
from etl.cli.push_options import TO, PushArguments, asks

if TYPE_CHECKING:
    from etl.config.settings import Settings
    from etl.plan.plan import AccountPlan, PlanRequest

LATEST = "%Y-%m-%d %H:%M"


def _rehearses(command: click.decorators.FC) -> click.decorators.FC:
    return click.option("--rehearse", is_flag=True, help="Play every call through the budget, days in seconds.")(
        command
    )


@click.group()
def plan() -> None:
    """Tell calls, minutes, days and finishing time of a job under its budgets, before any is spent."""


@plan.command("export")
@click.argument("streams", nargs=-1, metavar="[ACCOUNT[.STREAM]]...")
@click.option("--since", metavar="last|TIMESTAMP", help="Plan for what changed since.")
@click.option("--probe", is_flag=True, help="Spend one call on a stream that was never exported.")
@click.option("--calls", type=click.IntRange(1), help="Plan for so many pages of every stream that has pages.")
@_rehearses
@common
def plan_export(
    streams: tuple[str, ...],
    since: str | None,
    probe: bool,
    calls: int | None,
    rehearse: bool,
    config: Path,
    as_json: bool,
    quiet: bool,
    log_format: str,
) -> None:
    """Plan an export."""
    set_up_logs(log_format, quiet=quiet)
    from etl.config import settings
    from etl.plan.plan import PlanRequest
    from etl.runs.workspace import select

    loaded = settings.load(config)
    job = PlanRequest(reads=select(loaded, streams), since=since, calls=calls)
    _tell("plan export", loaded, job, probe=probe, rehearse=rehearse, as_json=as_json)


@plan.command("push")
@asks
@_rehearses
@common
def plan_push(asked: PushArguments, rehearse: bool, config: Path, as_json: bool, quiet: bool, log_format: str) -> None:
    """Plan a push, said in the same words as the push itself."""
    set_up_logs(log_format, quiet=quiet)
    from etl.config import settings
    from etl.plan.plan import push_job
    from etl.push.input.rows import read_input
    from etl.push.push_order import check, destination_of

    loaded = settings.load(config)
    destination = destination_of(loaded, asked.target)
    order = asked.order(out=Path(), dry_run=True)
    check(order, destination)
    given = read_input(order, destination)
    tell_left_out(given)
    _tell("plan push", loaded, push_job(loaded, given), rehearse=rehearse, as_json=as_json)


@plan.command("migrate")
@click.argument("source", metavar="ACCOUNT[.STREAM]")
@TO
@_rehearses
@common
def plan_migrate(
    source: str, target: str, rehearse: bool, config: Path, as_json: bool, quiet: bool, log_format: str
) -> None:
    """Plan a migration: the export of the source, and a call for each of its rows."""
    set_up_logs(log_format, quiet=quiet)
    from etl.config import settings
    from etl.plan.plan import migrate_job

    loaded = settings.load(config)
    _tell("plan migrate", loaded, migrate_job(loaded, source, target), rehearse=rehearse, as_json=as_json)


def _tell(
    command: str, loaded: Settings, job: PlanRequest, *, rehearse: bool, as_json: bool, probe: bool = False
) -> None:
    from etl.cli import running
    from etl.plan.plan import plan as make_plan

    plans = running.run(make_plan(loaded, job, ask=probe, play=rehearse))
    if as_json:
        print_json(
            {
                "command": command,
                "status": "complete",
                "exit_code": 0,
                "accounts": {p.account: _as_dict(p) for p in plans},
            }
        )
        return
    print_table(
        "",
        ("stream", "calls", "reckoned from"),
        [(need.name, "unknown" if need.calls is None else need.calls, need.basis) for p in plans for need in p.needs],
        right=("calls",),
    )
    for found in plans:
        say(f"{found.account} ({found.budget}): {found.forecast or 'cannot be told before its calls are known'}.")
        if found.rehearsal is not None:
            days = ", ".join(f"{count:,} on {day}" for day, count in sorted(found.rehearsal.by_day.items()))
            done = f"{found.rehearsal.finishes_at:{LATEST}} UTC"
            say(f"{found.account}: rehearsed from an unused budget: {days}; done at {done}.")


def _as_dict(found: AccountPlan) -> dict[str, object]:
    streams = {need.name: {"calls": need.calls, "basis": need.basis} for need in found.needs}
    told: dict[str, object] = {"calls": found.calls, "budget": found.budget, "streams": streams}
    if found.forecast is not None:
        told |= {
            "minutes": round(found.forecast.minutes, 2),
            "days": found.forecast.days,
            "fits_today": found.forecast.fits_today,
            "today": found.forecast.today,
            "finishes_at": found.forecast.finishes_at,
        }
    if found.rehearsal is not None:
        by_day = {str(day): count for day, count in found.rehearsal.by_day.items()}
        told["rehearsal"] = {"finishes_at": found.rehearsal.finishes_at, "by_day": by_day}
    return told
