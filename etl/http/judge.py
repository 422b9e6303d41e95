"""Judge an answer by its status and its body together.

2xx without an error in the body   an answer
401, 403                           credentials refused            77
429, or "limit" in a body          throttled: repeat after a pause, 75 at last
408, 425, 5xx                      unavailable: repeat, 75 at last
2xx with a web page                the same: most are of an outage, and end
3xx that the stream does not declare                              76
any other                          refused for good               69
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from etl.errors import CredentialsRefused, EtlError, ProtocolBroken, RemoteRefused, TryLater
from etl.http.retry import retry_after_s
from etl.scrub import scrubbed, without
from etl.systems.declare import System

if TYPE_CHECKING:
    from etl.http.answer import Incoming, Response

Nothing: TypeAlias = "tuple[int, str] | None"
"""The status and message of a server that reports "no records" by an error instead of an empty list."""

WEB_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!--|(?:!doctype|\?xml|html|head|body|title|meta|center|div|h1|p)\b)", re.IGNORECASE
)
BEGINNING = 200
"""So many bytes tell a web page; of a list they may come in pieces."""
BOM = b"\xef\xbb\xbf"
REPEATABLE = frozenset({408, 425, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524})
LONGEST = 4000
"""How much of a message is looked at, in characters."""
HARMLESS = (  # figures that are no phone number
    r"\b(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"  # a date, and a time behind it
    r"(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z\b|[+-]\d\d:?\d\d)?)?(?![\s()./-]*\d|\w|@|%40)"
    r"|\bv(?:ersion )?\d{1,4}(?:\.\d{1,4}){1,3}\b(?![\s()./-]*\d)"
)
PERSONAL = re.compile(
    r"[^\s@]+(?:@|%40)[^\s@]+"
    rf"|(?P<harmless>{HARMLESS})"
    r"|\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?\b"  # an IBAN
    r"|\b[1-9]\d{3}(?!\s(?:is|in|of|or|to|at|on|by|as|en|op|te|de)\b)"  # a Dutch postcode, and a number behind it
    r"\s?[A-Za-z]{2}\b(?:[\s,]+\d+\w*)?"
    r"|[+\d][\d\s()./-]{5,}\d"
)
CREDENTIAL = re.compile(
    r"\b(basic|bearer|token|api.?key|password)\b"
    r"(?:[\"']?\s*[:=][\s:=]*|\s+(?!(?-i:[A-Za-z]?[a-z]{1,19})[.,;:!?)]*(?!\S)))\S+",
    re.IGNORECASE,
)
"""What a message that quotes our request may reveal of our credentials. An ordinary word behind a blank is none."""


class Repeatable(Exception):
    """A failed attempt that is worth another. `final` is what to raise when the attempts are used up."""

    def __init__(self, final: EtlError, *, limited: bool = False, retry_after_s: float | None = None) -> None:
        super().__init__(final.message)
        self.final = final
        self.limited = limited
        self.retry_after_s = retry_after_s


def judge_response(system: System, response: Response, where: str, *, nothing: Nothing = None) -> Any:
    """The JSON of a whole answer, None if it is not JSON. Raises what `judge` and `refuse_web_page` raise, but not for
    `nothing`.
    """
    try:
        body = orjson.loads(response.body.removeprefix(BOM))
    except orjson.JSONDecodeError:
        body = None
    if not is_nothing(system, nothing, response.status, body):
        wait_s = wait_of(response)
        judge(system, response.status, body, where, wait_s=wait_s)
        refuse_web_page(response.body, where, wait_s=wait_s)
    return body


def refuse_web_page(body: bytes, where: str, *, wait_s: float | None = None) -> None:
    """Raise Repeatable if the body of a success begins like a web page."""
    if WEB_PAGE.match(body[:BEGINNING]):
        final = TryLater(
            f"{where}: the server keeps sending a web page where JSON was asked for.",
            remedy="Run the same command again later. If that does not help: is base_url right?",
        )
        raise Repeatable(final, retry_after_s=wait_s)


def wait_of(answer: Incoming | Response) -> float | None:
    """The seconds that an answer asks to wait, by the server's own clock if it tells its Date."""
    return retry_after_s(answer.headers.get("Retry-After"), answer.date or answer.received_at)


def is_nothing(system: System, nothing: Nothing, status: int, body: Any) -> bool:
    """Whether this is the server's answer for "no records"."""
    refusal = system.refusal(body)
    return refusal is not None and (status, refusal.message.strip()) == nothing


def judge(system: System, status: int, body: Any, where: str, *, wait_s: float | None = None) -> None:
    """Return if this is a success; else raise an EtlError, or Repeatable. `body` is parsed JSON, or None."""
    refusal = system.refusal(body)
    said = f": {readable(refusal.message)}" if refusal and refusal.message else ""
    if status == 429 or (refusal and refusal.kind == "throttled"):
        final: EtlError = TryLater(f"{where}: the server keeps saying that there were too many calls{said}.")
        raise Repeatable(final, limited=True, retry_after_s=wait_s)
    if status in (401, 403) or (refusal and refusal.kind == "credentials"):
        raise CredentialsRefused(
            f"{where}: the server refuses these credentials ({status}){said}.",
            remedy="Check them in etl.toml and with the vendor; nothing was changed.",
        )
    if status in REPEATABLE or (refusal and refusal.kind == "unavailable"):
        final = TryLater(
            f"{where}: the server cannot answer now ({status}){said}.", remedy="Run the same command again later."
        )
        raise Repeatable(final, retry_after_s=wait_s)
    if 300 <= status < 400:
        raise ProtocolBroken(
            f"{where}: the server redirects ({status}) where its document knows no redirect; not followed."
        )
    if not 200 <= status < 300 or refusal:
        refused = RemoteRefused(f"{where}: the server refuses ({status}){said}.")
        refused.status = status
        raise refused


def readable(message: str, sent: Iterable[str] = ()) -> str:
    """Make a vendor's message safe to show: one bounded line without secrets, the values that were `sent`, and what
    looks like a person's: e-mail, phone, postcode and number, account number, long ids."""
    line = " ".join("".join(c if c.isprintable() else " " for c in message[:LONGEST]).split())
    line = CREDENTIAL.sub(r"\1 …", scrubbed(line))
    line = PERSONAL.sub(lambda found: found["harmless"] or "…", line)
    return without(line, sent)[:200].rstrip(".")
