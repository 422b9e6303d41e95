"""Ask before anything is written to a target: on a terminal by a question, without one by the flag `--yes`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from etl.errors import UsageError

if TYPE_CHECKING:
    from etl.push.push_order import Destination


def yes_option(command: click.decorators.FC) -> click.decorators.FC:
    """The flag of every command that writes to a target."""
    return click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal to ask on.")(command)


def need_terminal(destination: Destination, *, yes: bool, dry_run: bool = False) -> None:
    """Raise UsageError if consent is neither given by `--yes` nor can be asked for. A dry run needs none."""
    if not yes and not dry_run and not on_terminal():
        raise UsageError(
            f"This writes to {destination.host} ({destination.name}), and there is no terminal to ask for consent.",
            remedy="Nothing was done. Say --yes to go on without being asked, or --dry-run to see what it would do.",
        )


def ask(doing: str, rows: int, destination: Destination, *, yes: bool, dry_run: bool = False) -> None:
    """Ask whether these rows may be written there. Raises Abort for a no, UsageError as `need_terminal` does."""
    need_terminal(destination, yes=yes, dry_run=dry_run)
    if not yes and not dry_run:
        click.confirm(f"{doing} {rows:,} rows at {destination.host} ({destination.name})?", abort=True, err=True)


def on_terminal() -> bool:
    """Whether there is a terminal to ask on."""
    return all(stream is not None and not stream.closed and stream.isatty() for stream in (sys.stdin, sys.stderr))
