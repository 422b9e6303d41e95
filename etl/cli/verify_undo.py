"""`etl verify` and `etl undo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from etl.cli.consent import ask, need_terminal, yes_option
from etl.cli.output import Quit, common, complain, print_json, print_table, say, set_up_logs, waits
from etl.cli.push import finish
from etl.cli.push_options import DRY_RUN, OUT

if TYPE_CHECKING:
    from pathlib import Path

OF_PUSHES = (
    "outcomes",
    "written",
    "duplicates",
    "rejected",
    "lost",
    "filled",
    "examples",
    "alike",
    "review",
    "inputs",
    "dry_run",
    "forecast",
)
"""Keys of a summary that do not apply to a verification."""


@click.command()
@click.argument("run_id", metavar="RUN")
@OUT
@waits
@common
def verify(run_id: str, out: Path, wait: bool, config: Path, as_json: bool, quiet: bool, log_format: str) -> None:
    """Read back what a push sent, and compare: equal, differs (field by field), missing, foreign."""
    set_up_logs(log_format, quiet=quiet)
    from etl.cli import running
    from etl.config import settings
    from etl.push.earlier_runs import destination_of_run
    from etl.push.push import Setting, held
    from etl.push.verify import DUPLICATE, FINDINGS, verify

    loaded = settings.load(config)
    destination = destination_of_run(loaded, run_id)
    with held(loaded, destination):
        setting = Setting(loaded, destination, out, wait=wait)
        verified = running.run(verify(setting, run_id), setting.stop)
    counts = {name: verified.found.get(name, 0) for name in FINDINGS}
    counts |= {DUPLICATE: twins} if (twins := verified.found.get(DUPLICATE, 0)) else {}
    if verified.report.error is not None:
        complain(str(verified.report.error))
    if as_json:
        files = {"verified": {"rows": sum(counts.values()), "files": [str(verified.file)] if verified.file else []}}
        own = {"verified": run_id, "findings": counts, "tables": files, "exit_code": verified.exit_code}
        told = {name: value for name, value in verified.report.as_dict().items() if name not in OF_PUSHES}
        status = "complete" if verified.exit_code in (0, 65) else told["status"]
        print_json({**told, **own, "status": status, "received": sum(counts.values())})
    elif not quiet:
        print_table(f"{destination.name}", ("finding", "rows"), counts.items(), right=("rows",))
        if verified.exit_code == 65:
            complain(f"field by field: {verified.file}.")
        say(
            f"{verified.report.status}: {sum(counts.values()):,} rows of {run_id} were compared with {destination.host}"
        )
    raise Quit(verified.exit_code)


@click.command()
@click.argument("run_id", metavar="RUN")
@OUT
@DRY_RUN
@yes_option
@waits
@common
def undo(
    run_id: str,
    out: Path,
    dry_run: bool,
    yes: bool,
    wait: bool,
    config: Path,
    as_json: bool,
    quiet: bool,
    log_format: str,
) -> None:
    """Take a push back: delete what it created, restore what it changed, where nothing changed since.

    What cannot be taken back is said, row by row, in the results. Before anything is written it asks; where there is
    no terminal to ask on, it needs --yes.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.cli import running
    from etl.config import settings
    from etl.push.earlier_runs import destination_of_run, rows_of_run
    from etl.push.push import Setting, held
    from etl.push.undo import WAYS, undo

    loaded = settings.load(config)
    destination = destination_of_run(loaded, run_id)
    need_terminal(destination, yes=yes, dry_run=dry_run)
    ask("Take back", rows_of_run(loaded, run_id, WAYS), destination, yes=yes, dry_run=dry_run)
    with held(loaded, destination):
        setting = Setting(loaded, destination, out, wait=wait)
        report = running.report_of(undo(setting, run_id, dry_run=dry_run), setting.stop)
    finish(report, as_json=as_json, quiet=quiet)
