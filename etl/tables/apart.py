"""The process of `etl.tables.read_apart`: reads one file, and writes its rows to stdout as an Arrow stream.

    python -P apart.py xlsx|parquet FILE BYTES SECONDS

Its own memory and processor time are bounded first. It imports nothing of ours, so that it starts at once.
"""

from __future__ import annotations

import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

UNREADABLE, UNFOLDS = 3, 4
"""The exit codes for a file that is no such table, and for one that unfolds to far more than its size."""
UNFOLDED, UNFOLDED_PER_BYTE = 64 << 20, 100
"""What the parts of a workbook may unfold to: so many bytes, and so many for each of its own."""
MOST_PARTS = 10_000
ROWS = 8192


def main(form: str, path: str, most_bytes: str, most_s: str) -> int:
    """Read the file; returns the exit code."""
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_DATA, int(most_bytes))
    _bound(resource.RLIMIT_CPU, int(most_s))
    return (_workbook if form == "xlsx" else _parquet)(path)


def _bound(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


def _workbook(path: str) -> int:
    try:
        with zipfile.ZipFile(path) as parts:
            sizes = [part.file_size for part in parts.infolist()]
    except MemoryError:
        raise
    except Exception:  # zipfile has many errors for what is no archive
        return UNREADABLE
    if len(sizes) > MOST_PARTS or sum(sizes) > UNFOLDED + UNFOLDED_PER_BYTE * Path(path).stat().st_size:
        return UNFOLDS
    import fastexcel
    import pyarrow as pa

    try:
        book = fastexcel.read_excel(path)
        batch = book.load_sheet(0, dtypes="string").to_arrow() if book.sheet_names else pa.RecordBatch.from_pylist([])
    except fastexcel.FastExcelError:
        return UNREADABLE
    _write(batch.schema, [batch])
    return 0


def _parquet(path: str) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        pa.set_cpu_count(1)  # the stacks of threads count as memory
        file = pq.ParquetFile(path)
        _write(file.schema_arrow, file.iter_batches(ROWS, use_threads=False))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return UNREADABLE
    return 0


def _write(schema: Any, batches: Iterable[Any]) -> None:
    import pyarrow as pa

    with pa.ipc.new_stream(sys.stdout.buffer, schema) as stream:
        for batch in batches:
            for part in _slices(batch):
                stream.write_batch(part)


def _slices(batch: Any) -> Iterator[Any]:
    for start in range(0, batch.num_rows, ROWS):
        yield batch.slice(start, ROWS)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
