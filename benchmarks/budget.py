"""Time the budget against a real server that enforces a true sliding window, beside other limiters in the same run.

    make bench-budget                    360 calls a minute, 0 to 300 ms a call; about twenty minutes
    python benchmarks/budget.py --short  the same with all times a tenth and smaller numbers; under a minute

Every contender makes the same calls with the same number of tasks. The best possible: the first window's calls at
once, each further window's as soon as the server frees them. A 429 is repeated after a second, and counted.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import json
import math
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
from aiohttp import web
from aiolimiter import AsyncLimiter

from etl.budget import Budget, WindowLimit, open_store
from etl.clock import SystemClock

PYRATE = "pyrate-limiter==4.5.1"


@dataclass(frozen=True)
class Trial:
    """`calls` in all, shared by the processes; `limit` of them in any `seconds`; each takes up to `latency_s`."""

    calls: int
    limit: int
    seconds: float
    latency_s: float
    tasks: int = 8

    @property
    def best_s(self) -> float:
        """The best possible time: the full windows, then the last call."""
        return (self.calls - 1) // self.limit * self.seconds + self.latency_s / 2


class Server:
    """Counts arrivals in a true sliding window, refuses what is over the limit, and hands out the remaining work."""

    def __init__(self, trial: Trial) -> None:
        self._trial, self._rng = trial, random.Random(7)
        self._window: deque[float] = deque()
        self.admitted: list[float] = []
        self.refused = 0
        self.begun = asyncio.Event()

    async def call(self, request: web.Request) -> web.Response:
        before = self._rng.uniform(0, self._trial.latency_s)
        share = self._rng.random()
        await asyncio.sleep(before * share)
        now = time.monotonic()
        while self._window and self._window[0] <= now - self._trial.seconds:
            self._window.popleft()
        if len(self._window) >= self._trial.limit:
            self.refused += 1
            return web.Response(status=429)
        self._window.append(now)
        self.admitted.append(now)
        self.begun.set()
        await asyncio.sleep(before * (1 - share))
        headers = {
            "X-RateLimit-Minutely-Limit": str(self._trial.limit),
            "X-RateLimit-Minutely-Remaining": str(self._trial.limit - len(self._window)),
        }
        return web.json_response({"left": self._trial.calls - len(self.admitted)}, headers=headers)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_get("/", self.call)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()


Limiter = Callable[[], AbstractAsyncContextManager[object]]


async def work(url: str, trial: Trial, limiter: Limiter) -> None:
    """Run one process: its tasks call until the server says that nothing is left."""
    done = asyncio.Event()

    async def task(session: aiohttp.ClientSession) -> None:
        while not done.is_set():
            async with limiter() as slot:
                if done.is_set():
                    return
                async with session.get(url) as answer:
                    if hasattr(slot, "observe"):
                        slot.observe(answer.status, answer.headers)
                    body = await answer.json() if answer.status == 200 else {"left": 1}
            if answer.status == 429:
                await asyncio.sleep(trial.seconds / 60)
            if body["left"] <= 0:
                done.set()

    async with aiohttp.ClientSession() as session:
        tasks = [asyncio.ensure_future(task(session)) for _ in range(trial.tasks)]
        await done.wait()
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def contender(name: str, trial: Trial, path: str) -> AsyncIterator[Limiter]:
    """The limiter of that name, as its users would write it."""
    if name == "etl":
        term = WindowLimit(f"{trial.seconds:g}", trial.seconds, trial.limit, headers="X-RateLimit-Minutely-")
        async with open_store(Path(path), SystemClock()) as store:
            budget = Budget("bench", (term,), store=store, clock=SystemClock(), timezone="Europe/Amsterdam")
            yield budget.call
            await budget.close()
    elif name == "AsyncLimiter(N, W)":
        limiter = AsyncLimiter(trial.limit, trial.seconds)
        yield lambda: limiter
    elif name == "AsyncLimiter(1, W/N)":
        paced = AsyncLimiter(1, trial.seconds / trial.limit)
        yield lambda: paced
    elif name == "pyrate-limiter":
        from pyrate_limiter import Duration, Limiter, Rate  # type: ignore[import-not-found]

        assert Duration.SECOND == 1000
        pyrate = Limiter(Rate(trial.limit, int(trial.seconds * 1000)))

        @asynccontextmanager
        async def acquire() -> AsyncIterator[object]:
            await pyrate.try_acquire_async("bench")
            yield None

        yield acquire
    else:
        yield nullcontext


async def child(name: str, url: str, trial: Trial, path: str) -> None:
    async with contender(name, trial, path) as limiter:
        await work(url, trial, limiter)


async def run(name: str, trial: Trial, processes: int, *, kill: bool = False) -> dict[str, object]:
    """Measure one line of the table: these processes share the account; with `kill`, one dies by -9 and restarts."""
    server = Server(trial)
    with tempfile.TemporaryDirectory() as folder:
        async with server.listening() as url:

            def start() -> subprocess.Popen[bytes]:
                job = json.dumps([name, url, asdict(trial), str(Path(folder) / "budgets.db")])
                return subprocess.Popen([sys.executable, __file__, "--child", job])

            children = [start() for _ in range(processes)]
            await server.begun.wait()
            if kill:
                await asyncio.sleep(trial.seconds * 1.02)  # while calls of the second window are under way
                children[0].send_signal(signal.SIGKILL)
                children[0].wait()
                children[0] = start()
            await asyncio.gather(*(asyncio.to_thread(each.wait) for each in children))
    began, ended = server.admitted[0], server.admitted[trial.calls - 1]
    return {
        "contender": name,
        "processes": f"{processes}, one killed" if kill else str(processes),
        "refused": server.refused,
        "worst": worst(server.admitted, trial.seconds),
        "burst_s": server.admitted[trial.limit // 4] - began,
        "wall_s": ended - began,
        "over": (ended - began) / trial.best_s - 1,
    }


def worst(stamps: list[float], seconds: float) -> int:
    """The most calls in any window."""
    first, fullest = 0, 0
    for number, at in enumerate(stamps):
        while stamps[first] <= at - seconds:
            first += 1
        fullest = max(fullest, number - first + 1)
    return fullest


async def acquire_us(calls: int = 5000) -> tuple[float, float]:
    """The cost of an acquire in microseconds, at the median and at the 99th percentile, with room left."""
    spent = []
    with tempfile.TemporaryDirectory() as folder:
        async with contender("etl", Trial(calls, 360 * calls, 60, 0), str(Path(folder) / "budgets.db")) as limiter:
            for _ in range(calls):
                slot = limiter()
                began = time.perf_counter()
                await slot.__aenter__()
                spent.append((time.perf_counter() - began) * 1e6)
                await slot.__aexit__(None, None, None)
    return statistics.median(spent), statistics.quantiles(spent, n=100)[98]


def with_pyrate() -> bool:
    """Whether pyrate-limiter is available. It is not a dependency: it is installed into a cache folder."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "contact-etl" / PYRATE
    if not folder.exists() and importlib.util.find_spec("pyrate_limiter") is None:
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(folder)]
        with contextlib.suppress(OSError):
            subprocess.run([*pip, PYRATE], check=False, capture_output=True)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(folder)]))
    sys.path.append(str(folder))
    return importlib.util.find_spec("pyrate_limiter") is not None


async def main(trial: Trial, short: bool) -> int:
    median, late = await acquire_us()
    print(f"acquire: {median:.0f} us at the median, {late:.0f} us at 99 of 100")
    print(
        f"{trial.calls} calls under {trial.limit} in any {trial.seconds:g} s, each up to "
        f"{trial.latency_s * 1000:.0f} ms, {trial.tasks} tasks a process: {trial.best_s:.2f} s at best"
    )
    first = f"first {trial.limit // 4}, s"
    print(
        f"{'contender':22}{'processes':>15}{'429':>6}{'fullest window':>16}"
        f"{first:>13}{'all, s':>9}"
        f"{'over the best':>15}"
    )
    ours = [("etl", 1, False), ("etl", 2, False), ("etl", 4, False), ("etl", 2, True), ("etl", 4, True)]
    if short:
        ours = [("etl", 1, False), ("etl", 2, False), ("etl", 4, True)]
    others = ["AsyncLimiter(N, W)", "AsyncLimiter(1, W/N)", *(["pyrate-limiter"] if with_pyrate() else [])]
    failed = False
    for name, processes, kill in [*ours, *((other, 1, False) for other in others)]:
        line = await run(name, trial, processes, kill=kill)
        title = name.replace("W/N", f"1/{trial.limit / trial.seconds:g}").replace(
            "N, W", f"{trial.limit}, {trial.seconds:g}"
        )
        print(
            f"{title:22}{line['processes']:>15}{line['refused']:>6}{line['worst']:>16}"
            f"{line['burst_s']:>13.2f}{line['wall_s']:>9.2f}{line['over']:>+14.1%}",
            flush=True,
        )
        failed |= name == "etl" and (bool(line["refused"]) or float(str(line["over"])) > 0.03)
    if "pyrate-limiter" not in others:
        print("pyrate-limiter could not be installed: left out")
    print("no 429, and within 3 % of the best" if not failed else "FAILED: a 429, or more than 3 % over the best")
    return int(failed or not math.isfinite(median) or median > 200)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        name, url, trial, path = json.loads(arguments.child)
        asyncio.run(child(name, url, Trial(**trial), path))
    else:
        chosen = Trial(91, 30, 2.5, 0.012) if arguments.short else Trial(721, 360, 60, 0.3)
        sys.exit(asyncio.run(main(chosen, arguments.short)))
