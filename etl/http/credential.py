"""Send an account's credential: with every request alike, or as a token that is fetched first.

"basic", "bearer", HeaderKey         a header of the session
QueryKey                             a parameter, added as the request goes out
ClientCredentials, RefreshToken      a header at each request's turn
"""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
from yarl import URL

from etl.clock import Clock
from etl.config.credential import kind_of, oauth_of, value
from etl.config.settings import Account
from etl.errors import ConfigurationError
from etl.http.access_tokens import AccessTokens
from etl.http.retry import RetryPolicy
from etl.http.token_endpoint import TokenEndpoint
from etl.systems.declare import HeaderKey, QueryKey

AUTHORIZATION = "Authorization"


class Credential:
    """How the requests of a client say who asks."""

    def __init__(self, account: Account, tokens: AccessTokens | None) -> None:
        kind = kind_of(account)
        self.tokens = tokens
        self._query = {kind.name: value(account, "api_key")} if isinstance(kind, QueryKey) else {}

    def address(self, url: URL) -> URL:
        """The address as it is sent."""
        return url.update_query(self._query) if self._query else url

    async def headers(self) -> Mapping[str, str]:
        """The headers of a request whose turn it is. Waits for a token, and raises as `AccessTokens.get` does."""
        return {AUTHORIZATION: f"Bearer {await self.tokens.get()}"} if self.tokens is not None else {}

    async def renew(self, headers: Mapping[str, str]) -> bool:
        """Fetch another token where the server refused the one of a request; whether another try may help."""
        used = headers.get(AUTHORIZATION, "").removeprefix("Bearer ")
        return self.tokens is not None and await self.tokens.renew(used)

    async def close(self) -> None:
        if self.tokens is not None:
            await self.tokens.close()


def session_headers(account: Account) -> dict[str, str]:
    """The headers that all requests have (RFC 6750, RFC 7617). Raises ConfigurationError without a credential."""
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


def credential_of(account: Account, session: aiohttp.ClientSession, clock: Clock, retry: RetryPolicy) -> Credential:
    """The credential of an account whose requests go out by this session. Raises ConfigurationError."""
    kind = oauth_of(account)
    if kind is None:
        return Credential(account, None)
    return Credential(account, AccessTokens(account, kind, TokenEndpoint(account, kind, session, clock), clock, retry))
