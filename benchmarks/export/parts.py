"""Time each part of an export by itself: one thread, everything warm, the same pages over and over.

    python -m benchmarks.export.parts             CPU microseconds a customer, the best of several times

An export takes more than their sum: they share caches, memory and the interpreter's lock with each other, with the
download, and with the budget and the journal. What a part takes here is the least that it can take there.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import polars as pl

from benchmarks.export.rendered import PAGE, Customers
from etl.decode.envelope import cut
from etl.decode.fast import decode_all, key_of, parse
from etl.state.landing import Landing
from etl.systems import SYSTEMS
from etl.systems.declare import Context
from etl.tables.batch import UTC_TIME
from etl.tables.fingerprints import Fingerprints
from etl.tables.write import Layout, TableFile

STREAM = SYSTEMS["cyclesoftware"].stream("customers")
CONTEXT = Context("bikes", "cyclesoftware", STREAM.name, "Europe/Amsterdam", None)
PROVED_PAGES = 6


def best(work: Callable[[], object], times: int) -> float:
    """CPU seconds of the fastest of several runs."""
    took = []
    for _ in range(times):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


@contextmanager
def table_file(folder: Path, table: str) -> Iterator[TableFile]:
    file = TableFile(folder / f"{table}.parquet", Layout.of(table, STREAM.names.get(table, {})))
    try:
        yield file
    finally:
        file.discard()


def parts(rows: int, times: int, folder: Path) -> dict[str, float]:
    """CPU microseconds a customer of each part, for batches of so many."""
    customers = Customers(rows)
    bodies = [customers.page(offset) for offset in range(0, rows, PAGE)]
    pages = [cut(body, STREAM.envelope).records for body in bodies]
    parsed = [parse(page, STREAM) for page in pages]
    groups = [parsed[start : start + PROVED_PAGES] for start in range(0, len(parsed), PROVED_PAGES)]
    frames = [part.frame for group in groups for part in decode_all(group, STREAM)]
    received = pl.lit(datetime.now(UTC), dtype=UTC_TIME)
    batch = pl.concat(frames, rechunk=True).with_columns(extracted_at=received)
    tables = STREAM.into(batch, CONTEXT)
    landing = Landing(folder / "landing")

    def land() -> None:
        for body in bodies:
            landing.stage("bikes", STREAM.name, body, "identity").discard()

    def write() -> None:
        for table, frame in tables.items():
            with table_file(folder, table) as file:
                file.append(frame)

    def fingerprint() -> None:
        kept = Fingerprints(folder, 1)
        kept.append(batch.select(key_of(STREAM)).to_series(), batch.drop("extracted_at"))
        kept.discard()

    work: dict[str, Callable[[], object]] = {
        "read the JSON": lambda: [parse(page, STREAM) for page in pages],
        "prove that nothing of it was dropped": lambda: [decode_all(group, STREAM) for group in groups],
        "compress the page, and make it durable": land,
        "normalise into contacts and phone numbers": lambda: STREAM.into(batch, CONTEXT),
        "write both as Parquet": write,
        "keep the fingerprints": fingerprint,
    }
    return {name: best(each, times) / rows * 1e6 for name, each in work.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000, help="customers in a batch")
    parser.add_argument("--times", type=int, default=9, help="of which the quickest counts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = parts(options.rows, options.times, Path(folder))
    for name, microseconds in found.items():
        print(f"{microseconds:6.2f}  {name}")
    print(f"{sum(found.values()):6.2f}  in all, without download, budget and journal")


if __name__ == "__main__":
    main()
