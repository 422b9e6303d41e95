"""The ways in which a credential is sent. Frozen, no I/O.

    in the Authorization header     "basic", "bearer"
    in a header, in the query       HeaderKey, QueryKey
    as a token that is fetched      ClientCredentials, RefreshToken

The values are secrets of etl.toml; which ones tells the ways of one system apart. A declaration that cannot work is
refused when it is made: ValueError, with the name of the field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from etl.systems.declare.paging import TOKEN

KEYS = ("username", "password", "api_key", "client_id", "client_secret", "refresh_token")
"""The keys of etl.toml that hold credentials."""
SET_BY_US = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "host", "proxy-authorization"}
    | {"transfer-encoding", "user-agent"}
)
"""Headers of a request that no key can be in, in small letters."""
SAFE_URL = re.compile(
    r"https://[^/?#\s]+/?[^?#\s]*|http://(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/][^?#\s]*)?|/[^?#\s]*"
)


@dataclass(frozen=True)
class HeaderKey:
    """`api_key` in a header of that name, behind a prefix: `HeaderKey("Authorization", prefix="Token ")`."""

    name: str
    prefix: str = ""

    def __post_init__(self) -> None:
        if not TOKEN.fullmatch(self.name):
            raise ValueError(f"HeaderKey.name: {self.name!r} is not the name of a header.")
        if self.name.lower() in SET_BY_US:
            raise ValueError(f"HeaderKey.name: the header {self.name} has another meaning in every request.")
        if not (self.prefix.isascii() and self.prefix.isprintable()):
            raise ValueError(f"HeaderKey.prefix: {self.prefix!r} cannot be sent in a header.")


@dataclass(frozen=True)
class QueryKey:
    """`api_key` in a parameter of every request. It is added when a request goes out, and kept nowhere."""

    name: str

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("QueryKey.name: the name of the parameter is missing.")


@dataclass(frozen=True)
class ClientCredentials:
    """OAuth 2: an access token for `client_id` and `client_secret` (RFC 6749, 4.4).

    `token_url` is an address, or a path behind base_url; it may hold `{options}`. The client is told as Basic, or by
    fields of the body. Calls for tokens count in no limit.
    """

    token_url: str
    scope: str = ""
    client: Literal["basic", "body"] = "basic"

    def __post_init__(self) -> None:
        _must_be_sound("ClientCredentials", self.token_url, self.client)


@dataclass(frozen=True)
class RefreshToken:
    """OAuth 2: an access token for `refresh_token`, of `client_id` and `client_secret` (RFC 6749, 6).

    Where it `rotates`, each use of a refresh token brings the next one and uses up the one before: it is never sent
    again by itself. The other fields are those of ClientCredentials.
    """

    token_url: str
    scope: str = ""
    client: Literal["basic", "body"] = "basic"
    rotates: bool = True

    def __post_init__(self) -> None:
        _must_be_sound("RefreshToken", self.token_url, self.client)


OAuth: TypeAlias = ClientCredentials | RefreshToken
Auth: TypeAlias = Literal["basic", "bearer"] | HeaderKey | QueryKey | OAuth


def keys_of(auth: Auth) -> tuple[str, ...]:
    """The keys of etl.toml that a credential of this kind is made of."""
    match auth:
        case "basic":
            return ("username", "password")
        case ClientCredentials():
            return ("client_id", "client_secret")
        case RefreshToken():
            return ("client_id", "client_secret", "refresh_token")
    return ("api_key",)


def _must_be_sound(kind: str, token_url: str, client: str) -> None:
    if not token_url.strip():
        raise ValueError(f"{kind}.token_url: the address that gives tokens is missing.")
    if not SAFE_URL.fullmatch(token_url):
        raise ValueError(
            f"{kind}.token_url: {token_url!r} is neither an https:// address without a query nor a path: /token."
        )
    if client not in ("basic", "body"):
        raise ValueError(f"{kind}.client: {client!r} is neither 'basic' nor 'body'.")
