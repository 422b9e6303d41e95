"""Identify a budget by system, host, port and credential. The credential itself is never stored."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from urllib.parse import urlsplit

from etl.config.credential import secret_of
from etl.config.settings import Account

COST = 1 << 12
"""The scrypt cost: a password is worth guessing, so its hash must cost something: about 10 ms, once per account."""


def key_of(account: Account) -> str:
    """The name of an account's budget, the same for every project that uses the same credential there."""
    url = urlsplit(account.base_url)
    port = url.port or (443 if url.scheme == "https" else 80)
    place = f"{account.system} {(url.hostname or '').lower()} {port}"
    return f"{place} {_hash(place, secret_of(account))}"


@lru_cache(maxsize=64)
def _hash(place: str, secret: str) -> str:
    return hashlib.scrypt(secret.encode(), salt=place.encode(), n=COST, r=8, p=1, dklen=16).hex()
