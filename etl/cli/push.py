"""`etl push`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from etl.cli.consent import ask, need_terminal, yes_option
from etl.cli.export import OF_RESULTS
from etl.cli.output import Quit, common, complain, log, print_json, print_table, say, set_up_logs, waits
from etl.cli.push_options import DRY_RUN, OUT, REBUILD, PushArguments, asks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from etl.config.settings import Settings
    from etl.push.input.rows import Input
    from etl.push.push_order import Destination, Order
    from etl.push.report import PushReport, Sample
    from etl.tables.dialect import DialectName

SHOWN = 10
"""The most rows named on the screen."""
KEYS_ASIDE = (
    "{} have a key that only differs in spelling from a known one, and were not sent: mend them, or say --keys repair "
    "(it is the known one) or --keys exact (it is another row)."
)
KEYS_TAKEN = "{} were taken for known ones, whose keys only differ in spelling: the results say which."


@click.command()
@asks
@OUT
@OF_RESULTS
@DRY_RUN
@yes_option
@REBUILD
@waits
@common
def push(
    asked: PushArguments,
    out: Path,
    dialect: DialectName | None,
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
    Before anything is written it asks; where there is no terminal to ask on, it needs --yes.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.config import settings
    from etl.push.input.rows import read_input
    from etl.push.push_order import check, destination_of

    loaded = settings.load(config)
    destination = destination_of(loaded, asked.target)
    order = asked.order(out=out, dry_run=dry_run, dialect=dialect)
    check(order, destination)
    given = read_input(order, destination)
    need_terminal(destination, yes=yes, dry_run=dry_run)
    tell_left_out(given)
    tell_survey(given, as_json=as_json, quiet=quiet)
    ask(order.mode, given.height, destination, yes=yes, dry_run=dry_run)
    report = _push(loaded, order, destination, given, rebuild=rebuild, wait=wait, quiet=quiet)
    finish(report, as_json=as_json, quiet=quiet, left_out=given.left_out)


def _push(
    loaded: Settings, order: Order, destination: Destination, given: Input, *, rebuild: bool, wait: bool, quiet: bool
) -> PushReport:
    from etl.cli import running
    from etl.push.push import Setting, held
    from etl.push.push import push as push_rows

    with held(loaded, destination), running.progress(quiet=quiet) as watch:
        setting = Setting(loaded, destination, order.out, rebuild, wait, on_wait=watch.wait)
        return running.report_of(push_rows(setting, order, given, on_progress=watch.progress), setting.stop)


def tell_left_out(given: Input) -> None:
    """Report what is read under another name, and columns and files that are not read, before the first call."""
    renamed = {} if given.order.mapping else given.left_out["columns"]
    if read := [f"{theirs} as {ours}" for ours, theirs in renamed.items()]:
        log.info("Read: %s.", ", ".join(read))
    if given.unread:
        told = ", ".join(f"{name} ({rows:,} rows)" for name, rows in given.unread.items())
        log.warning("Not read: %s. Use it in the map, or say --ignore COLUMN.", told)
    for note in given.notes:
        log.warning("%s", note)
    for table, rows in given.orphans.items():
        log.warning("%s: %s rows belong to no row of the input, and are left out.", table, f"{rows:,}")


def tell_survey(given: Input, *, as_json: bool, quiet: bool) -> None:
    """Report the columns that the target cannot store, and those filled in, before the first call."""
    if quiet or given.order.mode == "delete":
        return
    from etl.push.prepare.losses import survey

    found, name = survey(given), given.destination.name
    for title, counts in (("left behind: no place for it", found.lost), ("filled in: required there", found.filled)):
        if as_json and counts:
            log.warning(
                "%s: %s: %s", name, title, ", ".join(f"{one} ({rows:,})" for one, rows in sorted(counts.items()))
            )
        elif counts:
            print_table("", (title, "rows", "such as row"), _with_examples(counts, found.examples), right=("rows",))
    if (note := given.destination.target.sets_off) and given.order.mode != "update":
        say(f"{name}: {note}")
    for column, advice in given.destination.target.advice.items():
        if column in found.lost:
            say(f"{name}: {advice}")


def _with_examples(counts: Mapping[str, int], examples: Mapping[str, Sequence[int]]) -> list[tuple[str, int, str]]:
    return [(name, rows, ", ".join(map(str, examples.get(name, ())))) for name, rows in sorted(counts.items())]


def finish(
    report: PushReport,
    *,
    as_json: bool,
    quiet: bool,
    left_out: Mapping[str, Any] | None = None,
) -> None:
    """Print the report of a push, and end with its exit code."""
    summary = {**report.as_dict(), **report.preview(), **(left_out or {})}
    if not as_json and not quiet:
        counts = [(name, rows) for name, rows in summary["outcomes"].items() if rows]
        print_table(f"{report.destination}", ("outcome", "rows"), counts, right=("rows",))
        if report.doubtful:
            told = _with_examples(report.doubtful, report.examples)
            print_table("", ("sent, though doubtful", "rows", "such as row"), told, right=("rows",))
        if report.skipped:
            print_table("", ("skipped, because", "rows"), report.skipped.items(), right=("rows",))
        if report.review:
            print_table("", ("for review, because", "rows"), report.review.items(), right=("rows",))
        if report.samples:
            _tell_sample(report.samples[0])
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
    if report.lookalikes:
        say(f"{report.lookalikes:,} rows look like another one under a key of their own: the results say which.")
    if report.files.get("results"):
        say(f"every row: {report.files['results'][-1]}")
    say(f"{report.status}: {report.received:,} rows; {calls:,} calls, {report.seconds:.1f} s (run {report.run_id})")


def _tell_sample(sample: Sample) -> None:
    """Show one row as it would be sent."""
    title = f"row {sample.row} as it would be sent ({sample.action})"
    print_table(title, ("field", "value"), [(name, str(value)) for name, value in sample.body.items()])


def _tell_problems(report: PushReport) -> None:
    if report.error is not None:
        complain(str(report.error))
    if report.files.get("rejects"):
        where = " and ".join(map(str, report.files["rejects"]))
        complain(f"{report.count('rejected', 'review'):,} rows are set aside in {where}.")
    for told, rows in ((KEYS_ASIDE, report.keys.get("set_aside", ())), (KEYS_TAKEN, report.keys.get("repaired", ()))):
        if rows:
            more = f" and {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else ""
            complain(told.format(f"{len(rows):,} rows ({', '.join(map(str, rows[:SHOWN]))}{more})"))
    if report.count("review") and not report.dry_run and report.command != "undo":
        complain(f"{report.count('review'):,} rows are for you to decide: etl review {report.run_id} shows both sides.")
    if report.count("unknown") and not report.dry_run:
        complain(f"{report.count('unknown'):,} outcomes are unknown: run it again, and they are looked up first.")
    if report.stopped is not None:
        complain("stopped; the same command goes on from there.")
    if report.resume_at:
        complain(f"try again after {report.resume_at:%Y-%m-%d %H:%M:%S} UTC.")
