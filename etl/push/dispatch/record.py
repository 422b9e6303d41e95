"""Read single records of the target as JSON, within the same budget as the writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import orjson

from etl.errors import TryLater
from etl.http.answer import Response
from etl.http.client import Client
from etl.http.judge import Repeatable, judge_response
from etl.http.turn import Turn
from etl.paginate.request import own_parameters, path_of
from etl.systems.declare import Record, Stream
from etl.systems.shared.dotted import value_at

Sent: TypeAlias = Callable[[], None]


def id_of(record: Record, stream: Stream) -> str:
    return str(value_at(record, stream.key)).strip()


async def read_one(
    client: Client, stream: Stream, remote_id: str, *, turn: Turn | None = None, sent: Sent | None = None
) -> Record | None:
    """Read one record by its id; None where there is none. `turn` is the turn of the budget to use, if one is held;
    `sent` is called for every request sent."""
    account = client.account
    where = f"{account.name}.{stream.name}"

    async def read(response: Response) -> Record | None:
        if response.status == 404:
            return None
        body = judge_response(account.declaration, response, where)
        record = value_at(body, stream.element.records)
        if not isinstance(record, dict) or id_of(record, stream) != remote_id:
            raise Repeatable(TryLater(f"{where}: the answer is not the record that was asked for."))
        return record

    parameters = own_parameters(stream, account)
    return await client.ask(
        path_of(account, stream.get, remote_id),
        parameters,
        read,
        where=where,
        redirects=stream.redirects,
        turn=turn,
        sent=sent,
        cost=account.declaration.cost(stream.get, stream.weight),
    )


def body_hash(body: Mapping[str, Any]) -> str:
    """Hash a body's content: equal bodies have equal hashes."""
    from hashlib import blake2b

    return blake2b(to_json(body), digest_size=16).hexdigest()


def to_json(body: Mapping[str, Any]) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
