"""Build the requests of a stream: its path, its parameters, and times as the APIs write them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from etl.config.settings import Account
from etl.systems.declare import PARENT, DateWindows, LimitOffset, NextOffset, PageNumber, Paging, Stream
from etl.systems.declare.paging import parameters_of
from etl.systems.shared.dotted import nested

PARENTS = "{parents}"
"""Beside the parent's id in the parameters of a page: the extraction whose records are asked for, one after another."""


def path_of(account: Account, template: str, record_id: str | None = None, *, parent: str | None = None) -> str:
    """A declared path with the account's options, an id and the parent's filled in; `{parent}` stays without one."""
    ids = {"id": quote(record_id or "", safe=""), "parent": PARENT if parent is None else quote(parent, safe="")}
    return "/" + template.format(**{**account.options, **ids}).lstrip("/")


def own_parameters(stream: Stream, account: Account) -> dict[str, str]:
    """The parameters that every request of a stream has."""
    options = {**account.options, "parent": PARENT}
    return {name.format(**options): value.format(**options) for name, value in stream.parameters.items()}


def first_parameters(stream: Stream, account: Account, since: str | None) -> dict[str, str]:
    """The parameters of a stream's first page."""
    declared = {**own_parameters(stream, account), **opening(stream.paging)}
    return {**declared, **({stream.since: since} if since and stream.since else {})}


def asked(stream: Stream, parameters: Mapping[str, str]) -> tuple[Mapping[str, str], dict[str, Any] | None]:
    """What is sent for a page: its parameters in the query; of a search nothing there, and its body with them in it."""
    if (parent := parameters.get(PARENT)) is not None:
        sent = {name: value for name, value in parameters.items() if name not in (PARENT, PARENTS)}
        parameters = {name: value.replace(PARENT, parent) for name, value in sent.items()}
    if stream.search is None:
        return parameters, None
    counted = _counted(stream.paging)
    body = {name: int(value) if name in counted and value.isdecimal() else value for name, value in parameters.items()}
    return {}, nested(body, over=stream.search)


def _counted(paging: Paging) -> Collection[str]:
    """The parameters of a way of paging that are numbers in JSON, too."""
    if isinstance(paging, DateWindows):
        return _counted(paging.pages)
    return parameters_of(paging).values() if isinstance(paging, PageNumber | LimitOffset | NextOffset) else ()


def opening(paging: Paging) -> dict[str, str]:
    """What a way of paging asks for first: the size of all pages, and the number of the first."""
    match paging:
        case PageNumber():
            size = {paging.size.parameter: str(paging.size.rows)} if paging.size is not None else {}
            return {**size, paging.parameter: str(paging.first)}
        case LimitOffset():
            return {paging.size.parameter: str(paging.size.rows)}
        case DateWindows():
            return {**opening(paging.pages), **window(paging, paging.first)}
    return {}


def window(paging: DateWindows, begin: date, end: date | None = None) -> dict[str, str]:
    """The parameters of the window that begins on that day, as long as they are declared unless it ends before."""
    last = end or begin + timedelta(days=paging.days)
    return {paging.begin: begin.isoformat(), paging.end: last.isoformat()}


def naive(at: datetime, timezone: str) -> str:
    """Format a time as the APIs write it: without a zone, in the account's.

    In the hour that occurs twice when summer time ends, it is the hour before: however the server reads an ambiguous
    time, nothing since then is missed.
    """
    local = at.astimezone(ZoneInfo(timezone))
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        local = local.replace(minute=0, second=0, tzinfo=None) - timedelta(hours=1)
    return f"{local:%Y-%m-%d %H:%M:%S}"


def earliest(local: datetime, timezone: str) -> datetime:
    """The earliest time that a naive one may mean: it may occur twice in its zone, or never."""
    return min(_readings(local, timezone))


def latest(written: str, timezone: str) -> datetime:
    """The latest time that one which `naive` wrote may mean."""
    return max(_readings(datetime.fromisoformat(written), timezone))


def _readings(local: datetime, timezone: str) -> list[datetime]:
    return [local.replace(tzinfo=ZoneInfo(timezone), fold=fold).astimezone(UTC) for fold in (0, 1)]
