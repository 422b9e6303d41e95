"""`etl accounts`."""

from __future__ import annotations

from pathlib import Path

import click

from etl.cli.output import common, print_json, say, set_up_logs
from etl.errors import UsageError


@click.group()
def accounts() -> None:
    """Say which shop an account is at, where its credential cannot."""


@accounts.command()
@click.argument("account", metavar="ACCOUNT")
@common
def same(account: str, config: Path, as_json: bool, quiet: bool, log_format: str) -> None:
    """Say that an account's present credential and address are those of the shop that was read last.

    For a key, user name or address that was changed: from then on exports go on from what landed before, and show who
    vanished since. Whole exports that were made under the new one meanwhile are dropped, for they were compared with
    nothing; the next export fetches them again. For what was pushed: etl ledger rename.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.clock import SystemClock
    from etl.config import settings
    from etl.runs.tenant import same_shop

    loaded = settings.load(config)
    if account not in loaded.accounts:
        raise UsageError(
            f"There is no account {account!r} in {config}.", remedy=f"There are {', '.join(loaded.accounts)}."
        )
    joined = same_shop(loaded, loaded.accounts[account], clock=SystemClock())
    if as_json:
        told = {"command": "accounts same", "status": "complete", "exit_code": 0, "account": account}
        print_json({**told, "earlier": joined.earlier, "later": joined.later, "streams": joined.streams})
    elif not quiet:
        say(f"complete: {account} is the shop of before; the next export goes on with {', '.join(joined.streams)}")
