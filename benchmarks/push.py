"""How fast rows are pushed, what the ledger costs a row, and how much memory a push takes.

    make bench-push                     2,000 and 20,000 rows at 50 ms a call; about three minutes
    python -m benchmarks.push --short   500 and 2,000 rows

The server is the built-in simulator without limits, in a process of its own; every push is the whole of one, from the
file to results and rejects, in a fresh process. The ledger is timed alone: the two writes that every row needs, with so
many rows in a transaction.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

LATENCY_S = 0.05
WANTED_ROWS_A_SECOND = 300
WANTED_LEDGER_US = 150
GROUPS = (1, 8, 32, 128)
ACCOUNTS = {
    "customers": ("cyclesoftware", 'username = "demo"\npassword = "demo"'),
    "klanten": ("recras", 'api_key = "demo"'),
    "contacts": ("invoicing", 'username = "demo"\npassword = "demo"'),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--one", nargs=3, metavar=("FOLDER", "TARGET", "FILE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(asyncio.run(push_once(Path(given.one[0]), given.one[1], Path(given.one[2])))))
        return
    sizes = (500, 2000) if given.short else (2000, 20_000)
    with tempfile.TemporaryDirectory() as folder:
        pushes = [measured(Path(folder), target, sizes[0]) for target in ACCOUNTS]
        larger = measured(Path(folder), "customers", sizes[1])
        ledger = [(group, ledger_us(Path(folder), group, sizes[0])) for group in GROUPS]
    tell_pushes([*pushes, larger])
    tell_ledger(ledger)
    grown = larger["peak_mb"] - pushes[0]["peak_mb"]
    print(f"\nmemory: {grown:+.0f} MB at the peak for {sizes[1] - sizes[0]:,} rows more")


def measured(folder: Path, target: str, rows: int) -> dict[str, Any]:
    """One push against a server of its own."""
    command = [sys.executable, "-c", SERVER, str(LATENCY_S)]
    place = folder / f"{target}-{rows}"
    place.mkdir()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        configure(place, target, server.stdout.readline().strip())
        file = place / "people.csv"
        people(rows).write_csv(file)
        one = [sys.executable, "-m", "benchmarks.push", "--one", str(place), target, str(file)]
        try:
            told: dict[str, Any] = json.loads(subprocess.run(one, check=True, capture_output=True, text=True).stdout)
        finally:
            server.terminate()
    assert told["outcomes"] == {"created": rows}, told
    return {"target": target, "rows": rows, **told}


SERVER = """
import asyncio, sys
from etl.simulator import Simulator

async def main():
    free = dict.fromkeys(("per_minute", "per_day"))
    async with Simulator(rows=0, products=0, latency_s=float(sys.argv[1]), **free) as simulator:
        print(simulator.base_url, flush=True)
        await asyncio.sleep(3600)

asyncio.run(main())
"""


def configure(place: Path, target: str, base_url: str) -> None:
    system, credentials = ACCOUNTS[target]
    config = place / "etl.toml"
    config.touch(mode=0o600)
    config.write_text(
        f'[accounts.er]\nsystem = "{system}"\nbase_url = "{base_url}"\n{credentials}\n'
        "budget = { per_minute = 1000000, per_day = 10000000 }\n"
        f'[state]\nbudgets = "{place / "budgets.db"}"\n',
        "utf-8",
    )


def people(count: int) -> pl.DataFrame:
    """A spreadsheet of so many people."""
    return pl.DataFrame(
        {
            "nr": [str(n) for n in range(count)],
            "last_name": [f"Jansen {n}" for n in range(count)],
            "email": [f"j{n}@example.nl" for n in range(count)],
            "phone": ["020-123 45 67"] * count,
            "address_line": [f"Dorpsstraat {n % 400 + 1}" for n in range(count)],
            "postcode": ["1337 XD"] * count,
            "city": ["Utrecht"] * count,
            "country": ["Nederland"] * count,
            "payment_term_days": ["14"] * count,
        }
    )


async def push_once(folder: Path, target: str, file: Path) -> dict[str, Any]:
    from etl import settings
    from etl.push.order import Order, destination_of
    from etl.push.rows import read_input
    from etl.push.run import Setting, held, push

    loaded = settings.load(folder / "etl.toml")
    destination = destination_of(loaded, f"er.{target}")
    began = time.monotonic()
    order = Order([file], folder / "out", key="nr")
    with held(loaded, destination):
        report = await push(Setting(loaded, destination, order.out), order, read_input(order, destination))
    seconds = time.monotonic() - began
    return {"outcomes": report.outcomes, "seconds": seconds, "peak_mb": peak_mb()}


def peak_mb() -> float:
    """The most memory that this process held; getrusage would tell the parent's."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def ledger_us(folder: Path, group: int, rows: int) -> float:
    """Microseconds a row: the intent and the outcome, each in transactions of so many rows."""
    from etl.state.entries import Line, Source, State, Step
    from etl.state.ledger_file import open_ledger

    now = datetime.now(UTC)
    body = json.dumps({"name": "Jansen", "email": "jansen@example.nl", "street": "Dorpsstraat", "city": "Utrecht"})
    with open_ledger(folder / f"ledger-{group}", "shop.example.nl/customers", now=now) as ledger:
        ledger.begin("run", now)
        began = time.perf_counter()
        for start in range(0, rows, group):
            sources = [(n, Source("", "", str(n))) for n in range(start, min(start + group, rows))]
            ledger.write(
                [
                    write
                    for n, source in sources
                    for write in (
                        Step(source, State.SENDING, "create", None, "hash", body, None, "run", n, now),
                        Line("run", n, source, "unknown", message="sent"),
                    )
                ]
            )
            ledger.write(
                [
                    write
                    for n, source in sources
                    for write in (
                        Step(source, State.DONE, remote_id=str(n)),
                        Line("run", n, source, "created", str(n), 200),
                    )
                ]
            )
        return (time.perf_counter() - began) / rows * 1e6


def tell_pushes(pushes: Sequence[dict[str, Any]]) -> None:
    print(f"\npush at {LATENCY_S * 1000:.0f} ms a call (wanted: {WANTED_ROWS_A_SECOND} rows/s)")
    print(f"{'target':<12}{'rows':>8}{'seconds':>10}{'rows/s':>9}{'peak MB':>9}")
    for one in pushes:
        speed = one["rows"] / one["seconds"]
        print(f"{one['target']:<12}{one['rows']:>8,}{one['seconds']:>10.1f}{speed:>9.0f}{one['peak_mb']:>9.0f}")


def tell_ledger(ledger: Sequence[tuple[int, float]]) -> None:
    print(f"\nledger, intent and outcome (wanted: at most {WANTED_LEDGER_US} us a row, with the rows in flight)")
    print(f"{'rows a transaction':<20}{'us a row':>10}")
    for group, micros in ledger:
        print(f"{group:<20}{micros:>10.0f}")


if __name__ == "__main__":
    main()
