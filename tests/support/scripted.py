"""A real server on a free loopback port that gives the answers of a script and keeps what it was asked.

It lives in a thread of its own, so that it serves a test, a command and a subprocess alike. `RawServer` speaks bytes,
for answers that no HTTP library would send.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Seen:
    """A request as the server got it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What to answer: JSON of `body`, or bytes as they are. One that is `lost` is a closed connection."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait_s: float = 0.0
    lost: bool = False

    @property
    def payload(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Script = Callable[[Seen], Answer] | Sequence[Answer]


class Server:
    """Plays a list of answers, its last one for ever, or asks a function for each.

    `busiest` is how many requests were under way at once, at most. `round_trips` is how many there were one after
    another: the longest chain of requests each of which came after the answer to the one before.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.seen: list[Seen] = []
        self.busy = self.busiest = self.round_trips = 0
        self.asked = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._ready = threading.Event()
        self.port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Server:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def wait_for(self, requests: int, timeout_s: float = 120) -> None:
        """Return when so many requests have come. The time only ends a test that would hang."""
        with self.asked:
            assert self.asked.wait_for(lambda: len(self.seen) >= requests, timeout_s), "the requests did not come"

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._run())
        self._loop.close()

    async def _run(self) -> None:
        self._stop = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()
        late = asyncio.all_tasks() - {asyncio.current_task()}
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _answer(self, request: web.Request) -> web.Response:
        seen = Seen(request.method, request.path, dict(request.query), dict(request.headers), await request.read())
        with self.asked:
            self.seen.append(seen)
            number, behind = len(self.seen), self.round_trips
            self.asked.notify_all()
        script = self.script
        answer = script(seen) if callable(script) else script[min(number, len(script)) - 1]
        if answer.wait_s:
            self.busy += 1
            self.busiest = max(self.busy, self.busiest)
            try:
                await asyncio.sleep(answer.wait_s)
            finally:
                self.busy -= 1
        self.round_trips = max(self.round_trips, behind + 1)
        if answer.lost and request.transport is not None:
            request.transport.close()
        response = web.Response(body=answer.payload, status=answer.status, headers=dict(answer.headers))
        response.headers.setdefault("Content-Type", "application/json")
        return response


@dataclass(frozen=True)
class Raw:
    """Bytes to send as they are: `pause_s` between pieces, and whether the connection is closed behind them."""

    pieces: Sequence[bytes]
    pause_s: float = 0.0
    close: bool = True


def http(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """An HTTP/1.1 answer with a Content-Length, right unless told."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class RawServer:
    """Gives each request the next bytes of a script, its last ones for ever."""

    def __init__(self, *script: Raw) -> None:
        self._script = script
        self.requests: list[bytes] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._stopped = False

    def __enter__(self) -> RawServer:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while not self._stopped:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            waiting = b""
            while not self._stopped:
                while b"\r\n\r\n" not in waiting:
                    got = connection.recv(65536)
                    if not got:
                        return
                    waiting += got
                request, _, waiting = waiting.partition(b"\r\n\r\n")
                with self._lock:
                    self.requests.append(request)
                    answer = self._script[min(len(self.requests), len(self._script)) - 1]
                for piece in answer.pieces:
                    connection.sendall(piece)
                    time.sleep(answer.pause_s)
                    if self._stopped:
                        return
                if answer.close:
                    connection.shutdown(socket.SHUT_RDWR)
                    return


# -- a shop ---------------------------------------------------------------------------------------


def customer(number: int | str, **more: Any) -> dict[str, Any]:
    """A customer as the vendor's document shows one."""
    return {
        "customer_id": number,
        "customer_type_name": "Klant",
        "postcode": "1337 XD",
        "house_number": "12",
        "house_number_postfix": "",
        "name": f"Jansen {number}",
        "street": "Dorpsstraat",
        "city": "Utrecht",
        "country_code_iso_3166": "NL",
        "email": f"klant{number}@example.nl",
        "discount_percentage": 0,
        "datetime_created": "2023-01-03 12:30:44",
        "phone_numbers": [
            {"phone_number_id": "mob", "customer_id": number, "phone_number": "06-12345678", "name": "Jansen"}
        ],
        **more,
    }


def page(customers: Sequence[Mapping[str, Any]], following: Any = None, **more: Any) -> dict[str, Any]:
    """A page of customers in its envelope."""
    envelope = {"error": False, "error_message": None, "customers": list(customers)}
    return {**envelope, "pagination": {"count": len(customers), "next_offset": following}, **more}


def shop(rows: int, size: int = 10, *, wait_s: float = 0.0) -> Callable[[Seen], Answer]:
    """A shop with so many customers, told in pages of so many, none of whom ever changes."""
    return shop_of([customer(n + 1) for n in range(rows)], size, wait_s=wait_s)


def shop_of(customers: Sequence[Mapping[str, Any]], size: int = 10, *, wait_s: float = 0.0) -> Callable[[Seen], Answer]:
    """A shop with these customers."""

    def answer(seen: Seen) -> Answer:
        if is_closing(seen):
            return Answer(page([]), wait_s=wait_s)
        offset = int(seen.query.get("offset", "0"))
        following = offset + size if offset + size < len(customers) else None
        return Answer(page(customers[offset : offset + size], following), wait_s=wait_s)

    return answer


def unchanged(*answers: Answer) -> Callable[[Seen], Answer]:
    """These answers in turn, the last one for ever; and whoever asks what changed since is told: nothing."""
    left = list(answers)

    def answer(seen: Seen) -> Answer:
        return Answer(page([])) if is_closing(seen) else left.pop(0) if len(left) > 1 else left[0]

    return answer


def is_closing(seen: Seen) -> bool:
    """Whether this asks for what changed since a time."""
    return "modified_since" in seen.query


CHANGES = "changes"


def offsets(server: Server) -> list[str]:
    """The offsets that were asked for, in order; CHANGES where what changed since a time was."""
    return [CHANGES if is_closing(seen) else seen.query.get("offset", "0") for seen in server.seen]


@contextlib.contextmanager
def serving(script: Script) -> Iterator[Server]:
    with Server(script) as server:
        yield server
