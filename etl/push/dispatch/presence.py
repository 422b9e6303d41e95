"""Check in the target's list whether a record that cannot be read by its id is really gone."""

from __future__ import annotations

import asyncio

from etl.http.client import Client
from etl.push.dispatch.record import id_of
from etl.push.reconcile.target_list import read_list
from etl.systems.declare import Record, Stream


class Presence:
    """The ids of the target's list, read once, on first use."""

    def __init__(self, client: Client, stream: Stream) -> None:
        self._client, self._stream = client, stream
        self._ids: set[str] | None = None
        self._reading = asyncio.Lock()

    async def has(self, remote_id: str) -> bool:
        """Whether the list shows it. Raises what the client raises."""
        async with self._reading:
            if self._ids is None:
                self._ids = await self._read()
        return remote_id in self._ids

    async def _read(self) -> set[str]:
        ids: set[str] = set()

        def note(records: list[Record]) -> None:
            ids.update(id_of(record, self._stream) for record in records)

        await read_list(self._client, self._stream, {}, note)
        return ids
