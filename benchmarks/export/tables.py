"""The figures as Markdown, ready for the README."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version

from benchmarks.export.environments import PINNED
from benchmarks.export.measure import Run
from benchmarks.export.rigs import BARE, Rig
from benchmarks.export.verify import COMPARED


def side_by_side(rows: int, found: Mapping[Rig, Run]) -> str:
    """A line for each rig, with its ratios to the bare copy."""
    bare = found[BARE]
    lines = [
        f"| {rows:,} customers to Parquet | wall, s | CPU, s | CPU a row, µs | peak, MB | wall, × bare | CPU, × bare |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for rig, run in found.items():
        figures = f"{run.wall_s:.2f} | {run.cpu_s:.2f} | {run.cpu_s / rows * 1e6:.1f} | {run.peak_mb:.0f}"
        lines.append(f"| {rig.title} | {figures} | {run.wall_s / bare.wall_s:.2f} | {run.cpu_s / bare.cpu_s:.2f} |")
    return "\n".join(lines)


def growth(found: Mapping[int, Run]) -> str:
    """A line for each number of rows."""
    lines = ["| customers | wall, s | wall a row, µs | CPU a row, µs | peak, MB |", "|--:|--:|--:|--:|--:|"]
    for rows, run in found.items():
        a_row = f"{run.wall_s / rows * 1e6:.1f} | {run.cpu_s / rows * 1e6:.1f}"
        lines.append(f"| {rows:,} | {run.wall_s:.2f} | {a_row} | {run.peak_mb:.0f} |")
    return "\n".join(lines)


def circumstances(rigs: Iterable[Rig], rounds: int, server_s: float) -> str:
    """How the table was made."""
    packages = [f"{name} {version(name)}" for name in ("polars", "pyarrow", "aiohttp")]
    pins = dict.fromkeys(PINNED[rig.environment][0] for rig in rigs if rig.environment)
    packages += [re.sub(r"(?:\[.*\])?==", " ", pin) for pin in pins]
    return (
        f"Medians of {rounds} rounds in which they took turns, on {os.cpu_count()} cores, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, {', '.join(packages)}. The load server runs on "
        f"the same cores and takes {server_s:.2f} s of CPU a run. CPU is that of the whole process tree; peak is the "
        f"largest process, or all together where there are more. After each run its ids and phone numbers are "
        f"counted, and the fields of its first {COMPARED:,} customers compared with what was served."
    )
