"""Make one write attempt and classify its outcome. Never repeated, never redirected.

2xx without an error in the body           TAKEN       the body tells whether it was done
409, one that may say "it exists"          EXISTS      the record may exist already
other 4xx, an error in the body            REFUSED     for good
403 that is about the one record           REFUSED     the same
no DNS, no connection, no TLS, 429         NOTHING     certainly nothing was accepted
401 to a token that another has replaced   NOTHING     the same
401, 403                                   FORBIDDEN   nothing was accepted, nor will be
all else                                   UNKNOWN     in doubt: it may or may not have taken effect
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any, NamedTuple
from urllib.parse import urlencode

import aiohttp
import orjson
from yarl import URL

from etl.clock import Clock
from etl.decode.decompress import KNOWN
from etl.errors import EtlError
from etl.http.answer import Bounds, Incoming, whole
from etl.http.client import Client, as_json
from etl.http.counted_request import Ready
from etl.http.judge import Repeatable, readable
from etl.http.retry import retry_after_s
from etl.http.turn import Turn
from etl.systems.declare import ONE, Cost, System

MAY_EXIST = re.compile(r"exist|already|duplicate|unique|bestaat|in gebruik|went wrong", re.IGNORECASE)
"""Messages of a 400 that an earlier call of ours may have caused. One that names no reason may mean anything."""

WORD = re.compile(r"\w{4,}")
JSON = re.compile(r"\s*(application|text)/([\w.-]+\+)?json\s*(;|$)", re.IGNORECASE)


class SendVerdict(Enum):
    TAKEN = auto()
    EXISTS = auto()
    REFUSED = auto()
    NOTHING = auto()
    FORBIDDEN = auto()
    UNKNOWN = auto()


class Outcome(NamedTuple):
    """The outcome of an attempt. `message` is for people.

    `wait_s` is what a Retry-After header asks for before the next call, whatever the status: 429, 503 or another.
    `parsed` says that the answer is JSON by its Content-Type and by its text, `empty` that it came whole and without a
    body. If neither is true, as with an HTML page or a truncated body, a 2xx proves nothing, and `body` holds no
    record.
    """

    verdict: SendVerdict
    message: str
    status: int | None = None
    location: str | None = None
    body: Any = None
    wait_s: float | None = None
    date: datetime | None = None
    parsed: bool = False
    empty: bool = False


@dataclass(frozen=True)
class Sending:
    """A call to make, with its fields as JSON or as a form."""

    method: str
    path: str
    fields: Mapping[str, Any] | None
    form: bool = False
    cost: Cost = ONE

    def texts(self) -> set[str]:
        """The values that are sent, as texts, and the words of each: a message may quote them. The names of fields are
        not among them."""
        values = list(_leaves(self.fields))
        words = {word for value in values for word in WORD.findall(value)}
        names = {name.casefold() for name in _names(self.fields)}
        return {text for text in {*values, *words} if text.casefold() not in names}

    def body(self) -> dict[str, Any]:
        if self.fields is None:
            return {}
        if self.form:
            data = urlencode({name: _form_text(value) for name, value in self.fields.items()}).encode()
            return {"data": data, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
        return as_json(self.fields)


async def send(client: Client, sending: Sending, *, ready: Ready, clock: Clock, turn: Turn | None = None) -> Outcome:
    """Make the attempt. `ready` is awaited when its turn has come: what it writes is durable before the first byte goes
    out. With a `turn` the attempt uses one of its slots; `ready` may ask it whether the slot was held since the call
    before. Raises BudgetSpent, and what `ready` raises; then nothing was sent."""
    bounds, url = Bounds(), URL(client.account.base_url + sending.path)
    async with client.whole_call() as until:
        how: dict[str, Any] = {"once": True, "turn": turn, "cost": sending.cost, "until": until}
        try:
            answer = await client.exchange(sending.method, url, bounds, ready, **how, **sending.body())
        except aiohttp.ClientConnectorError:
            return Outcome(SendVerdict.NOTHING, "The server cannot be reached.")
        except (aiohttp.ClientError, TimeoutError, OSError):
            return Outcome(SendVerdict.UNKNOWN, "The connection broke before an answer came.")
        async with answer:
            encoding = answer.headers.get("Content-Encoding", "").strip().lower() or "identity"
            # in an encoding that was not asked for it is no JSON, and proves nothing
            incoming = client.incoming(answer, encoding if encoding in KNOWN else "identity", bounds, "")
            text = await _text(incoming, clock, bounds)
        if await client.renewed(answer):
            return Outcome(SendVerdict.NOTHING, "The access token was no longer good.")
    body, is_json = _json(text)
    verdict, message = _judged(client.account.declaration, answer.status, body, sending)
    return Outcome(
        verdict,
        message,
        status=answer.status,
        location=answer.headers.get("Location"),
        body=body,
        wait_s=retry_after_s(answer.headers.get("Retry-After"), incoming.date or clock.now()),
        date=incoming.date,
        parsed=is_json and JSON.match(answer.headers.get("Content-Type", "")) is not None,
        empty=text == b"",
    )


async def _text(incoming: Incoming, clock: Clock, bounds: Bounds) -> bytes | None:
    """The answer's body; None if it was truncated or is too large."""
    try:
        return (await whole(incoming, clock.now, bounds, "")).body
    except (Repeatable, EtlError):
        return None


def _json(text: bytes | None) -> tuple[Any, bool]:
    """The parsed body, and whether it is JSON."""
    try:
        return orjson.loads(text or b""), True
    except orjson.JSONDecodeError:
        return None, False


def _judged(system: System, status: int, body: Any, sending: Sending) -> tuple[SendVerdict, str]:
    refusal = system.refusal(body)
    raw = refusal.message if refusal else ""
    said = readable(raw, sending.texts()) if raw else ""
    message = f"{said} ({status})." if said else f"The server answered {status}."
    kind = refusal.kind if refusal else None
    if status == 429 or kind == "throttled":
        return SendVerdict.NOTHING, message
    if kind != "record" and (status in (401, 403) or kind == "credentials"):
        return SendVerdict.FORBIDDEN, message
    if kind == "unavailable" or status in (408, 425) or not 200 <= status < 500 or 300 <= status < 400:
        return SendVerdict.UNKNOWN, message
    if status == 409 or kind == "exists" or (status == 400 and (not raw or MAY_EXIST.search(raw))):
        return SendVerdict.EXISTS, message
    if status >= 400 or refusal:
        return SendVerdict.REFUSED, message
    return SendVerdict.TAKEN, message


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(one)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from value
    for one in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _names(one)


def _form_text(value: Any) -> str:
    if value is None:
        return ""
    return {True: "1", False: "0"}[value] if isinstance(value, bool) else str(value)
