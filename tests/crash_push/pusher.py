"""The pusher as a process, from the test's side: started, watched, killed."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NURSERY = "tests.crash_push.nursery"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    code: int
    summary: dict[str, Any]
    told: str


class Nursery:
    """Starts runs of the command by asking a process that has it loaded."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count()
        self._pids: dict[int, asyncio.Future[int]] = {}
        self._codes: dict[int, asyncio.Future[int]] = {}

    async def listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            if "pid" in told:
                self._pids[told["id"]].set_result(told["pid"])
            elif "code" in told:
                self._codes[told["id"]].set_result(told["code"])

    async def start(self, folder: Path, *arguments: str, commit: int = 0, before: bool = False) -> Running:
        number = next(self._numbers)
        loop = asyncio.get_running_loop()
        self._pids[number], self._codes[number] = loop.create_future(), loop.create_future()
        out, err = folder / f"run-{number}.out", folder / f"run-{number}.err"
        order = {
            "id": number,
            "folder": str(folder),
            "arguments": [*arguments, "--json"],
            "out": str(out),
            "err": str(err),
            "env": {"XDG_STATE_HOME": str(folder / "xdg")},
            "commit": commit,
            "before": before,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return Running(await self._pids[number], self._codes[number], out, err)


@dataclass
class Running:
    pid: int
    _code: asyncio.Future[int]
    out: Path
    err: Path

    def kill(self, number: int = signal.SIGKILL) -> None:
        if not self._code.done():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    @property
    def is_running(self) -> bool:
        return not self._code.done()

    def catches(self, number: int) -> bool:
        """Whether the process still has a handler of its own for a signal."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text("utf-8").splitlines():
                if line.startswith("SigCgt:"):
                    return bool(int(line.split()[1], 16) >> (number - 1) & 1)
        return False

    async def ended(self) -> Ended:
        code = await self._code
        lines = self.out.read_text("utf-8").splitlines()
        with contextlib.suppress(ValueError, IndexError):
            return Ended(code, json.loads(lines[-1]), self.err.read_text("utf-8"))
        return Ended(code, {}, self.err.read_text("utf-8"))


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", NURSERY, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    await process.stdout.readline()
    made = Nursery(process)
    listening = asyncio.create_task(made.listen())
    try:
        yield made
    finally:
        process.stdin.close()
        await process.wait()
        listening.cancel()
