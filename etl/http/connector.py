"""The connections of all accounts of a run: one pool, so that their number does not grow with that of the accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

CONNECTIONS = 64


@asynccontextmanager
async def open_connector(connections: int = CONNECTIONS) -> AsyncIterator[aiohttp.TCPConnector]:
    """A pool of at most so many connections at once, to whatever hosts. Closed, with all of them, on leaving."""
    connector = aiohttp.TCPConnector(limit=connections)
    try:
        yield connector
    finally:
        await connector.close()
