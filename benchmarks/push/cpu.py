"""Measure the CPU cost of a pushed row, beside a bare aiohttp loop that makes the same calls in the same run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.export.ceilings import Verdicts
from benchmarks.push.scene import FEW, Shop, people, simulator

KINDS = ("created", "unchanged", "updated")
"""The kinds of rows in sequence: new ones, the same again, and edited."""
MOST = {"created": 6.0, "unchanged": 1.0, "updated": 6.0}
"""Times the bare loop's CPU, on machines that do other things as well. A row that is unchanged makes no call: it stands
beside the bare call of a new one."""


@dataclass(frozen=True)
class Cost:
    """One kind of row: milliseconds of CPU a row, the push's and the bare loop's, and the push's peak memory."""

    kind: str
    rows: int
    push_ms: float
    bare_ms: float
    rows_a_second: float
    peak_mb: float

    @property
    def ratio(self) -> float:
        return self.push_ms / self.bare_ms


def costs(folder: Path, rows: int, target: str = "customers") -> Iterator[Cost]:
    """Create, push again, and update so many rows."""
    folder.mkdir(parents=True, exist_ok=True)
    with simulator() as base_url, simulator() as other:
        small, shop = Shop(folder / "few", target, other), Shop(folder / "many", target, base_url)
        seen, bare_ms = 0, 0.0
        for kind in KINDS:
            few = small.push(people(FEW, edited=kind == "updated"), wanted=kind)
            run = shop.push(people(rows, edited=kind == "updated"), wanted=kind)
            written = writes(base_url)[seen:]
            seen += len(written)
            # new rows go to the other server, where nobody has them yet
            if written:
                bare_ms = bare_s(folder, other if kind == "created" else base_url, written) / rows * 1e3
            more = rows - FEW
            push_ms, wall_s = (run.cpu_s - few.cpu_s) / more * 1e3, run.wall_s - few.wall_s
            yield Cost(kind, rows, push_ms, bare_ms, more / wall_s, run.peak_mb)


def usual(rounds: Sequence[Sequence[Cost]]) -> list[Cost]:
    """The median reading of each kind: one round alone says as much about the machine as about the push."""
    return [sorted(readings, key=lambda one: one.ratio)[len(readings) // 2] for readings in zip(*rounds, strict=True)]


def writes(base_url: str) -> list[dict[str, Any]]:
    """The writes that took effect at a simulator."""
    with urlopen(f"{base_url}/__simulator/log", timeout=60) as log:
        found: list[dict[str, Any]] = json.load(log)
    return found


def bare_s(folder: Path, base_url: str, written: Sequence[dict[str, Any]]) -> float:
    """CPU seconds of the same calls made bare: each write, after a reading where it changed a record."""
    file = folder / "calls.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        for one in written:
            call = {"method": one["method"], "path": one["path"], "body": one["body"]}
            reading = {"method": "GET", "path": one["path"], "body": None}
            lines.write(json.dumps([call] if one["outcome"] == "created" else [reading, call]) + "\n")
    command = [sys.executable, "-m", "benchmarks.push.bare", base_url, str(file)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def tell(found: Sequence[Cost]) -> None:
    print("\nCPU a row without latency, beside a bare aiohttp loop that makes the same calls (unchanged: a new row's)")
    print(f"{'rows':<12}{'how many':>9}{'push, ms':>10}{'bare, ms':>10}{'ratio':>8}{'rows/s':>9}{'peak MB':>9}")
    for one in found:
        print(
            f"{one.kind:<12}{one.rows:>9,}{one.push_ms:>10.2f}{one.bare_ms:>10.2f}{one.ratio:>8.1f}"
            f"{one.rows_a_second:>9.0f}{one.peak_mb:>9.0f}",
            flush=True,
        )


def verdicts(found: Sequence[Cost]) -> Verdicts:
    """What each kind may cost, held against what it does."""
    held = Verdicts()
    for one in found:
        held.at_most(f"CPU of {one.kind} rows, times the bare loop's", one.ratio, MOST[one.kind])
    return held
