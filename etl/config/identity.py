"""Identify the shop of an account: system, canonical origin, and the owner of its credential.

A host does not identify a shop: all shops of a vendor may share one. Nor does a literal URL: `LOCALHOST`, `127.0.0.1`
and a trailing slash name the same origin. The credential's part is a fingerprint of the user name, or of the key if
there is one; a password may change without changing the identity. Of OAuth it is the client, and the refresh token that
is configured: those that a server gives for it later change nothing. Where one credential opens several shops, those
keys of etl.toml that addresses are made of tell them apart, and are part of the fingerprint. It has no secret key:
every state folder and machine that uses the credential must give the shop the same name.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from yarl import URL

from etl.config.credential import holder_of
from etl.config.learnt import NOT_LOOKED_UP
from etl.config.settings import Account

DEFAULT_PORTS = {"http": 80, "https": 443}
COST = 1 << 12
"""The scrypt cost: a user name can be guessed, so its fingerprint must cost something: about 10 ms per account."""


@dataclass(frozen=True)
class Identity:
    """One shop at one system. `account` is the fingerprint: it cannot be turned back into the credential."""

    system: str
    origin: str
    account: str

    @property
    def tenant(self) -> str:
        """The name under which the journal keeps what was read there."""
        return f"{self.system} {self.origin} {self.account}"

    def target(self, stream: str) -> str:
        """The name under which the ledger keeps what was written to a stream of it."""
        return f"{self.tenant} {stream}"


def is_known(account: Account) -> bool:
    """Whether it was looked up whom the credential belongs to: else there is no identity."""
    return NOT_LOOKED_UP not in holder_of(account).split("\0")


def identity_of(account: Account) -> Identity:
    """The identity of an account. Raises nothing: the account was checked when it was loaded."""
    origin = origin_of(account.base_url)
    holder = "\0".join([holder_of(account), *(str(account.options[name]) for name in account.declaration.required)])
    return Identity(account.system, origin, _fingerprint(f"{account.system} {origin}", holder))


def origin_of(base_url: str) -> str:
    """The canonical origin: host in lower case and IDNA form, no default port; a path is kept."""
    url = urlsplit(base_url)
    scheme, host = url.scheme.lower(), _host((url.hostname or "").rstrip("."))
    port = "" if url.port in (None, DEFAULT_PORTS.get(scheme)) else f":{url.port}"
    path = "/".join(part for part in url.path.split("/") if part not in ("", "."))
    return f"{scheme}://{host}{port}" + (f"/{path}" if path else "")


def _host(name: str) -> str:
    try:
        address = ip_address(name)
    except ValueError:
        return (URL.build(scheme="https", host=name).raw_host or name).lower()
    if str(address) in ("127.0.0.1", "::1"):
        return "localhost"
    return f"[{address}]" if address.version == 6 else str(address)


@lru_cache(maxsize=1024)
def _fingerprint(place: str, holder: str) -> str:
    return hashlib.scrypt(holder.encode(), salt=place.encode(), n=COST, r=8, p=1, dklen=10).hex()
