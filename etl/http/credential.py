"""Send an account's credential: with every request alike, or as a token that is fetched first.

"basic", "bearer", HeaderKey         a header
QueryKey                             a parameter, which the address has only as it is sent
ClientCredentials, RefreshToken      a header, with the token of that moment
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import aiohttp

from etl.budget import Slot
from etl.clock import Clock
from etl.config.credential import kind_of, members_of, oauth_of, value
from etl.config.settings import Account
from etl.errors import ConfigurationError
from etl.http.access_tokens import AccessTokens
from etl.http.retry import RetryPolicy
from etl.http.token_endpoint import TokenEndpoint
from etl.systems.declare import HeaderKey, QueryKey

if TYPE_CHECKING:
    from aiohttp import ClientRequest

AUTHORIZATION = "Authorization"


class Credential:
    """How the requests of a client say who asks."""

    def __init__(self, account: Account, tokens: AccessTokens | None) -> None:
        self.tokens = tokens
        self._static = [(_headers(member), _query(member)) for member in members_of(account)]

    async def ready(self) -> None:
        """Fetch a token where one is needed. Raises as `AccessTokens.get` does."""
        if self.tokens is not None:
            await self.tokens.get()

    async def sign(self, request: ClientRequest, slot: Slot) -> None:
        """Put the credential into a request whose turn it is: that of the slot's key. Waits and raises as `ready`."""
        headers, query = self._static[slot.of]
        request.headers.update(headers)
        if self.tokens is not None:
            request.headers[AUTHORIZATION] = f"Bearer {await self.tokens.get()}"
        if query:
            request.url = request.url.update_query(query)

    async def renew(self, headers: Mapping[str, str]) -> bool:
        """Fetch another token where the server refused the one of a request; whether another try may help."""
        used = headers.get(AUTHORIZATION, "").removeprefix("Bearer ")
        return self.tokens is not None and await self.tokens.renew(used)

    async def close(self) -> None:
        if self.tokens is not None:
            await self.tokens.close()


def _headers(account: Account) -> dict[str, str]:
    """The headers that tell a key (RFC 6750, RFC 7617). Raises ConfigurationError without a credential."""
    match kind := kind_of(account):
        case None:
            raise ConfigurationError(f"accounts.{account.name} has no credentials.")
        case "basic":
            return {AUTHORIZATION: aiohttp.encode_basic_auth(value(account, "username"), value(account, "password"))}
        case "bearer":
            return {AUTHORIZATION: f"Bearer {value(account, 'api_key')}"}
        case HeaderKey():
            return {kind.name: f"{kind.prefix}{value(account, 'api_key')}"}
    return {}


def _query(account: Account) -> dict[str, str]:
    kind = kind_of(account)
    return {kind.name: value(account, "api_key")} if isinstance(kind, QueryKey) else {}


def credential_of(account: Account, clock: Clock, retry: RetryPolicy) -> Credential:
    """The credential of an account. Raises ConfigurationError."""
    kind = oauth_of(account)
    if kind is None:
        return Credential(account, None)
    return Credential(account, AccessTokens(account, kind, TokenEndpoint(account, kind, clock), clock, retry))
