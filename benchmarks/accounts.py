"""Many accounts in one command against the simulator: are memory, file handles and threads flat, and are they alone?

    make bench-accounts                     50 and 500 accounts of 40 rows each; about a minute
    python benchmarks/accounts.py --short   5 and 50 accounts

Each account has a user name, and so a budget, of its own. One of them has a wrong password: the others' results must be
whole all the same, and the summary must name it. The process is watched from outside, in /proc, five times a second.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

ETL = str(Path(sys.executable).with_name("etl"))
ROWS = 40
FLAT = 1.5
"""The most that ten times the accounts may cost, as a ratio."""


@dataclass
class Watched:
    """The peaks observed of a process, and its memory in each quarter of its time."""

    samples: list[tuple[float, int, int]] = field(default_factory=list)
    seconds: float = 0.0

    def look(self, pid: int) -> None:
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        handles = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208  # a count, in a folder that changes
        self.samples.append((int(status["VmRSS"].split()[0]) / 1024, handles, int(status["Threads"])))

    def peak(self, what: int) -> float:
        return max(sample[what] for sample in self.samples)

    @property
    def quarters(self) -> list[float]:
        size = max(len(self.samples) // 4, 1)
        return [max(sample[0] for sample in self.samples[at : at + size]) for at in range(0, 4 * size, size)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a tenth of the accounts")
    sizes = (5, 50) if parser.parse_args().short else (50, 500)
    print(f"{'accounts':>8} {'rows':>7} {'calls':>6} {'s':>6} {'MB':>5} {'handles':>8} {'threads':>8}  MB by quarter")
    seen = {}
    for accounts in sizes:
        with tempfile.TemporaryDirectory() as folder, simulator() as base_url:
            watched, summary = export(Path(folder), base_url, accounts)
            judge(Path(folder), summary, accounts)
        seen[accounts] = watched
        quarters = " ".join(f"{size:.0f}" for size in watched.quarters)
        print(
            f"{accounts:8} {summary['written']:7,} {summary['calls']['sent']:6,} {watched.seconds:6.1f} "
            f"{watched.peak(0):5.0f} {watched.peak(1):8.0f} {watched.peak(2):8.0f}  {quarters}"
        )
    few, many = (seen[accounts] for accounts in sizes)
    for name, what in (("memory", 0), ("file handles", 1), ("threads", 2)):
        if not sys.argv[1:] and many.peak(what) > FLAT * few.peak(what):
            raise SystemExit(f"{name} grew with the accounts: {few.peak(what):.0f} to {many.peak(what):.0f}")


@contextmanager
def simulator() -> Iterator[str]:
    process = subprocess.Popen([ETL, "simulate", "--rows", str(ROWS)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["base_url"]
    finally:
        process.terminate()
        process.wait()


def export(folder: Path, base_url: str, accounts: int) -> tuple[Watched, dict[str, Any]]:
    config = folder / "etl.toml"
    config.touch(mode=0o600)
    config.write_text(
        "".join(
            f'[accounts.shop{number}]\nsystem = "cyclesoftware"\nbase_url = "{base_url}"\nusername = "shop{number}"\n'
            f'password = "{"wrong" if number == 1 else "demo"}"\n'
            for number in range(accounts)
        )
        + '[state]\nbudgets = "budgets.db"\n'
    )
    command = [ETL, "export", "--config", str(config), "--out", str(folder / "out"), "--json", "--quiet"]
    watched, began = Watched(), time.monotonic()
    with (folder / "stdout").open("w") as told:
        process = subprocess.Popen(command, stdout=told, stderr=subprocess.DEVNULL)
        while process.poll() is None:
            time.sleep(0.2)
            try:
                watched.look(process.pid)
            except (FileNotFoundError, ProcessLookupError, KeyError):  # it has just ended
                continue
    watched.seconds = time.monotonic() - began
    return watched, json.loads((folder / "stdout").read_text().splitlines()[-1])


def judge(folder: Path, summary: dict[str, Any], accounts: int) -> None:
    """Check that one account failed and is named, and that all others are complete."""
    failed = [name for name, told in summary["accounts"].items() if told["status"] != "complete"]
    assert (failed, summary["exit_code"]) == (["shop1"], 77), (failed, summary["error"])
    files = sorted((folder / "out" / "contacts").glob("*.parquet"))
    assert len(files) == accounts - 1
    assert pl.scan_parquet(files).select(pl.len()).collect().item() == ROWS * (accounts - 1) == summary["written"]


if __name__ == "__main__":
    main()
