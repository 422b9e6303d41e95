"""Have the secrets of a configuration taken out of all that is told, and know which cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from etl.records import TABLES
from etl.scrub import is_hidden, know_names, learn, learn_name, learn_url
from etl.systems import SYSTEMS

if TYPE_CHECKING:
    from pydantic import SecretStr

    from etl.config.settings import Account

STATUSES = ("complete", "partial", "parked", "failed", "unfinished")
BESIDE = {"username": ("password", "api_key"), "client_id": ("client_secret", "refresh_token")}
"""The secrets of an account, by the name that is sent beside them."""
NOT_LOOKED_UP = "not looked up"
"""Stands for a secret that a configuration was loaded without."""


def learn_names(accounts: Iterable[str]) -> None:
    """Know what things are called here: no secret that is the same hides them."""
    streams = (stream.name for system in SYSTEMS.loaded.values() for stream in system.streams)
    know_names((*accounts, *STATUSES, *TABLES, *SYSTEMS, *streams))


def learn_account(account: Account) -> None:
    """Know an account's secrets."""
    learn_names([account.name])
    for name, secrets in BESIDE.items():
        user = _text(getattr(account, name))
        for key in secrets:
            learn(_text(getattr(account, key)), user=user)
        learn_name(user)
    for one in account.api_keys:
        learn(_text(one))
    client = quote_plus(_text(account.client_id))
    learn(quote_plus(_text(account.client_secret)), user=client)  # as Basic has them
    learn_url(account.proxy or "")


def not_hidden(accounts: Iterable[Account]) -> Iterator[str]:
    """The keys of the secrets that are not taken out where they are told as they are."""
    for account in accounts:
        for key in (key for secrets in BESIDE.values() for key in secrets):
            secret = _text(getattr(account, key))
            if secret and not is_hidden(secret):
                yield f"accounts.{account.name}.{key}"
        for number, one in enumerate(account.api_keys):
            if _text(one) and not is_hidden(_text(one)):
                yield f"accounts.{account.name}.api_keys.{number}"


def _text(secret: SecretStr | None) -> str:
    text = secret.get_secret_value() if secret else ""
    return "" if text == NOT_LOOKED_UP else text
