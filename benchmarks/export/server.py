"""A load server on loopback: customers of CycleSoftware by page and contacten of Recras as one array, without limits.

    python -m benchmarks.export.server --rows 500000 --array-mb 1000

Prints one JSON line with `base_url` when it listens, and ends with SIGTERM. Any credentials will do. `/stats` tells
requests, bytes and CPU seconds since the last `/stats?reset=1`. With `modified_since` no customer is new.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import time

from aiohttp import web

from benchmarks.export.rendered import Contacten, Customers


class LoadServer:
    """Hands out what was rendered, `latency_s` after it is asked, and counts."""

    def __init__(self, customers: Customers, contacten: Contacten, latency_s: float) -> None:
        self._customers, self._contacten, self._latency_s = customers, contacten, latency_s
        self._requests = self._bytes = 0
        self._cpu_s = time.process_time()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/api/v1/customers/list.json", self._list)
        app.router.add_get("/api2/contacten", self._array)
        app.router.add_get("/stats", self._stats)
        return app

    async def _list(self, request: web.Request) -> web.Response:
        await self._arrived()
        offset = request.query.get("offset") or "0"
        if not offset.isdecimal():
            return web.json_response({"error": True, "error_message": "offset must be a number"}, status=400)
        body = self._customers.page(self._customers.rows if "modified_since" in request.query else int(offset))
        self._bytes += len(body)
        return web.Response(body=body, content_type="application/json")

    async def _array(self, request: web.Request) -> web.StreamResponse:
        await self._arrived()
        answer = web.StreamResponse()
        answer.content_type, answer.content_length = "application/json", self._contacten.size
        await answer.prepare(request)
        for piece in self._contacten.pieces():
            await answer.write(piece)
            self._bytes += len(piece)
        await answer.write_eof()
        return answer

    async def _stats(self, request: web.Request) -> web.Response:
        spent = time.process_time() - self._cpu_s
        found = {"requests": self._requests, "bytes": self._bytes, "cpu_s": round(spent, 3)}
        if request.query.get("reset"):
            self._requests = self._bytes = 0
            self._cpu_s = time.process_time()
        return web.json_response(found)

    async def _arrived(self) -> None:
        self._requests += 1
        if self._latency_s:
            await asyncio.sleep(self._latency_s)


async def serve(server: LoadServer, port: int) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    runner = web.AppRunner(server.app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print(json.dumps({"base_url": f"http://127.0.0.1:{runner.addresses[0][1]}"}), flush=True)
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=0, help="customers (default 0)")
    parser.add_argument(
        "--array-mb", type=int, default=0, help="size of the contacten, in millions of bytes (default 0)"
    )
    parser.add_argument("--latency-ms", type=float, default=0, help="wait before each answer (default 0)")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    options = parser.parse_args()
    rendered = Customers(options.rows), Contacten(options.array_mb * 1_000_000)
    asyncio.run(serve(LoadServer(*rendered, options.latency_ms / 1000), options.port))


if __name__ == "__main__":
    main()
