"""What pushes cost: CPU a row beside a bare aiohttp loop, rows a second, the ledger's part, and memory as rows grow.

    make bench-push                     20,000 rows a kind, and memory up to 100,000 rows; about fifteen minutes
    python -m benchmarks.push --short   2,000 rows a kind; about a minute

The server is the built-in simulator without limits, in a process of its own. Every push is the public command, in a
process of its own. CPU is all of its processes' less what a push of a few rows takes, and the bare loop makes the same
calls, with the same bodies and as many at once.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.push import cpu, ledger, pace
from benchmarks.push.scene import ACCOUNTS, Shop, people, simulator

FEW, MANY = 2_000, 100_000
"""The numbers of rows between which memory should not grow."""
ROUNDS = 3
"""How often the CPU is read."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", choices=("cpu", "pace", "ledger", "memory"), help="one of the tables")
    given = parser.parse_args()
    wanted = [given.only] if given.only else ["cpu", "pace", "ledger", *([] if given.short else ["memory"])]
    held = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "cpu" in wanted:
            held = _tell_cpu(folder, 2_000 if given.short else 20_000)
        if "pace" in wanted:
            pace.tell([pace.paced(folder, target, 500 if given.short else 2_000) for target in ACCOUNTS])
        if "ledger" in wanted:
            ledger.tell([(group, ledger.ledger_us(folder, group, 2_000)) for group in ledger.GROUPS])
        if "memory" in wanted:
            tell_memory(folder, FEW, MANY)
    sys.exit(not held)


def _tell_cpu(folder: Path, rows: int) -> bool:
    """Print the costs; whether every kind of row stays within its ceiling."""
    found = cpu.usual([list(cpu.costs(folder / str(number), rows)) for number in range(ROUNDS)])
    cpu.tell(found)
    verdicts = cpu.verdicts(found)
    print("", *verdicts.lines, sep="\n", flush=True)
    return verdicts.held


def tell_memory(folder: Path, few: int, many: int) -> None:
    print(f"\npeak memory in MB{few:>12,} rows{many:>12,} rows{'grown by':>12}")
    with simulator() as base_url, simulator() as other:
        small, large = Shop(folder / "small", "customers", base_url), Shop(folder / "large", "customers", other)
        for kind in cpu.KINDS:
            peaks = [
                shop.push(people(rows, edited=kind == "updated"), wanted=kind).peak_mb
                for shop, rows in ((small, few), (large, many))
            ]
            print(f"{kind:<17}{peaks[0]:>17.0f}{peaks[1]:>17.0f}{peaks[1] - peaks[0]:>12.0f}", flush=True)


if __name__ == "__main__":
    main()
