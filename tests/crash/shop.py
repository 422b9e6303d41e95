"""The simulated APIs behind a log: every project has a credential of its own, by which its requests are known.

Data stand still, in two editions of the same records: `old` for what an earlier export left, with other names and
prices, and `new` for the run under test.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import threading
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

import aiohttp
from aiohttp import web

from etl.simulator import Simulator

LIST = "/api/v1/customers/list.json"
STREAMS = {
    LIST: "bikes.customers",
    "/api2/contacten": "park.contacten",
    "/api2/producten": "park.producten",
    "/api2/klanten": "park.klanten",
    "/contacts": "books.contacts",
}
PAGED_ROWS, OTHER_ROWS = 5_300, 120  # eleven pages: more than may be on their way at once
SEED = 12
OLDER = (
    (b'"name":"', b'"name":"Oud '),
    (b'"naam":"', b'"naam":"Oud '),
    (b'"verkoop":', b'"verkoop":1'),
    (b'"city":"', b'"city":"Oud-'),
)
PASSED_ON = ("Content-Type", "Content-Encoding")


@dataclass(frozen=True)
class Page:
    """A page as it can be asked for: its stream, and its parameters."""

    stream: str
    parameters: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, stream: str, parameters: Mapping[str, str]) -> Page:
        return cls(stream, frozenset((name, str(value)) for name, value in parameters.items()))

    @property
    def kind(self) -> tuple[str, str]:
        """The page without the time it was asked from, which is another in each run."""
        named = sorted((name, "*" if name == "modified_since" else value) for name, value in self.parameters)
        return self.stream, urllib.parse.urlencode(named)

    def __str__(self) -> str:
        return f"{self.stream}?{urllib.parse.urlencode(sorted(self.parameters))}"


@dataclass
class Asked:
    """A request; `whole` once its answer was sent to the end."""

    page: Page
    whole: bool = False


@dataclass
class Visitor:
    """What one project asked for, which edition it is shown, and how long each answer takes."""

    edition: str = "new"
    latency_s: tuple[float, float] = (0.004, 0.012)
    asked: list[Asked] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)
    held: bool = False
    first_at: float = 0.0


class Shop:
    """`with Shop() as shop`: serves until it is left; `visitors` by credential."""

    def __init__(self, paged_rows: int = PAGED_ROWS, other_rows: int = OTHER_ROWS) -> None:
        self._rows = {True: paged_rows, False: other_rows}
        self.visitors: dict[str, Visitor] = {}
        self.base_url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._ready = threading.Event()
        self._bodies: dict[tuple[object, ...], asyncio.Task[tuple[int, dict[str, str], bytes]]] = {}
        self._random = Random(5)

    def __enter__(self) -> Shop:
        self._thread.start()
        assert self._ready.wait(20), "the server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._run())
        self._loop.close()

    async def _run(self) -> None:
        self._stop = asyncio.Event()
        made = {
            paged: Simulator(rows=rows, seed=SEED, per_minute=None, per_day=None) for paged, rows in self._rows.items()
        }
        for simulator in made.values():
            await simulator.start()
        self._behind = {paged: simulator.base_url for paged, simulator in made.items()}
        runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(auto_decompress=False) as self._session:
            self._ready.set()
            await self._stop.wait()
        await runner.cleanup()
        for simulator in made.values():
            await simulator.stop()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        visitor = self.visitors[credential(request.headers["Authorization"])]
        page = Page.of(STREAMS.get(request.path, request.path), request.query)
        asked = Asked(page)
        visitor.asked.append(asked)
        if not visitor.came.is_set():
            visitor.first_at = time.monotonic()
            visitor.came.set()
        await asyncio.sleep(self._random.uniform(*visitor.latency_s))
        while visitor.held:
            await asyncio.sleep(0.02)
        status, headers, body = await self._body(visitor.edition, page, request)
        response = web.StreamResponse(status=status, headers=headers)
        response.content_length = len(body)
        with contextlib.suppress(ConnectionError):  # whoever asked was killed
            await response.prepare(request)
            await response.write(body)
            await response.write_eof()
            asked.whole = True
        return response

    async def _body(self, edition: str, page: Page, request: web.BaseRequest) -> tuple[int, dict[str, str], bytes]:
        """The data stand still: each answer is made once."""
        accepted = request.headers.get("Accept-Encoding", "")
        key = (edition, request.method, page.kind, accepted)
        if key not in self._bodies:
            url = self._behind[request.path == LIST] + request.path_qs
            wanted = {"Authorization": request.headers["Authorization"], "Accept-Encoding": accepted}
            self._bodies[key] = asyncio.ensure_future(self._fetch(edition, request.method, url, wanted))
        return await asyncio.shield(self._bodies[key])

    async def _fetch(
        self, edition: str, method: str, url: str, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        async with self._session.request(method, url, headers=headers) as response:
            kept = {name: response.headers[name] for name in PASSED_ON if name in response.headers}
            body = await response.read()
        packed = kept.get("Content-Encoding") == "gzip"
        if edition == "old":
            body = older(gzip.decompress(body) if packed else body)
            body = gzip.compress(body, 1, mtime=0) if packed else body
        return response.status, kept, body


def older(body: bytes) -> bytes:
    """The same records as they were before."""
    for now, then in OLDER:
        body = body.replace(now, then)
    return body


def credential(authorization: str) -> str:
    """The name in an Authorization header: the user of Basic, the token of Bearer."""
    scheme, _, value = authorization.partition(" ")
    return base64.b64decode(value).decode().partition(":")[0] if scheme.lower() == "basic" else value
