"""Measure a command: wall and CPU seconds of its whole process tree, and its peak memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True)
class Run:
    """One run, or the medians of several. `peak_mb` is in millions of bytes."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def measure(command: Sequence[str], log: Path) -> Run:
    """Runs the command to its end; what it says goes to `log`. Raises `RuntimeError` where it fails."""
    os.sync()  # so that no run pays for writing back what the one before wrote
    launch = [sys.executable, "-I", "-S", str(LAUNCHER), str(log), *command]
    told = subprocess.run(launch, check=True, stdout=subprocess.PIPE, text=True)
    run = json.loads(told.stdout)
    if run["code"]:
        raise RuntimeError(f"{' '.join(command)}\nended with {run['code']}:\n{run['said']}")
    return Run(run["wall_s"], run["cpu_s"], run["peak_bytes"] / 1e6)


def median(runs: Sequence[Run]) -> Run:
    """Each figure's median by itself."""
    return Run(
        statistics.median(run.wall_s for run in runs),
        statistics.median(run.cpu_s for run in runs),
        statistics.median(run.peak_mb for run in runs),
    )
