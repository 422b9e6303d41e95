"""Have the secrets of a configuration taken out of all that is told, and know which cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from etl.records import TABLES
from etl.scrub import is_hidden, know_names, learn, learn_name, learn_url
from etl.systems import SYSTEMS

if TYPE_CHECKING:
    from pydantic import SecretStr

    from etl.config.settings import Account

STATUSES = ("complete", "partial", "parked", "failed", "unfinished")
NOT_LOOKED_UP = "not looked up"
"""Stands for a secret that a configuration was loaded without."""


def learn_names(accounts: Iterable[str]) -> None:
    """Know what things are called here: no secret that is the same hides them."""
    streams = (stream.name for system in SYSTEMS.loaded.values() for stream in system.streams)
    know_names((*accounts, *STATUSES, *TABLES, *SYSTEMS, *streams))


def learn_account(account: Account) -> None:
    """Know an account's secrets."""
    learn_names([account.name])
    user = _text(account.username)
    for secret in (account.password, account.api_key):
        learn(_text(secret), user=user)
    learn_name(user)
    learn_url(account.proxy or "")


def not_hidden(accounts: Iterable[Account]) -> Iterator[str]:
    """The keys of the secrets that are not taken out where they are told as they are."""
    for account in accounts:
        for key in ("password", "api_key"):
            secret = _text(getattr(account, key))
            if secret and not is_hidden(secret):
                yield f"accounts.{account.name}.{key}"


def _text(secret: SecretStr | None) -> str:
    text = secret.get_secret_value() if secret else ""
    return "" if text == NOT_LOOKED_UP else text
