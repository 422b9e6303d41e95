"""How many rows a second are pushed at a server that takes its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.push.scene import FEW, Shop, people, simulator

LATENCY_S = 0.05
WANTED_ROWS_A_SECOND = 300


@dataclass(frozen=True)
class Pace:
    """One push of so many new rows: seconds without the command's start and end, and its peak memory."""

    target: str
    rows: int
    wall_s: float
    peak_mb: float


def paced(folder: Path, target: str, rows: int) -> Pace:
    """Push so many rows, each one new."""
    with simulator(LATENCY_S) as base_url, simulator(LATENCY_S) as other:
        few = Shop(folder / f"{target}-few", target, other).push(people(FEW))
        run = Shop(folder / f"{target}-{rows}", target, base_url).push(people(rows))
    return Pace(target, rows - FEW, run.wall_s - few.wall_s, run.peak_mb)


def tell(paces: Sequence[Pace]) -> None:
    print(f"\npush at {LATENCY_S * 1000:.0f} ms a call (wanted: {WANTED_ROWS_A_SECOND} rows/s)")
    print(f"{'target':<12}{'rows':>8}{'seconds':>10}{'rows/s':>9}{'peak MB':>9}")
    for one in paces:
        speed = one.rows / one.wall_s
        print(f"{one.target:<12}{one.rows:>8,}{one.wall_s:>10.1f}{speed:>9.0f}{one.peak_mb:>9.0f}", flush=True)
