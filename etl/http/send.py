"""One writing attempt, and what is known after it. Never repeated, never redirected.

2xx without an error in the body           TAKEN       the target's own words say what was made
409, a 400 that may say "it exists"        EXISTS      perhaps it is there already
other 4xx, an error in the body            REFUSED     for good
no name, no connection, no TLS, 429        NOTHING     surely nothing was accepted
401, 403                                   FORBIDDEN   nothing was accepted, nor will be
all else                                   UNKNOWN     nobody can say whether it took effect
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson
from yarl import URL

from etl.clock import Clock
from etl.errors import EtlError
from etl.http.answer import Bounds, Incoming, whole
from etl.http.client import Client, Ready
from etl.http.judge import Repeatable, readable
from etl.http.retry import retry_after_s
from etl.systems.declare import System

MAY_EXIST = re.compile(r"exist|already|duplicate|unique|bestaat|in gebruik|went wrong", re.IGNORECASE)
"""Messages of a 400 behind which an earlier call of ours may stand. One that names no reason may mean anything."""


class Verdict(Enum):
    TAKEN = auto()
    EXISTS = auto()
    REFUSED = auto()
    NOTHING = auto()
    FORBIDDEN = auto()
    UNKNOWN = auto()


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt. `message` is for people; `wait_s` is what the server asks for before the next one."""

    verdict: Verdict
    message: str
    status: int | None = None
    location: str | None = None
    body: Any = None
    wait_s: float | None = None
    date: datetime | None = None


@dataclass(frozen=True)
class Sending:
    """A call to make: its fields go out as JSON, or as a form."""

    method: str
    path: str
    fields: Mapping[str, Any] | None
    form: bool = False

    def body(self) -> dict[str, Any]:
        if self.fields is None:
            return {}
        if self.form:
            data = urlencode({name: _form_text(value) for name, value in self.fields.items()}).encode()
            return {"data": data, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
        return {"data": orjson.dumps(self.fields), "headers": {"Content-Type": "application/json; charset=utf-8"}}


async def send(client: Client, sending: Sending, *, ready: Ready, clock: Clock) -> Outcome:
    """Make the attempt. `ready` is awaited when the budget gives its turn: what it writes is durable before the first
    byte goes out. Raises BudgetSpent, and what `ready` raises; then nothing was sent."""
    bounds = Bounds()
    try:
        answer = await client.exchange(
            sending.method, URL(client.account.base_url + sending.path), bounds, ready, once=True, **sending.body()
        )
    except aiohttp.ClientConnectorError:
        return Outcome(Verdict.NOTHING, "The server cannot be reached.")
    except (aiohttp.ClientError, TimeoutError, OSError):
        return Outcome(Verdict.UNKNOWN, "The connection broke before an answer came.")
    async with answer:
        encoding = answer.headers.get("Content-Encoding", "").strip().lower() or "identity"
        incoming = Incoming.of(answer, encoding, bounds, "")
        body = await _parsed(incoming, clock, bounds)
    asked = retry_after_s(answer.headers.get("Retry-After"), incoming.date or clock.now())
    verdict, message = _judged(client.account.declaration, answer.status, body)
    return Outcome(verdict, message, answer.status, answer.headers.get("Location"), body, asked, incoming.date)


async def _parsed(incoming: Incoming, clock: Clock, bounds: Bounds) -> Any:
    """The answer's JSON; None where it broke off, is none, or is too large."""
    try:
        return orjson.loads((await whole(incoming, clock.now, bounds, "")).body)
    except (Repeatable, EtlError, orjson.JSONDecodeError):
        return None


def _judged(system: System, status: int, body: Any) -> tuple[Verdict, str]:
    refusal = system.refusal(body)
    said = readable(refusal.message) if refusal else ""
    message = f"{said} ({status})." if said else f"The server answered {status}."
    kind = refusal.kind if refusal else None
    if status == 429 or kind == "throttled":
        return Verdict.NOTHING, message
    if status in (401, 403) or kind == "credentials":
        return Verdict.FORBIDDEN, message
    if kind == "unavailable" or status in (408, 425) or not 200 <= status < 500 or 300 <= status < 400:
        return Verdict.UNKNOWN, message
    if status == 409 or (status == 400 and (not said or MAY_EXIST.search(said))):
        return Verdict.EXISTS, message
    if status >= 400 or refusal:
        return Verdict.REFUSED, message
    return Verdict.TAKEN, message


def _form_text(value: Any) -> str:
    if value is None:
        return ""
    return {True: "1", False: "0"}[value] if isinstance(value, bool) else str(value)
