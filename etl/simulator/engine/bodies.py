"""Render an answer's bytes, compressed if the caller accepts that, and cache bodies with a key."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable, Iterable
from itertools import chain

from etl.simulator.engine.answer import Answer

CACHE_BYTES = 64 * 1024 * 1024
WHOLE_BYTES = 8 * 1024 * 1024  # longer bodies are sent in chunks while they are rendered
LEVEL = 1  # speed matters more than size on loopback


class Bodies:
    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size = 0

    async def whole(self, answer: Answer, *, compressed: bool) -> bytes:
        """Return the whole body."""
        key = (answer.key, compressed)
        if answer.key is not None and key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if answer.parts is None:
            plain = answer.body
        else:
            chunks = []
            for chunk in answer.parts:
                chunks.append(chunk)
                await asyncio.sleep(0)  # lets other requests run while a long list is rendered
            plain = b"".join(chunks)
        body = gzip.compress(plain, LEVEL, mtime=0) if compressed else plain
        if answer.key is not None:
            self._keep(key, body)
        return body

    async def start(self, answer: Answer, *, compressed: bool) -> tuple[bytes, AsyncIterator[bytes] | None]:
        """Return the whole body if it is not too long; else nothing and an iterator over its pieces."""
        if answer.parts is None or (answer.key, compressed) in self._kept:
            return await self.whole(answer, compressed=compressed), None
        parts = iter(answer.parts)
        chunks, size = [], 0
        for chunk in parts:
            chunks.append(chunk)
            size += len(chunk)
            await asyncio.sleep(0)
            if size > WHOLE_BYTES:
                break
        else:
            done = Answer(answer.status, b"".join(chunks), key=answer.key)
            return await self.whole(done, compressed=compressed), None
        return b"", _stream(chain(chunks, parts), compressed=compressed)

    def _keep(self, key: Hashable, body: bytes) -> None:
        if len(body) > CACHE_BYTES // 4 or key in self._kept:
            return
        self._kept[key] = body
        self._size += len(body)
        while self._size > CACHE_BYTES:
            self._size -= len(self._kept.popitem(last=False)[1])


async def _stream(parts: Iterable[bytes], *, compressed: bool) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS) if compressed else None
    for part in parts:
        piece = packer.compress(part) if packer else part
        if piece:
            yield piece
        await asyncio.sleep(0)
    if packer:
        yield packer.flush()
