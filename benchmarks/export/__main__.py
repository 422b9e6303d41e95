"""Whole exports timed side by side with a bare copy and the usual tools, against a load server on loopback.

    make bench-export                             the table of the README: a quarter of an hour, mostly the peers'
    python -m benchmarks.export --short           the exporter and the bare copy only; about a minute
    python -m benchmarks.export --rows 100000 --peers dlt-arrow --growth none --array-mb 0

Ends with 1 where a ceiling of `benchmarks/export/ceilings.py` does not hold, or an export lacks a row. Linux only.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks.export import tables, trial
from benchmarks.export.ceilings import (
    EMPTY_S,
    FASTER_THAN,
    HELP_S,
    LINEAR,
    LONG,
    PEAK_MB,
    SHORT,
    STEADY_ROWS,
    Ratios,
    Verdicts,
)
from benchmarks.export.load import load
from benchmarks.export.measure import Run, measure, median
from benchmarks.export.rendered import Contacten
from benchmarks.export.rigs import BARE, ETL, OURS, PEERS, Rig, prepare

Stage = Callable[[argparse.Namespace, Verdicts], None]


def compare(rigs: Sequence[Rig], options: argparse.Namespace) -> tuple[dict[Rig, Run], float]:
    """The median of each rig, each round running all of them in turn; and the server's CPU seconds a run."""
    runs: dict[Rig, list[Run]] = {rig: [] for rig in rigs}
    spent = []
    with load(options.rows, latency_ms=options.latency_ms) as server:
        for number in range(options.rounds):
            for rig in rigs:
                server.cpu_s()
                run = trial.customers(rig, server, options.rows)
                spent.append(server.cpu_s())
                runs[rig].append(run)
                progress(f"round {number + 1}, {rig.name}", run)
    return {rig: median(each) for rig, each in runs.items()}, statistics.median(spent)


def judge(found: dict[Rig, Run], ratios: Ratios, verdicts: Verdicts) -> None:
    ours, bare = found[OURS], found[BARE]
    verdicts.at_most("wall time beside the bare copy", ours.wall_s / bare.wall_s, ratios.wall, " times")
    verdicts.at_most("CPU beside the bare copy", ours.cpu_s / bare.cpu_s, ratios.cpu, " times")
    verdicts.at_most("peak memory", ours.peak_mb, PEAK_MB, " MB")
    for rig, run in found.items():
        if rig.name in FASTER_THAN:
            verdicts.at_least(f"faster than {rig.title}", run.wall_s / ours.wall_s, FASTER_THAN[rig.name], " times")


def side_by_side(options: argparse.Namespace, verdicts: Verdicts) -> None:
    rigs = [BARE, OURS, *(PEERS[name] for name in options.peers)]
    prepare(rigs)
    found, server_s = compare(rigs, options)
    print(
        tables.side_by_side(options.rows, found),
        "",
        tables.circumstances(found, options.rounds, server_s),
        "",
        sep="\n",
    )
    judge(found, SHORT if options.short else LONG, verdicts)


def growth(options: argparse.Namespace, verdicts: Verdicts) -> None:
    """Measure one run of each size."""
    if not options.growth:
        return
    found: dict[int, Run] = {}
    for rows in sorted(options.growth):
        with load(rows, latency_ms=options.latency_ms) as server:
            found[rows] = trial.customers(OURS, server, rows)
        progress(f"{rows:,} rows", found[rows])
    print(tables.growth(found), "", sep="\n")
    verdicts.at_most("peak memory of any size", max(run.peak_mb for run in found.values()), PEAK_MB, " MB")
    steady = [rows for rows in found if rows >= STEADY_ROWS]
    for fewer, more in pairwise(steady):
        slower = found[more].wall_s / more / (found[fewer].wall_s / fewer)
        larger = found[more].peak_mb / found[fewer].peak_mb
        verdicts.at_most(f"time a row, {more:,} beside {fewer:,} rows", slower, LINEAR, " times")
        verdicts.at_most(f"peak memory, {more:,} beside {fewer:,} rows", larger, LINEAR, " times")


def array(options: argparse.Namespace, verdicts: Verdicts) -> None:
    """Measure Recras' contacten, which come as one JSON array."""
    megabytes = options.array_mb
    if not megabytes:
        return
    rows = Contacten(megabytes * 1_000_000).rows
    with load(0, array_mb=megabytes) as server:
        run = trial.contacten(server, rows)
    progress(f"array of {megabytes} MB", run)
    print(f"One JSON array of {megabytes} MB, {rows:,} contacten: {run.wall_s:.1f} s, peak {run.peak_mb:.0f} MB\n")
    verdicts.at_most(f"peak memory of one array of {megabytes} MB", run.peak_mb, PEAK_MB, " MB")


def starts(_: argparse.Namespace, verdicts: Verdicts) -> None:
    """Time the start of commands that do little: medians of five."""
    with tempfile.TemporaryDirectory() as folder, load(0) as server:
        asked = median([measure([str(ETL), "--help"], Path(folder) / "log") for _ in range(5)])
        empty = median([trial.nothing(server) for _ in range(5)])
    print(f"`etl --help` {asked.wall_s:.2f} s; an export of nothing {empty.wall_s:.2f} s\n")
    verdicts.at_most("`etl --help`", asked.wall_s, HELP_S, " s")
    verdicts.at_most("an export of nothing", empty.wall_s, EMPTY_S, " s")


def progress(what: str, run: Run) -> None:
    figures = f"{run.wall_s:.2f} s, {run.cpu_s:.2f} s of CPU, {run.peak_mb:.0f} MB"
    print(f"{what}: {figures}", file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="100,000 rows, no peers, no growth, an array of 100 MB")
    parser.add_argument("--rows", type=int, help="customers in the table (500000)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", nargs="+", choices=[*PEERS, "none"], help="which of them (all)")
    parser.add_argument("--growth", help="numbers of rows to grow over, or none (50000,500000,5000000)")
    parser.add_argument("--array-mb", type=int, help="size of the large array in millions of bytes, 0 for none (1000)")
    parser.add_argument("--latency-ms", type=float, default=0, help="the server waits this long before it answers")
    options = parser.parse_args()
    rows, peers, grown, megabytes = (
        (100_000, [], "none", 100) if options.short else (500_000, [*PEERS], "50000,500000,5000000", 1000)
    )
    options.rows = options.rows or rows
    options.peers = [name for name in options.peers or peers if name != "none"]
    sizes = options.growth or grown
    options.growth = [] if sizes == "none" else [int(size) for size in sizes.split(",")]
    options.array_mb = megabytes if options.array_mb is None else options.array_mb
    return options


def look(stage: Stage, options: argparse.Namespace) -> Verdicts:
    """The verdicts of a stage. In the short form a ceiling that did not hold is tried again: others may be at work."""
    for last in (not options.short, True):
        verdicts = Verdicts()
        stage(options, verdicts)
        if verdicts.held or last:
            break
        print("a second look:", *verdicts.lines, sep="\n", file=sys.stderr)
    return verdicts


def main() -> int:
    options = arguments()
    try:
        found = [look(stage, options) for stage in (starts, side_by_side, growth, array)]
    except (RuntimeError, AssertionError, subprocess.CalledProcessError) as error:
        print(f"FAILED: {error}")
        return 1
    print(*(line for verdicts in found for line in verdicts.lines), sep="\n")
    return 0 if all(verdicts.held for verdicts in found) else 1


if __name__ == "__main__":
    sys.exit(main())
