"""A proxy that springs a trap at the n-th request: the pusher dies with its call just so far on its way."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Literal

Moment = Literal["before", "sent", "answered"]
"""before: the server never hears of it. sent: the server gets it, the pusher not its answer. answered: both."""


class Trap:
    """`async with Trap(port) as trap`; `set(n, moment, spring)` counts from then on the requests of that method."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._left = 0
        self._method, self._moment = b"", "before"
        self._spring: Callable[[], None] = lambda: None
        self.port = 0

    def set(self, number: int, method: str, moment: Moment, spring: Callable[[], None]) -> None:
        self._left, self._method, self._moment, self._spring = number, method.encode(), moment, spring

    async def __aenter__(self) -> Trap:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._upstream)
            sprung = asyncio.Event()
            back = asyncio.create_task(self._back(up_reader, writer, sprung))
            with contextlib.suppress(OSError):
                await self._forth(reader, up_writer, sprung)
            await asyncio.wait([back], timeout=5)
            back.cancel()
            up_writer.close()
            writer.close()

    async def _forth(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sprung: asyncio.Event) -> None:
        while piece := await reader.read(1 << 20):
            if self._method and piece.startswith(self._method + b" "):
                self._left -= 1
                if self._left == 0:
                    if self._moment == "before":
                        self._spring()
                        return
                    sprung.set()
            writer.write(piece)
            await writer.drain()
        writer.write_eof()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sprung: asyncio.Event) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(1 << 20):
                if sprung.is_set() and self._moment == "sent":
                    self._spring()
                    return
                writer.write(piece)
                await writer.drain()
                if sprung.is_set():
                    sprung.clear()
                    self._spring()
            writer.write_eof()
