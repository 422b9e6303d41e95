"""Rows of an export, drafted for a target and posted to a simulated server, without the pusher's ledger."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from etl.systems.declare import Call, Draft, Drafting, Record, Row, Target

DEFAULTS = {"payment_term_days": 14}
OPTIONS = {"contacts_path": "/contacts", "administration_id": "123"}
Tables = Mapping[str, Sequence[Mapping[str, Any]]]


def rows_of(tables: Tables, *, local: bool = False) -> Iterator[Row]:
    """The main table's rows with what hangs on them; the main table is the first one."""
    main, *children = tables
    beside: dict[str, dict[str, list[Mapping[str, Any]]]] = {table: {} for table in children}
    for table in children:
        for child in tables[table]:
            beside[table].setdefault(child["source_id"], []).append(child)
    for row in tables[main]:
        own = {table: beside[table].get(row["source_id"], []) for table in children}
        yield Row(row, own, row["system"], local)


def drafting(target: Target, row: Row) -> Drafting:
    """The user's own reference where there is one, else one made of the key."""
    reference = (row.values.get("reference") or f"key-{row.values['source_id']}") if target.reference else None
    return Drafting(reference, DEFAULTS)


def _headers(path: str) -> dict[str, str]:
    """A credential that the server takes."""
    basic = base64.b64encode(b"demo:demo").decode()
    return {"Authorization": "Bearer demo" if path.startswith("/api/v2/") else f"Basic {basic}"}


@dataclass(frozen=True)
class Post:
    """Sends bodies to one server."""

    base_url: str
    session: aiohttp.ClientSession

    async def send(self, call: Call, body: Record | None, record_id: str = "") -> tuple[int, str | None, Any]:
        """Status, Location and body of the answer."""
        path = call.path.format(id=record_id, **OPTIONS)
        what: dict[str, Any] = {} if body is None else {"data" if call.form else "json": body}
        url = self.base_url + path
        async with self.session.request(call.method, url, headers=_headers(path), allow_redirects=False, **what) as got:
            answer = await got.json() if got.content_length else None
            return got.status, got.headers.get("Location"), answer

    async def get(self, path: str) -> Any:
        async with self.session.get(self.base_url + path, headers=_headers(path)) as got:
            assert got.status == 200, got.status
            return await got.json()

    async def create(self, target: Target, draft: Draft) -> str:
        status, location, answer = await self.send(target.create, target.wrap(draft.body))
        assert status in (200, 201), (status, answer, draft.body)
        created = target.created(status, location, answer)
        assert created is not None, (status, location, answer)
        return created
