"""Check an account, as a call."""

from __future__ import annotations

from pathlib import Path

from etl.config.settings import Settings
from etl.library.accounts import settings_of
from etl.library.arguments import checked
from etl.library.run_to_end import finish
from etl.runs.check import check_accounts


@checked
def check_account(settings: Settings | Path | str, account: str) -> dict[str, str]:
    """Make one small call; return system, host, what came and what is left of the budget. Of the answer a bounded piece
    is read. Raises CredentialsRefused, …"""
    (checked,) = finish(check_accounts(settings_of(settings), [account]))
    if checked.error is not None:
        raise checked.error
    told = {"account": checked.account, "system": checked.system, "host": checked.host, "budget": checked.budget}
    return {**told, "came": checked.came or ""}
