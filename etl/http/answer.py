"""Read an answer: as its body arrives, or whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

import aiohttp

from etl.budget.skew import WIDEST_S
from etl.clock import Clock
from etl.decode.decompress import BadEncoding, TooLarge, decompress
from etl.errors import ProtocolBroken, TryLater
from etl.http.judge import Repeatable

if TYPE_CHECKING:
    from aiohttp import ClientResponse

AGAIN = "Run the same command again later."
BUFFERED = 1 << 20
"""How much of a body a connection buffers before anything reads it."""
PIECE = 1 << 19
"""The largest piece of a body that is read as it arrives."""


class Incoming(NamedTuple):
    """An answer whose body is still arriving: `pieces` are its bytes as they come, still in `encoding`, `raw` is all of
    them, within bounds of its own. `received_at` is when its head had come."""

    status: int
    headers: Mapping[str, str]
    encoding: str
    received_at: datetime
    pieces: AsyncIterator[bytes]
    raw: Callable[[Bounds], Awaitable[bytes]]

    @classmethod
    def of(cls, answer: ClientResponse, encoding: str, bounds: Bounds, where: str, clock: Clock) -> Incoming:
        pieces, raw = pieces_of(answer, bounds, where, clock), partial(raw_of, answer, where=where, clock=clock)
        return cls(answer.status, answer.headers, encoding, clock.now(), pieces, raw)

    @property
    def date(self) -> datetime | None:
        """The server's own time, from its Date header; None where that is missing or unreadable."""
        return _date(self.headers)


class Response(NamedTuple):
    """A complete answer. `raw` is the body as it came, `body` the decompressed one."""

    status: int
    headers: Mapping[str, str]
    raw: bytes
    encoding: str
    body: bytes
    received_at: datetime

    @property
    def date(self) -> datetime | None:
        """The server's own time, from its Date header; None where that is missing or unreadable."""
        return _date(self.headers)


def _date(headers: Mapping[str, str]) -> datetime | None:
    return parsed_date(headers.get("Date", ""))


@lru_cache(maxsize=16)  # all answers of one second have the same Date
def parsed_date(text: str) -> datetime | None:
    """The time of a Date header; None if it cannot be parsed."""
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def is_near(date: datetime, received_at: datetime) -> bool:
    """Whether a Date is near enough to our clock to be the server's time; else one of them is wrong."""
    return abs((date - received_at).total_seconds()) <= WIDEST_S


@dataclass(frozen=True)
class Bounds:
    """How large a decompressed body may be, how long its head and all of it may take, and how slowly it may come: from
    its first byte on, while it is waited for, at least `least_bytes` in every `window_s` seconds."""

    max_bytes: int = 64 << 20
    total_s: float = 180.0
    head_s: float = 180.0
    least_bytes: int = 16 << 10
    window_s: float = 60.0


class TooSlow(Exception):
    """A body comes more slowly than its bounds allow."""


async def pieces_of(answer: ClientResponse, bounds: Bounds, where: str, clock: Clock) -> AsyncIterator[bytes]:
    """Yield the body as it arrives, within the bounds."""
    size = 0
    stream, rate = answer.content.iter_chunked(PIECE), _Rate(bounds, clock)
    until = asyncio.get_running_loop().time() + bounds.total_s
    while True:
        try:
            async with asyncio.timeout_at(until):
                with rate.waiting():
                    piece = await anext(stream, b"")
            rate.check(len(piece))
        except (aiohttp.ClientError, TimeoutError, OSError, TooSlow) as error:
            raise broke_off(error, where) from None
        size += len(piece)
        if size > bounds.max_bytes:
            raise too_large(where, bounds)
        if not piece:
            return
        yield piece


class _Rate:
    """How fast a body comes, from its first byte on. Only the time in which it is waited for counts: whoever reads it
    may take long, too."""

    def __init__(self, bounds: Bounds, clock: Clock) -> None:
        self._bounds, self._clock = bounds, clock
        self._waited_s, self._came = 0.0, 0
        self._has_begun = self._is_slow = False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        began = self._clock.monotonic()
        yield
        self._waited_s += self._clock.monotonic() - began

    def check(self, came: int) -> None:
        """Count bytes that came. Raises TooSlow where more come after a window in which there were too few; a body that
        ended there is whole."""
        if came and self._is_slow:
            raise TooSlow
        if not self._has_begun:
            self._waited_s, self._has_begun = 0.0, True
        self._came += came
        if self._waited_s < self._bounds.window_s:
            return
        self._is_slow = self._came < self._bounds.least_bytes
        self._waited_s, self._came = 0.0, 0


async def raw_of(answer: ClientResponse, bounds: Bounds, *, where: str, clock: Clock) -> bytes:
    """Read the whole body. One that fits into the buffer is awaited once, not piece by piece."""
    body, length = answer.content, answer.content_length
    if length is None or length > min(BUFFERED, bounds.max_bytes) or body.exception() is not None:
        return b"".join([piece async for piece in pieces_of(answer, bounds, where, clock)])
    try:
        if not body.is_eof():
            async with asyncio.timeout(bounds.total_s):
                await body.wait_eof()
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise broke_off(error, where) from None
    return body.read_nowait()


def broke_off(error: BaseException, where: str) -> Repeatable:
    return Repeatable(TryLater(f"{where}: {_explain(error)}.", remedy=AGAIN))


def too_large(where: str, bounds: Bounds) -> ProtocolBroken:
    return ProtocolBroken(f"{where}: the answer is larger than {bounds.max_bytes >> 20} MB.")


def _explain(error: BaseException) -> str:
    """Say what went wrong in our words: aiohttp's own texts may contain the query."""
    causes: list[tuple[type[BaseException], str]] = [
        (aiohttp.ClientConnectorDNSError, "the host's name cannot be looked up"),
        (aiohttp.ClientSSLError, "the server's certificate or TLS handshake is not acceptable"),
        (aiohttp.ClientConnectorError, "the server cannot be reached"),
        (aiohttp.ClientProxyConnectionError, "the proxy cannot be reached"),
        (aiohttp.ServerDisconnectedError, "the server closed the connection without an answer"),
        (aiohttp.ClientPayloadError, "the answer broke off"),
        (TimeoutError, "the answer took too long"),
        (TooSlow, "the answer came too slowly"),
        (aiohttp.ClientResponseError, "the answer is not HTTP as it should be"),
    ]
    return next((text for kind, text in causes if isinstance(error, kind)), "the connection broke")


async def whole(incoming: Incoming, received_at: Callable[[], datetime], bounds: Bounds, where: str) -> Response:
    """Read an answer to its end. Raises Repeatable if it is truncated, ProtocolBroken if it is too large."""
    raw = await incoming.raw(bounds)
    try:
        body = decompress(raw, incoming.encoding, bounds.max_bytes)
    except BadEncoding as error:
        raise Repeatable(TryLater(f"{where}: {error}.", remedy=AGAIN)) from None
    except TooLarge:
        raise too_large(where, bounds) from None
    return Response(incoming.status, incoming.headers, raw, incoming.encoding, body, received_at())
