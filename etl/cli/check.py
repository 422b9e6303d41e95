"""`etl check`."""

from __future__ import annotations

from pathlib import Path

import click

from etl.cli.output import Quit, common, complain, print_json, print_table, set_up_logs, waits


@click.command()
@click.argument("accounts", nargs=-1, metavar="[ACCOUNT]...")
@waits
@common
def check(accounts: tuple[str, ...], wait: bool, config: Path, as_json: bool, quiet: bool, log_format: str) -> None:
    """Check configuration, credentials, reachability and budget, with one small call an account."""
    set_up_logs(log_format, quiet=quiet)
    from etl.cli import running
    from etl.config import settings
    from etl.runs.check import check_accounts

    loaded = settings.load(config)
    results = running.run(check_accounts(loaded, accounts, wait=wait))
    codes = [result.error.exit_code for result in results if result.error]
    code = codes[0] if codes else 0
    if as_json:
        listed = {
            r.account: {
                "system": r.system,
                "host": r.host,
                "budget": r.budget,
                "came": r.came,
                "error": str(r.error) if r.error else None,
            }
            for r in results
        }
        print_json(
            {"command": "check", "status": "failed" if code else "complete", "exit_code": code, "accounts": listed}
        )
    elif not quiet:
        print_table(
            "",
            ("account", "system", "host", "answer", "budget"),
            [(r.account, r.system, r.host, r.answer, r.budget) for r in results],
        )
    for result in results:
        if result.error:
            complain(str(result.error))
    raise Quit(code)
