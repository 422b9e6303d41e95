"""A simulator on a real socket, a caller for it, and the hand-written schemas."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from etl.simulator import Simulator

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas" / "api"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Caller:
    """One request at a time, with a credential unless told otherwise, and no redirects followed."""

    simulator: Simulator
    session: aiohttp.ClientSession

    async def __call__(self, method: str, path: str, *, secret: str | None = "demo", **more: Any) -> Reply:
        headers = dict(more.pop("headers", {}))
        if secret is not None and "Authorization" not in headers:
            basic = f"Basic {base64.b64encode(f'demo:{secret}'.encode()).decode()}"
            headers["Authorization"] = f"Bearer {secret}" if path.startswith("/api/v2/") else basic
        url = self.simulator.base_url + path
        async with self.session.request(method, url, headers=headers, allow_redirects=False, **more) as response:
            return Reply(response.status, dict(response.headers), await response.read())


Start = Callable[..., AbstractAsyncContextManager[Caller]]
Schema = Callable[[str], Draft202012Validator]


@pytest.fixture
def start() -> Start:
    """`async with start(rows=3) as call:`: a simulator with those settings, and its caller."""

    @asynccontextmanager
    async def started(**settings: Any) -> AsyncIterator[Caller]:
        async with Simulator(**{"rows": 20, "seed": 7, **settings}) as simulator, aiohttp.ClientSession() as session:
            yield Caller(simulator, session)

    return started


@pytest.fixture
async def call(start: Start) -> AsyncIterator[Caller]:
    async with start() as caller:
        yield caller


@pytest.fixture(scope="session")
def schema() -> Iterator[Schema]:
    """`schema("recras.contact")`: a validator for the hand-written schema of that name."""
    documents = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.schema.json")}
    registry = Registry().with_resources((name, Resource.from_contents(raw)) for name, raw in documents.items())

    def validator(name: str) -> Draft202012Validator:
        return Draft202012Validator(documents[f"{name}.schema.json"], registry=registry)

    yield validator
