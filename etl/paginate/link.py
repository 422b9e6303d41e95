"""Read a `Link` header (RFC 8288)."""

from __future__ import annotations

import re

LINK = re.compile(r'<([^<>]*)>((?:[ \t]*;[ \t]*[^\s=;,"<>]+(?:[ \t]*=[ \t]*(?:"(?:[^"\\]|\\.)*"|[^\s;,"<>]*))?)*)')
PARAMETER = re.compile(r';[ \t]*([^\s=;,"<>]+)(?:[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"<>]*)))?')
BETWEEN = re.compile(r"[ \t,;]*")


def links(header: str, relation: str) -> list[str]:
    """The addresses that a header names with that relation, each once. One with an anchor of its own says nothing of
    this page. Raises ValueError if it is no such header."""
    found: dict[str, None] = {}
    at = _between(header, 0)
    while at < len(header):
        link = LINK.match(header, at)
        if link is None:
            raise ValueError("not a Link header")
        told: dict[str, str] = {}
        for name, quoted, plain in PARAMETER.findall(link[2]):
            told.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) or plain)  # the first one counts
        if relation in told.get("rel", "").lower().split() and "anchor" not in told:
            found[link[1].strip()] = None
        after = _between(header, link.end())
        if after < len(header) and "," not in header[link.end() : after]:
            raise ValueError("not a Link header")
        at = after
    return list(found)


def _between(header: str, at: int) -> int:
    found = BETWEEN.match(header, at)
    assert found is not None  # it may be empty
    return found.end()
