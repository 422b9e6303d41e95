"""`etl conformance`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from etl.cli.output import Quit, common, print_json, print_table, say, set_up_logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from etl.conformance.checks import Result


WIDTH = 80


@click.command()
@click.argument("system")
@common
def conformance(system: str, config: Path, as_json: bool, quiet: bool, log_format: str) -> None:
    """Hold a system to every promise of the documents, and tell a score and what is missing.

    It is tried against a simulator that follows from its declaration, in a folder of its own: no account, nothing of
    yours. SYSTEM is one that `etl sources` lists. Ends with 65 where a promise is broken.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.conformance import report, run

    found = run.system_named(system, config)
    with _progress(quiet) as told:
        results = run.conformance(found, told)
    summary = report.as_dict(found, results)
    if as_json:
        print_json(summary)
        raise Quit(summary["exit_code"])
    if not quiet:
        rows = [(one.of, one.promise, f"{one.outcome}: {one.reason}" if one.reason else one.outcome) for one in results]
        print_table("", ("stream", "promise", "outcome"), rows, width=WIDTH)
    of = summary["score"]
    say(f"{system}: {of['held']} of {of['of']} promises hold.")
    by = summary["simulator"]
    say(f"Simulator of the streams: {by['streams']}; of the targets: {by['targets']}.")
    raise Quit(summary["exit_code"])


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[Result], None]]:
    """Show on a terminal what was tried last."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("begins") as status:
        yield lambda one: status.update(f"{one.of} {one.promise}: {one.outcome}")
