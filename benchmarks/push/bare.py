"""The calls of a push without the push: python -m benchmarks.push.bare URL CALLS.

CALLS is a file of JSON lines: method, path, body. Each line's calls are made one after another, so many lines at once
as a push has rows in flight, and every answer is parsed. Ends with the CPU seconds of the calls alone.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from pathlib import Path
from typing import Any

import aiohttp
import orjson

AT_ONCE = 48


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def repeat(base_url: str, rows: list[list[dict[str, Any]]]) -> None:
    todo = iter(rows)
    signed = {"Authorization": aiohttp.encode_basic_auth("demo", "demo")}
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(base_url, headers=signed, connector=connector) as session:

        async def work() -> None:
            for calls in todo:
                for call in calls:
                    data = orjson.dumps(call["body"]) if call["body"] is not None else None
                    headers = {"Content-Type": "application/json"} if data else None
                    async with session.request(call["method"], call["path"], data=data, headers=headers) as answer:
                        orjson.loads(await answer.read())
                        answer.raise_for_status()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))


def main() -> None:
    base_url, file = sys.argv[1:]
    rows = [orjson.loads(line) for line in Path(file).read_bytes().splitlines()]
    before = cpu_s()
    asyncio.run(repeat(base_url, rows))
    print(cpu_s() - before)


if __name__ == "__main__":
    main()
