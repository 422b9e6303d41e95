"""Check the addresses in a configuration: each raises ValueError saying what is wrong with one."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from yarl import URL

UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")


def base_url(value: str) -> str:
    """An API's address, without a slash at its end."""
    try:
        url = urlsplit(value)
        host, _ = url.hostname, url.port
    except ValueError:
        raise ValueError("is not a URL") from None
    if url.scheme not in ("http", "https") or not host:
        raise ValueError("must start with https:// and name a host")
    if UNPRINTABLE.search(value):
        raise ValueError("holds a space or a control character")
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("must hold no user, query or fragment; credentials have keys of their own")
    if url.scheme == "http" and not _is_loopback(host):
        raise ValueError("is http:// to another machine, which would send credentials in the clear; use https://")
    return value.rstrip("/")


def proxy(value: str | None) -> str | None:
    """A proxy's address, None for an empty one."""
    if value and not (re.fullmatch(r"https?://[^\s/\x00-\x20\x7f]+/?", value) and _can_be_asked(value)):
        raise ValueError("must be the URL of a proxy, such as http://proxy.example.nl:3128")
    return value or None


def _can_be_asked(proxy: str) -> bool:
    """Whether it has a host and a port, and its user and password can be sent: as Latin-1, with a colon between."""
    try:
        url = URL(proxy)
        (url.user or "").encode("latin-1"), (url.password or "").encode("latin-1")
    except ValueError:
        return False
    return ":" not in (url.user or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
