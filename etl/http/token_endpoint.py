"""Ask the token endpoint of an account once (RFC 6749), and say what became of it.

2xx with an access token           Granted
no DNS, no connection, no TLS      NotSent     nothing was used up
429                                NotSent     the same
400, 401, 403                      Denied      for good, in the server's words
any other 3xx or 4xx               NoEndpoint
all else                           Lost        nobody knows what it did there
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import quote_plus

import aiohttp
import orjson

from etl.clock import Clock
from etl.config import urls
from etl.config.credential import value
from etl.config.settings import Account
from etl.decode.decompress import KNOWN
from etl.errors import ConfigurationError, EtlError
from etl.http.answer import Bounds, Incoming, Response, broke_off, whole
from etl.http.connector import session_of, tls_of
from etl.http.judge import Repeatable, readable, wait_of
from etl.systems.declare import OAuth

BOUNDS = Bounds(max_bytes=1 << 18, total_s=30.0, head_s=60.0)
CODE = re.compile(r"[a-z][a-z_]{2,39}")
"""An error code of RFC 6749."""
LONGEST_S = 366 * 86_400


class Granted(NamedTuple):
    """`lasts_s` is for how many seconds the access token is good, None where the server does not say."""

    access: str
    refresh: str | None
    lasts_s: float | None


class Denied(NamedTuple):
    code: str
    said: str


class NotSent(NamedTuple):
    reason: str
    wait_s: float | None = None


class NoEndpoint(NamedTuple):
    status: int


class Lost(NamedTuple):
    reason: str
    wait_s: float | None = None


Answered: TypeAlias = Granted | Denied | NotSent | NoEndpoint | Lost


class TokenEndpoint:
    """The endpoint of an account's system."""

    def __init__(self, account: Account, kind: OAuth, clock: Clock) -> None:
        self._account, self._clock = account, clock
        self._kind: OAuth = kind
        self.url = url_of(account, kind)

    async def ask(self, fields: Mapping[str, str]) -> Answered:
        """Make one request, which is neither repeated nor redirected.

        On a connection of its own: one that was kept open may be closed by the server as the request goes out, and a
        refresh would be taken for lost.
        """
        account, scope = self._account, self._kind.scope
        sent, headers = {**fields, **({"scope": scope} if scope else {})}, {}
        client, secret = value(account, "client_id"), value(account, "client_secret")
        if self._kind.client == "basic":
            headers["Authorization"] = aiohttp.encode_basic_auth(quote_plus(client), quote_plus(secret))
        else:
            sent |= {"client_id": client, "client_secret": secret}
        connector = aiohttp.TCPConnector(force_close=True, ssl=tls_of(account))
        try:
            async with session_of(account, connector, owned=True) as session:
                return await self._asked(session, sent, headers)
        except aiohttp.ClientConnectorError as error:
            return NotSent(_reason(error))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Lost(_reason(error))
        except (Repeatable, EtlError):
            return Lost("the answer broke off")

    async def _asked(
        self, session: aiohttp.ClientSession, sent: Mapping[str, str], headers: Mapping[str, str]
    ) -> Answered:
        request = session.post(
            self.url,
            data=sent,
            headers=headers,
            allow_redirects=False,
            proxy=self._account.proxy,
            timeout=aiohttp.ClientTimeout(total=BOUNDS.head_s + BOUNDS.total_s),
        )
        async with request as answer:
            encoding = answer.headers.get("Content-Encoding", "").strip().lower() or "identity"
            incoming = Incoming.of(answer, encoding if encoding in KNOWN else "identity", BOUNDS, "", self._clock)
            return _read(await whole(incoming, self._clock.now, BOUNDS, "the token endpoint"))


def url_of(account: Account, kind: OAuth) -> str:
    """The address that an account's tokens come from. Raises ConfigurationError for one that is not safe."""
    placed = kind.token_url.format(**account.options)
    url = account.base_url + placed if placed.startswith("/") else placed
    try:
        urls.base_url(url)
    except ValueError as unfit:
        raise ConfigurationError(f"accounts.{account.name}: the token_url of {account.system} {unfit}.") from None
    return url


def _read(response: Response) -> Answered:
    body, status = _json(response.body), response.status
    if 200 <= status < 300:
        return _granted(body) or Lost("the answer holds no access token")
    if status == 429:
        return NotSent("the server keeps saying that there were too many calls", wait_of(response))
    if status in (400, 401, 403):
        code = str(body.get("error", ""))
        said = body.get("error_description")
        return Denied(code if CODE.fullmatch(code) else str(status), readable(said) if isinstance(said, str) else "")
    if 300 <= status < 500 and status not in (408, 425):
        return NoEndpoint(status)
    return Lost(f"the server cannot answer now ({status})", wait_of(response))


def _granted(body: Mapping[str, Any]) -> Granted | None:
    access, refresh, lasts = body.get("access_token"), body.get("refresh_token"), body.get("expires_in")
    if not isinstance(access, str) or not access.isascii() or not access.isprintable() or not access:
        return None
    if str(body.get("token_type", "bearer")).lower() != "bearer":
        return None
    try:
        lasts_s = min(float(lasts or 0), LONGEST_S)
    except (TypeError, ValueError):
        lasts_s = 0.0
    return Granted(access, refresh if isinstance(refresh, str) and refresh else None, lasts_s if lasts_s > 0 else None)


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _reason(error: BaseException) -> str:
    return broke_off(error, "").final.message.removeprefix(": ").rstrip(".")
