"""`etl review`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from etl.cli.consent import on_terminal, yes_option
from etl.cli.output import common, print_json, print_table, print_text, say, set_up_logs, waits
from etl.cli.push_options import OUT, PATH
from etl.errors import UsageError

if TYPE_CHECKING:
    from etl.push.review.review import Candidate, ReviewRow
    from etl.push.review.settle import Reviewed

SHOWN = 20
"""How many rows are shown on the screen; the sheet and --json contain all of them."""
WAYS = {True: "differs", False: "equal", None: "only there"}


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option("--row", "rows", type=click.IntRange(1), multiple=True, metavar="N", help="Only this row of the input.")
@click.option("--accept", metavar="ID", help="The record ID is the row's own: the next push updates it.")
@click.option("--new", is_flag=True, help="It is none of those there: the next push makes a record of its own.")
@click.option("--skip", is_flag=True, help="Leave the row out from now on.")
@click.option("--from", "sheet", type=PATH, metavar="FILE", help="Take the decisions of an edited sheet, XLSX or CSV.")
@OUT
@yes_option
@waits
@common
def review(
    run_id: str,
    rows: tuple[int, ...],
    accept: str | None,
    new: bool,
    skip: bool,
    sheet: Path | None,
    out: Path,
    yes: bool,
    wait: bool,
    config: Path,
    as_json: bool,
    quiet: bool,
    log_format: str,
) -> None:
    """Show the rows that a push left in review, with both records side by side, or settle them.

    Without a decision the rows are shown and written to a sheet, DIR/results/RUN.review.xlsx, whose column "decision"
    takes accept ID, new or skip; --from reads it back. Nothing is written at the target: push the rows again, and they
    go as it was decided. A later decision about a row replaces an earlier one.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.cli import running
    from etl.config import settings
    from etl.push.earlier_runs import destination_of_run
    from etl.push.push import Setting, held
    from etl.push.review.settle import ReviewRequest
    from etl.push.review.settle import review as work

    loaded = settings.load(config)
    destination = destination_of_run(loaded, run_id)
    asked = ReviewRequest(rows, accept, new, skip, sheet)

    def consent(number: int) -> None:
        _ask("new records" if new else "left out", number, yes=yes)

    with held(loaded, destination):
        reviewed = running.run(work(Setting(loaded, destination, out, wait=wait), run_id, asked, consent))
    if as_json:
        print_json(reviewed.as_dict())
    elif not quiet:
        _show(reviewed, decided=asked.decides)


def _ask(meant: str, rows: int, *, yes: bool) -> None:
    """Ask before one decision for many rows. Raises UsageError if it is neither agreed to nor can be asked about."""
    if yes:
        return
    if not on_terminal():
        raise UsageError(
            f"All {rows:,} rows in review would be {meant}.",
            remedy="Nothing was decided. Name rows with --row, or say --yes for all of them.",
        )
    click.confirm(f"All {rows:,} rows in review: {meant}?", abort=True, err=True)


def _show(reviewed: Reviewed, *, decided: bool) -> None:
    if reviewed.settled:
        say(f"{reviewed.settled:,} rows were sent since, and are settled.")
    if decided:
        left = f", {len(reviewed.rows):,} are left" if reviewed.rows else ""
        say(f"{len(reviewed.decisions):,} rows are decided{left}. Push them again, and they go as it was decided.")
        return
    for one in reviewed.rows[:SHOWN]:
        _show_row(one)
    if reviewed.file is None:
        say("Nothing is in review.")
    else:
        more = f"{len(reviewed.rows) - SHOWN:,} more rows; " if len(reviewed.rows) > SHOWN else ""
        say(f"{more}all of them, to be decided: {reviewed.file}")
        say(f"Decide with etl review {reviewed.run_id} --row N --accept ID, --new or --skip, or --from that sheet.")


def _show_row(one: ReviewRow) -> None:
    decided = f" [decided: {one.decided}]" if one.decided else ""
    print_text(f"row {one.row}, key {one.source.key}: {one.line.message}{decided}")
    if one.said is None:
        print_text("  What the row says is not known any more: push it again to see it here.")
    for candidate in one.candidates:
        _show_candidate(candidate)
    print_text("")


def _show_candidate(candidate: Candidate) -> None:
    from etl.push.review.review import shown

    if candidate.gone:
        print_text(f"  Record {candidate.record_id} is not there any more.")
        return
    print_table(
        "",
        ("field", "the row says", f"record {candidate.record_id} says", ""),
        [(one.field, shown(one.row), shown(one.record), WAYS[one.differs]) for one in candidate.fields],
    )
