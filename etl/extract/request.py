"""What a stream is asked with, and what an answer that is no list amounts to."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import orjson

from etl.http.answer import Response
from etl.http.retry import retry_after_s
from etl.settings import Account
from etl.systems.declare import Stream

HTML = re.compile(rb"\s*<(?:!doctype|html|\?xml|head|body)", re.IGNORECASE)


def path_of(account: Account, template: str, record_id: str | None = None) -> str:
    """A declared path with the account's options, and an id, in it."""
    path = template.format(**account.options, id=quote(record_id or "", safe=""))
    return "/" + path.lstrip("/")


def first_parameters(stream: Stream, account: Account, since: str | None) -> dict[str, str]:
    """The parameters of a stream's first page."""
    declared = {
        name.format(**account.options): value.format(**account.options) for name, value in stream.parameters.items()
    }
    return {**declared, **({stream.since: since} if since and stream.since else {})}


def naive(at: datetime, timezone: str) -> str:
    """A moment as the APIs write one: without a zone, in the account's.

    In the hour that comes twice when summer time ends, it is the hour before: whichever of the two the server takes
    a time for, nothing since the moment is missed.
    """
    local = at.astimezone(ZoneInfo(timezone))
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        local = local.replace(minute=0, second=0, tzinfo=None) - timedelta(hours=1)
    return f"{local:%Y-%m-%d %H:%M:%S}"


def error_body(response: Response) -> Any:
    """The JSON of an answer that is no success, or None."""
    try:
        return orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None


def is_nothing(account: Account, stream: Stream, status: int, body: Any) -> bool:
    """Whether this is the answer of a server that has no record, where that is no list."""
    refusal = account.declaration.refusal(body)
    return refusal is not None and (status, refusal.message.strip()) == stream.nothing


def asked_wait_s(response: Response) -> float | None:
    """What a Retry-After header asks for; a date is read against the server's own clock where it tells its time."""
    return retry_after_s(response.headers.get("Retry-After"), response.date or response.received_at)
