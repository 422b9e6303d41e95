"""`etl ledger`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from etl.cli.consent import on_terminal, yes_option
from etl.cli.output import common, print_json, print_table, say, set_up_logs
from etl.errors import UsageError

if TYPE_CHECKING:
    from etl.push.ownership.aliases import LedgerTarget


@click.group()
def ledger() -> None:
    """Show at which targets the ledger knows rows, and hand those of one over to another name of it."""


@ledger.command("list")
@common
def list_targets(config: Path, as_json: bool, quiet: bool, log_format: str) -> None:
    """List the targets of the ledger: where, whose credential, how many rows, and which account that is now."""
    set_up_logs(log_format, quiet=quiet)
    from etl.config import settings
    from etl.push.hand_over import targets_of

    targets = targets_of(settings.load(config))
    if as_json:
        told = {"command": "ledger list", "status": "complete", "exit_code": 0}
        print_json({**told, "targets": [_told(one) for one in targets]})
        return
    print_table(
        "Targets in the ledger",
        ("called", "now", "system", "origin", "credential", "stream", "rows", "last used (UTC)"),
        [_row(one) for one in targets],
        right=("rows",),
    )
    if any(one.old_layout for one in targets):
        say("Those without a credential are from before accounts of one host were told apart: etl ledger rename.")


def _told(known: LedgerTarget) -> dict[str, Any]:
    system, origin, credential, stream = known.parts
    return {
        "target": known.target,
        "name": known.name or None,
        "account": known.account,
        "system": system or None,
        "origin": origin,
        "credential": credential or None,
        "stream": stream,
        "entries": known.entries,
        "used_at": known.used_at,
    }


def _row(known: LedgerTarget) -> tuple[object, ...]:
    system, origin, credential, stream = known.parts
    at = (known.used_at or "")[:16].replace("T", " ")
    return known.name, known.account or "", system, origin, credential, stream, known.entries, at


@ledger.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="ACCOUNT.STREAM")
@yes_option
@common
def rename(old: str, new: str, yes: bool, config: Path, as_json: bool, quiet: bool, log_format: str) -> None:
    """Hand the rows of one target over to another name of the same shop.

    For a shop under a new key, user name or address, and for rows of an earlier version. OLD is a target as etl ledger
    list shows it, or a part of it that no other has. From then on the records that these rows were sent to are taken
    for those of ACCOUNT.STREAM; nothing is changed there.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.config import settings
    from etl.push.hand_over import hand_over, old_target
    from etl.push.push_order import destination_of

    loaded = settings.load(config)
    destination = destination_of(loaded, new)
    known = old_target(loaded, old, destination)
    _ask(known, destination.name, destination.host, yes=yes)
    rows = hand_over(loaded, known, destination)
    if as_json:
        told = {"command": "ledger rename", "status": "complete", "exit_code": 0}
        print_json({**told, "from": known.target, "to": destination.key, "entries": rows})
    elif not quiet:
        say(f"complete: {rows:,} rows are {destination.name}'s now")


def _ask(known: LedgerTarget, name: str, host: str, *, yes: bool) -> None:
    """Ask for consent. Raises UsageError if it is not given and cannot be asked for."""
    meant = f"{known.entries:,} records of {known.target} are taken for those of {name} at {host}"
    if yes:
        return
    if not on_terminal():
        raise UsageError(
            f"From then on {meant}, and there is no terminal to ask for consent.",
            remedy="Nothing was done. Say --yes to go on without being asked.",
        )
    click.confirm(f"From then on {meant}. Go on?", abort=True, err=True)
