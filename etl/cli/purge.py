"""`etl purge`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from etl.cli.output import common, print_json, say, set_up_logs


@click.command()
@click.option(
    "--older-than", type=click.FloatRange(min=0), metavar="DAYS", help="Pages older than this.  [default: keep_days]"
)
@click.option(
    "--down-to",
    type=click.FloatRange(min=0),
    metavar="MB",
    help="Only as many, oldest first, as leave no more on disk than this.",
)
@common
def purge(
    older_than: float | None, down_to: float | None, config: Path, as_json: bool, quiet: bool, log_format: str
) -> None:
    """Remove landed pages that nothing needs any more, old runs, and old values in the ledger.

    Kept are those that etl replay builds on, those of an export that is not finished, and all of a stream that was
    never exported whole. Of another shop that an account's name stood for before nothing is kept: etl status shows what
    there is. Records that vanished at their source are kept apart from them.

    Runs older than keep_runs_days of etl.toml go with their summaries and results, unless pages that they fetched are
    kept.

    In the ledger of pushes, values older than keep_days of etl.toml give way to their hashes: what was sent once is not
    sent again, and a change still shows; a run of that age cannot be taken back any more.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.clock import SystemClock
    from etl.config import settings
    from etl.push.retention import forget_bodies
    from etl.runs.purge import purge as purge_landing
    from etl.runs.retention import forget_every_run

    loaded = settings.load(config, with_secrets=False)
    days = older_than if older_than is not None or down_to is not None else loaded.state.keep_days or None
    size = None if down_to is None else int(down_to * 1_000_000)
    gone = purge_landing(loaded, clock=SystemClock(), older_than_days=days, down_to=size)
    forgotten = forget_bodies(loaded, SystemClock())
    runs = forget_every_run(loaded, SystemClock())
    if as_json:
        told = {"command": "purge", "status": "complete", "exit_code": 0, "files": gone.files, "bytes": gone.size}
        print_json({**told, "runs": runs, "forgotten": asdict(forgotten)})
    elif not quiet:
        kept = f"; the values of {forgotten.entries:,} rows in the ledger forgotten" if forgotten.entries else ""
        of_runs = f"; {runs:,} runs forgotten" if runs else ""
        say(f"complete: {gone.files:,} landed files removed, {gone.size / 1_000_000:,.1f} MB{of_runs}{kept}")
