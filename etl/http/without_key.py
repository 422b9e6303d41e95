"""Take the key that is sent in the query out of an answer, before anybody else sees it.

A server may show it in the address of the next page, or of each record: it is not to land, nor to become a column.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable

from multidict import CIMultiDict

from etl.config.credential import kind_of, members_of, value
from etl.config.settings import Account
from etl.decode.decompress import BadEncoding, Inflate, TooLarge
from etl.errors import TryLater
from etl.http.answer import AGAIN, Bounds, Incoming, too_large
from etl.http.judge import Repeatable
from etl.scrub import GONE, forms
from etl.systems.declare import QueryKey

SHORT = 8
"""From how many characters on a key is one wherever it stands: a shorter one only behind its name."""


class WithoutKey:
    """Rewrites the answers of one account."""

    def __init__(self, kind: QueryKey, *keys: str) -> None:
        self._before = f"{kind.name}="
        long = {form for key in keys if len(key) >= SHORT for form in forms(key)}
        short = {self._before + form for key in keys if len(key) < SHORT for form in forms(key)}
        self._forms = sorted(long | short, key=len, reverse=True)
        self._pattern = re.compile("|".join(re.escape(form) for form in self._forms))
        self._bytes = re.compile(self._pattern.pattern.encode())
        self._longest = max(len(form.encode()) for form in self._forms)

    def __call__(self, incoming: Incoming, bounds: Bounds, where: str) -> Incoming:
        """The answer without it, decompressed."""
        pieces = self._cleaned(incoming.pieces, incoming.encoding, bounds, where)

        async def raw(own: Bounds) -> bytes:
            found = self._cleaned(_once(incoming.raw, own), incoming.encoding, own, where)
            return b"".join([piece async for piece in found])

        headers = CIMultiDict((name, self._pattern.sub(self._gone, text)) for name, text in incoming.headers.items())
        return incoming._replace(headers=headers, encoding="identity", pieces=pieces, raw=raw)

    def _gone(self, found: re.Match[str]) -> str:
        return self._before + GONE if found[0].startswith(self._before) else GONE

    def _gone_bytes(self, found: re.Match[bytes]) -> bytes:
        return (self._before + GONE if found[0].startswith(self._before.encode()) else GONE).encode()

    async def _cleaned(
        self, pieces: AsyncIterator[bytes], encoding: str, bounds: Bounds, where: str
    ) -> AsyncIterator[bytes]:
        inflate, kept = Inflate(encoding, bounds.max_bytes), b""
        try:
            async for raw in pieces:
                for piece in inflate.feed(raw):
                    kept = self._bytes.sub(self._gone_bytes, kept + piece)
                    whole = len(kept) - self._longest + 1  # behind it one may begin
                    if whole > 0:
                        yield kept[:whole]
                        kept = kept[whole:]
            inflate.finish()
        except BadEncoding as error:
            raise Repeatable(TryLater(f"{where}: {error}.", remedy=AGAIN)) from None
        except TooLarge:
            raise too_large(where, bounds) from None
        yield kept


def without_key(account: Account) -> WithoutKey | None:
    """What takes the key of an account out of its answers; None where it sends none in the query."""
    kind = kind_of(account)
    keys = (value(member, "api_key") for member in members_of(account))
    return WithoutKey(kind, *keys) if isinstance(kind, QueryKey) else None


async def _once(read: Callable[[Bounds], Awaitable[bytes]], bounds: Bounds) -> AsyncIterator[bytes]:
    yield await read(bounds)
