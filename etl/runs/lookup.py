"""Make single calls: get a record by id, find matching records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from etl.clock import Clock, SystemClock
from etl.config.settings import Account, Settings
from etl.decode.envelope import cut, pointer
from etl.decode.fast import decode
from etl.errors import ProtocolBroken, RemoteRefused, RowsRejected, UsageError
from etl.http.answer import Response
from etl.http.client import Calls
from etl.http.judge import Repeatable, judge_response
from etl.paginate.request import own_parameters, path_of
from etl.runs.workspace import open_clients, select, stream_of
from etl.systems.declare import Context, Cost, Envelope, Stream


@dataclass(frozen=True)
class Found:
    """Records as received and as normalised rows; child tables are nested in a row under their names."""

    raw: Sequence[Mapping[str, Any]]
    records: Sequence[Mapping[str, Any]]
    calls: Calls


async def get_record(settings: Settings, name: str, record_id: str, *, wait: bool = False) -> Found:
    """Get one record. Raises RemoteRefused if there is none with that id."""
    account, stream = _named(settings, name)
    if not stream.get:
        raise UsageError(f"{name} shows no single record.", remedy="etl export reads the whole list.")
    return await _look_up(
        settings,
        account,
        stream,
        path_of(account, stream.get, record_id),
        account.declaration.cost(stream.get, stream.weight),
        stream.element,
        own_parameters(stream, account),
        wait,
    )


async def find_records(settings: Settings, name: str, criteria: Mapping[str, str], *, wait: bool = False) -> Found:
    """Find matching records; no match is no error. Raises UsageError if the stream cannot be searched, or not so."""
    account, stream = _named(settings, name)
    if stream.find is None:
        raise UsageError(f"{name} cannot be searched.", remedy="etl sources lists what each stream can do.")
    if not criteria or (unknown := set(criteria) - set(stream.find_parameters)):
        options = ", ".join(f"--{known.replace('_', '-')}" for known in stream.find_parameters)
        problem = f"cannot be searched by {unknown.pop()}" if criteria else "needs something to search for"
        raise UsageError(f"{name} {problem}.", remedy=f"There are {options}.")
    parameters = own_parameters(stream, account)
    parameters |= {stream.find_parameters[key]: value for key, value in criteria.items()}
    cost = account.declaration.cost(stream.find, stream.weight)
    return await _look_up(settings, account, stream, path_of(account, stream.find), cost, Envelope(), parameters, wait)


def _named(settings: Settings, name: str) -> tuple[Account, Stream]:
    account_name, dot, stream_name = name.partition(".")
    (account, _), *_ = select(settings, [account_name])
    if not dot:
        raise UsageError(f"{name} names no stream.", remedy=f"Write {name}.{account.declaration.streams[0].name}.")
    return account, stream_of(account, stream_name)


async def _look_up(
    settings: Settings,
    account: Account,
    stream: Stream,
    path: str,
    cost: Cost,
    envelope: Envelope,
    parameters: Mapping[str, str],
    wait: bool,
    clock: Clock | None = None,
) -> Found:
    where = f"{account.name}.{stream.name}"

    async def read(response: Response) -> tuple[bytes, datetime]:
        if response.status == 404:
            raise RemoteRefused(f"{where}: there is no such record.")
        judge_response(account.declaration, response, where)
        return _records(response.body, envelope, where), response.received_at

    async with open_clients(settings, [account], clock=clock or SystemClock(), wait=wait) as clients:
        client = clients[account.name]
        records, received_at = await client.ask(
            path, parameters, read, where=where, redirects=stream.redirects, cost=cost
        )
    decoded = decode(records, stream)
    if decoded.misfits:
        first = decoded.misfits[0]
        raise RowsRejected(
            f"{where}: a record does not fit: {first.field or 'record'}: {first.reason}.", remedy="See it with --raw."
        )
    context = Context(account.name, account.system, stream.name, account.timezone, account.country)
    frame = decoded.frame.with_columns(extracted_at=pl.lit(received_at, dtype=pl.Datetime("us", "UTC")))
    return Found(orjson.loads(records), _rows(stream.into(frame, context), stream), client.calls)


def _records(body: bytes, envelope: Envelope, where: str) -> bytes:
    """The record, or the list of them, as the bytes of an array."""
    try:
        page = cut(body, Envelope())
    except ProtocolBroken as broken:
        raise Repeatable(ProtocolBroken(f"{where}: {broken.message}")) from None
    if page.records:
        return page.records
    if not envelope.records:
        return b"[" + body.removeprefix(b"\xef\xbb\xbf").strip() + b"]"
    record = pointer(page.envelope, envelope.records)
    if not isinstance(record, dict):
        raise ProtocolBroken(f"{where}: the answer is JSON, but not the record that the document describes.")
    return orjson.dumps([record])


def _rows(tables: Mapping[str, pl.DataFrame], stream: Stream) -> Sequence[Mapping[str, Any]]:
    main, *children = stream.tables
    rows = []
    for row in tables[main].iter_rows(named=True):
        nested = {}
        for child in children:
            own = tables[child].filter(pl.col("source_id") == row["source_id"])
            nested[child] = list(own.drop("account", "system", "stream", "source_id").iter_rows(named=True))
        rows.append({**row, **nested})
    return rows
