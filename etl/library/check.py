"""Check an account, as a call."""

from __future__ import annotations

from pathlib import Path

from etl.config.settings import Settings
from etl.library.accounts import settings_of
from etl.library.arguments import checked
from etl.library.run_to_end import finish
from etl.runs.lookup import check_accounts


@checked
def check_account(settings: Settings | Path | str, account: str) -> dict[str, str]:
    """Make one small call; return system, host and what is left of the budget. Raises CredentialsRefused, …"""
    (checked,) = finish(check_accounts(settings_of(settings), [account]))
    if checked.error is not None:
        raise checked.error
    return {"account": checked.account, "system": checked.system, "host": checked.host, "budget": checked.budget}
