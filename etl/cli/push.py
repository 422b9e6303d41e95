"""`etl push`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from etl.cli.output import Quit, common, complain, log, print_json, print_table, say, set_up_logs, waits

if TYPE_CHECKING:
    from collections.abc import Callable

    from etl.cli.running import Watch
    from etl.push.order import Destination, Order
    from etl.push.report import PushReport
    from etl.push.rows import Input
    from etl.push.run import Step
    from etl.settings import Settings

MODES = ("create", "update", "upsert", "delete")
MATCHES = ("reference", "email", "postcode+number")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--to", "target", required=True, metavar="ACCOUNT.STREAM", help="Where the rows go.")
@click.option("--mode", type=click.Choice(MODES), default="create", show_default=True, help="What is done with them.")
@click.option("--map", "mapping", type=click.Path(path_type=Path), help="Which column is what: a map.toml.")
@click.option("--key", metavar="COLUMN", help="The column that tells rows apart; source_id where there is one.")
@click.option("--source", metavar="NAME", default="", help="Tells two tables apart whose keys are the same numbers.")
@click.option("--match", type=click.Choice(MATCHES), help="How rows are found that no earlier push knows.")
@click.option("--with", "children", multiple=True, metavar="TABLE=FILE", help="A child table, such as contact_persons.")
@click.option(
    "--reference",
    type=click.Choice(["own", "derived"]),
    default="own",
    show_default=True,
    help="The reference sent along: the row's own where it is unique, or one made of its key.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N rows.")
@click.option("--out", type=click.Path(path_type=Path), default="out", show_default=True, help="Folder for results.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and how long it takes; write nothing there.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--rebuild-ledger", "rebuild", is_flag=True, help="The ledger is lost: look rows up before they are sent."
)
@waits
@common
def push(
    files: tuple[Path, ...],
    target: str,
    mode: str,
    mapping: Path | None,
    key: str | None,
    source: str,
    match: str | None,
    children: tuple[str, ...],
    reference: str,
    limit: int | None,
    out: Path,
    dry_run: bool,
    yes: bool,
    rebuild: bool,
    wait: bool,
    config: Path,
    as_json: bool,
    quiet: bool,
    log_format: str,
) -> None:
    """Send the rows of exports or tables of your own to a target, each exactly once.

    Run it again and what is done is not sent again, what changed becomes an update, and what failed is tried again.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl import settings
    from etl.push.order import Order, check, destination_of

    loaded = settings.load(config)
    destination = destination_of(loaded, target)
    order = Order(
        files=files,
        out=out,
        dry_run=dry_run,
        mode=mode,  # type: ignore[arg-type]  # click has seen to it
        mapping=mapping,
        key=key,
        source=source,
        match=match,  # type: ignore[arg-type]  # the same
        children=dict(_child(given) for given in children),
        reference=reference,  # type: ignore[arg-type]  # the same
        limit=limit,
    )
    check(order, destination)
    report = _push(loaded, order, destination, rebuild=rebuild, wait=wait, yes=yes, quiet=quiet, as_json=as_json)
    finish(report, as_json=as_json, quiet=quiet)


def _push(
    loaded: Settings,
    order: Order,
    destination: Destination,
    *,
    rebuild: bool,
    wait: bool,
    yes: bool,
    quiet: bool,
    as_json: bool,
) -> PushReport:
    from etl.cli import running
    from etl.push import run
    from etl.push.rows import read_input

    with run.held(loaded, destination):
        given = read_input(order, destination)
        tell_survey(given, as_json=as_json, quiet=quiet)
        confirm(order, destination, given.height, yes=yes)
        with running.progress(quiet=quiet) as watch:
            setting = run.Setting(loaded, destination, order.out, rebuild, wait, on_wait=watch.wait)
            try:
                return running.run(run.push(setting, order, given, progress=shown(watch)))
            except run.Stopped as stopped:
                return stopped.report


def shown(watch: Watch) -> Callable[[Step], None]:
    """What a push's progress is shown by."""
    from etl.feed import Step as Fed

    def show(step: Step) -> None:
        if step.client.calls.sent:  # before the first call nothing is known of the budget
            watch.step(Fed(step.name, step.rows, step.rows, step.expected, step.client, step.run_id))

    return show


def tell_survey(given: Input, *, as_json: bool, quiet: bool) -> None:
    """What the target has no place for, and what is filled in, column by column, before the first call."""
    if quiet or given.order.mode == "delete":
        return
    from etl.push.survey import survey

    found, name = survey(given), given.destination.name
    for title, counts in (("left behind: no place for it", found.lost), ("filled in: required there", found.filled)):
        if as_json and counts:
            log.warning(
                "%s: %s: %s", name, title, ", ".join(f"{one} ({rows:,})" for one, rows in sorted(counts.items()))
            )
        elif counts:
            print_table("", (title, "rows"), sorted(counts.items()), right=("rows",))
    for column, advice in given.destination.target.advice.items():
        if column in found.lost:
            say(f"{name}: {advice}")


def _child(given: str) -> tuple[str, Path]:
    table, equals, path = given.partition("=")
    if not equals or not path:
        raise click.UsageError(f"--with {given}: write TABLE=FILE, such as contact_persons=persons.csv.")
    return table, Path(path)


def confirm(order: Order, destination: Destination, rows: int, *, yes: bool) -> None:
    """Ask before anything is written, where there is somebody to ask. Raises Abort for a no."""
    if yes or order.dry_run:
        return
    if order.mode == "delete":
        raise click.UsageError(f"--mode delete takes {rows:,} records away at {destination.host}: say --yes.")
    if on_terminal():
        click.confirm(f"{order.mode} {rows:,} rows at {destination.host} ({destination.name})?", abort=True, err=True)


def on_terminal() -> bool:
    """Whether there is somebody to ask."""
    return all(stream is not None and not stream.closed and stream.isatty() for stream in (sys.stdin, sys.stderr))


def finish(report: PushReport, *, as_json: bool, quiet: bool) -> None:
    """Print what a push came to, and end with its exit code."""
    summary = report.as_dict()
    if not as_json and not quiet:
        counts = [(name, rows) for name, rows in summary["outcomes"].items() if rows]
        print_table(f"{report.destination}", ("outcome", "rows"), counts, right=("rows",))
        if report.skipped:
            print_table("", ("skipped, because", "rows"), report.skipped.items(), right=("rows",))
        if report.changes:
            print_table("would change", ("row", "key", "change"), report.changes)
    _tell_problems(report)
    if as_json:
        print_json(summary)
    elif not quiet:
        _tell_end(report, summary["calls"]["sent"])
    raise Quit(report.exit_code)


def _tell_end(report: PushReport, calls: int) -> None:
    if report.forecast is not None:
        say(f"dry run, nothing was written; it would take {report.forecast}.")
    if report.alike:
        say(f"{report.alike:,} rows look like another one under a key of their own: the results say which.")
    if report.files.get("results"):
        say(f"every row: {report.files['results'][-1]}")
    say(f"{report.status}: {report.received:,} rows; {calls:,} calls, {report.seconds:.1f} s (run {report.run_id})")


def _tell_problems(report: PushReport) -> None:
    if report.error is not None:
        complain(str(report.error))
    if report.files.get("rejects"):
        complain(f"{report.count('rejected', 'review'):,} rows are set aside in {report.files['rejects'][0]}.")
    if report.count("unknown") and not report.dry_run:
        complain(f"{report.count('unknown'):,} outcomes are unknown: run it again, and they are looked up first.")
    if report.stopped is not None:
        complain("stopped; the same command goes on from there.")
    if report.resume_at:
        complain(f"try again after {report.resume_at:%Y-%m-%d %H:%M:%S} UTC.")
