"""The failing disk: disk.c compiled, and what to set in a process's environment to have it fail."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("disk.c")
KILLS = ("kill", "torn", "power")
ERRORS = ("full", "ENOSPC", "EIO", "EMFILE")
MISSING = "the crash tests need a C compiler (the package gcc with libc6-dev)"


@dataclass(frozen=True, order=True)
class Point:
    """A call to strike at: its kind, its place, and which of those it is."""

    call: str
    place: str
    nth: int

    def __str__(self) -> str:
        return f"{self.call} {self.place} #{self.nth}"


@dataclass(frozen=True)
class Blow:
    """What happens where. `delay_s` instead of a point: SIGKILL so long after the first request."""

    deed: str
    point: Point | None = None
    delay_s: float = 0.0

    def __str__(self) -> str:
        return f"{self.deed} at {self.point}" if self.point else f"SIGKILL {self.delay_s * 1000:.0f} ms after the first"


class Disk:
    """The compiled library. Raises FileNotFoundError where there is no compiler."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise FileNotFoundError(MISSING)
        self._library = folder / "disk.so"
        command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(self._library), str(SOURCE), "-ldl", "-lpthread"]
        subprocess.run(command, check=True)

    def environment(self, root: Path, log: Path, save: Path, blow: Blow | None) -> dict[str, str]:
        """What to add to the environment of a command that works in `root`; without a blow, calls are only noted."""
        settings = {"LD_PRELOAD": str(self._library), "CRASH_ROOT": str(root), "CRASH_LOG": str(log)}
        if blow is not None and blow.point is not None:
            save.mkdir(exist_ok=True)
            settings |= {
                "CRASH_DEED": blow.deed,
                "CRASH_CALL": blow.point.call,
                "CRASH_PLACE": blow.point.place,
                "CRASH_NTH": str(blow.point.nth),
                "CRASH_SAVE": str(save),
            }
        return settings


@dataclass(frozen=True)
class Trace:
    """What a watched process did, in order, and whether it was struck."""

    calls: tuple[Point, ...]
    struck: bool

    @classmethod
    def read(cls, log: Path) -> Trace:
        calls, struck = [], False
        for line in log.read_text("utf-8").splitlines() if log.exists() else ():
            if line.startswith("!"):
                struck = True
                continue
            _, call, place, nth = line.split(" ")
            calls.append(Point(call, place, int(nth)))
        return cls(tuple(calls), struck)

    def counts(self) -> Mapping[tuple[str, str], int]:
        return {(point.call, point.place): point.nth for point in self.calls}
