"""Share one connection pool among all accounts of a run, so that connections do not grow with the accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

CONNECTIONS = 64


@asynccontextmanager
async def open_connector(connections: int = CONNECTIONS) -> AsyncIterator[aiohttp.TCPConnector]:
    """Open a pool of at most so many connections at once, to any hosts. Closes all of them on leaving."""
    connector = aiohttp.TCPConnector(limit=connections)
    try:
        yield connector
    finally:
        await connector.close()
