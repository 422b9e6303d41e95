"""What an answer means, judged by its status and its body together.

2xx without an error in the body   an answer
401, 403                           credentials refused            77
429, or "limit" in a body          throttled: repeat after a pause, 75 at last
408, 425, 5xx                      unavailable: repeat, 75 at last
3xx that the stream does not declare                              76
any other                          refused for good               69
"""

from __future__ import annotations

import re
from typing import Any

from etl.errors import CredentialsRefused, EtlError, ProtocolBroken, RemoteRefused, TryLater
from etl.systems.declare import System

REPEATABLE = frozenset({408, 425, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524})
PERSONAL = re.compile(r"[^\s@]+@[^\s@]+|[+\d][\d\s()./-]{5,}\d")
CREDENTIAL = re.compile(r"\b(basic|bearer|token|api.?key|password)\b[\s:=]+\S+", re.IGNORECASE)
"""What a server that repeats our request may tell of how we signed in."""


class Repeatable(Exception):
    """This attempt failed in a way that another may not. `final` is what to raise when the tries are used up."""

    def __init__(self, final: EtlError, *, limited: bool = False, retry_after_s: float | None = None) -> None:
        super().__init__(final.message)
        self.final = final
        self.limited = limited
        self.retry_after_s = retry_after_s


def judge(system: System, status: int, body: Any, where: str, *, retry_after_s: float | None = None) -> None:
    """Return where this is an answer; else raise an EtlError, or Repeatable. `body` is parsed JSON, or None."""
    refusal = system.refusal(body)
    said = f": {readable(refusal.message)}" if refusal and refusal.message else ""
    if status == 429 or (refusal and refusal.kind == "throttled"):
        final: EtlError = TryLater(f"{where}: the server keeps saying that there were too many calls{said}.")
        raise Repeatable(final, limited=True, retry_after_s=retry_after_s)
    if status in (401, 403) or (refusal and refusal.kind == "credentials"):
        raise CredentialsRefused(
            f"{where}: the server refuses these credentials ({status}){said}.",
            remedy="Check them in etl.toml and with the vendor; nothing was changed.",
        )
    if status in REPEATABLE or (refusal and refusal.kind == "unavailable"):
        final = TryLater(
            f"{where}: the server cannot answer now ({status}){said}.", remedy="Run the same command again later."
        )
        raise Repeatable(final, retry_after_s=retry_after_s)
    if 300 <= status < 400:
        raise ProtocolBroken(
            f"{where}: the server redirects ({status}) where its document knows no redirect; not followed."
        )
    if not 200 <= status < 300 or refusal:
        raise RemoteRefused(f"{where}: the server refuses ({status}){said}.")


def readable(message: str) -> str:
    """A vendor's message as it may be shown: a bounded line without addresses, phone numbers, long ids, credentials."""
    line = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    line = CREDENTIAL.sub(r"\1 …", line)
    return PERSONAL.sub("…", line)[:200].rstrip(".")
