"""Connections: a pool that all accounts of a run share, and the TLS context of those that it opens.

The environment says nothing about them unless an account trusts it: what OpenSSL and Python read there by themselves
(SSL_CERT_FILE, SSL_CERT_DIR, SSLKEYLOGFILE) would let whoever sets it read the traffic.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from etl import __version__
from etl.config.settings import Account
from etl.errors import ConfigurationError
from etl.http.answer import BUFFERED

CONNECTIONS = 64
CONNECT_S = 20.0
IDLE_S = 60.0


@asynccontextmanager
async def open_connector(connections: int = CONNECTIONS) -> AsyncIterator[aiohttp.TCPConnector]:
    """Open a pool of at most so many connections at once, to any hosts. Closes all of them on leaving."""
    connector = aiohttp.TCPConnector(limit=connections, ssl=tls_context())
    try:
        yield connector
    finally:
        await connector.close()


def session_of(account: Account, connector: aiohttp.TCPConnector | None, *, owned: bool) -> aiohttp.ClientSession:
    """What the requests of an account have in common, but for its credential. Closing it closes an `owned` pool."""
    return aiohttp.ClientSession(
        connector=connector,
        connector_owner=owned,
        trust_env=account.trust_env,
        auto_decompress=False,
        raise_for_status=False,
        read_bufsize=BUFFERED,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=IDLE_S),
        headers={
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": f"contact-etl/{__version__}",
        },
    )


def tls_of(account: Account) -> ssl.SSLContext:
    """The TLS of an account's connections. Raises ConfigurationError for an unreadable `ca_file`."""
    try:
        return tls_context(account.ca_file, trust_env=account.trust_env)
    except (OSError, ssl.SSLError):
        raise ConfigurationError(
            f"accounts.{account.name}.ca_file: {account.ca_file} is not a readable certificate file."
        ) from None


def tls_context(ca_file: Path | None = None, *, trust_env: bool = False) -> ssl.SSLContext:
    """Verify servers by `ca_file`, else by the system's own authorities. Raises OSError for an unreadable file."""
    context = ssl.create_default_context(cafile=ca_file) if trust_env else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    if trust_env:
        return context
    if ca_file is not None:
        context.load_verify_locations(ca_file)
        return context
    system = ssl.get_default_verify_paths()
    if Path(system.openssl_cafile).is_file():
        context.load_verify_locations(system.openssl_cafile)
    if Path(system.openssl_capath).is_dir():
        context.load_verify_locations(capath=system.openssl_capath)
    return context
