"""Read a workbook or a large Parquet file in a process of its own, which may use so much memory and time, and no more.

Native code that meets a cell in the last corner of a sheet, or a file that unfolds to a thousand times its size, asks
for more memory than there is, and ends its process without a word. Here that is a child's end, and a sentence of ours.
What the process does is in `etl.tables.apart`; it answers with an Arrow stream.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl.errors import UsageError
from etl.tables.apart import HIDDEN, NO_SHEET, SHEETS, UNFOLDS, UNREADABLE, UNSEEN
from etl.tables.form import NAMES

SCRIPT = Path(__file__).with_name("apart.py")
MEMORY, MEMORY_PER_BYTE = 400 << 20, 40
"""The bytes of memory that reading may take: these, and so many for each byte of the file."""
CPU_S, CPU_S_PER_MB = 10, 2
SAVE = "Save it again, from your spreadsheet."
UNTOLD = (
    "whether rows of it are hidden or filtered out cannot be told of such a file; all are read. XLSX and ODS tell it."
)
ROWS = 1_000_000
"""The rows that any file may have."""


def read_apart(path: Path, form: str, sheet: str | None = None) -> tuple[pl.DataFrame, list[str]]:
    """Read the file's first table, or that of a sheet, and say what of it is not read, or not seen in a spreadsheet;
    `form` is xlsx, ods, xls or parquet. Raises UsageError for one that is none, or that takes more than a file of its
    size may."""
    size = path.stat().st_size
    memory = MEMORY + MEMORY_PER_BYTE * size
    limits = [str(memory), str(CPU_S + CPU_S_PER_MB * (size >> 20))]
    process = subprocess.Popen(  # noqa: S603  # this interpreter, and a script of ours
        [sys.executable, "-P", str(SCRIPT), form, str(path.absolute()), *limits, sheet or ""],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # where native code panics it may quote values
        env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"},
    )
    with process:
        try:
            table = _received(process, memory, most_rows(size))
        except BaseException:
            process.kill()
            raise
    if process.returncode == UNREADABLE:
        raise UsageError(f"{path} is not {NAMES[form]} that can be read.", remedy=SAVE)
    if process.returncode == UNFOLDS:
        raise unfolds(path, form)
    about = (table.schema.metadata or {}) if table is not None else {}
    if process.returncode == NO_SHEET:
        there = json.loads(about.get(SHEETS, b"[]"))
        raise UsageError(f"{path} has no sheet {sheet!r}.", remedy=f"There is {', '.join(there)}.")
    if table is None or process.returncode:
        raise UsageError(
            f"{path} cannot be read in the memory and time that a file of its size may take.", remedy=_remedy(form)
        )
    found = pl.from_arrow(table.replace_schema_metadata(None))
    assert isinstance(found, pl.DataFrame)
    return found, _notes(about, sheet)


def _notes(about: Mapping[bytes, bytes], sheet: str | None) -> list[str]:
    """Say what of a workbook is not read, and what of the rows that are read is not seen in a spreadsheet."""
    notes = []
    if sheets := json.loads(about.get(SHEETS, b"[]")):
        which = (
            f"The sheet {sheet} is." if sheet else "The first one that is not hidden is; --sheet NAME chooses another."
        )
        unseen = json.loads(about.get(UNSEEN, b"[]"))
        hidden = f" Hidden: {', '.join(unseen)}." if unseen else ""
        notes.append(f"not read: the sheets {', '.join(sheets)}. {which}{hidden}")
    rows = json.loads(about.get(HIDDEN, b"0"))
    if rows is None:
        notes.append(UNTOLD)
    elif rows:
        notes.append(f"{rows:,} rows that are hidden or filtered out are read as well.")
    return notes


def most_rows(size: int) -> int:
    """How many rows a compressed file of so many bytes may have: of many, each takes a byte at least."""
    return ROWS + size


def _received(process: subprocess.Popen[bytes], most_bytes: int, most_rows: int) -> pa.Table | None:
    """The table that comes; None if it breaks off, or is larger than it may be."""
    assert process.stdout is not None
    batches, size, rows = [], 0, 0
    try:
        with pa.ipc.open_stream(process.stdout) as stream:
            for batch in stream:
                batches.append(batch)
                size, rows = size + batch.nbytes, rows + batch.num_rows
                if size > most_bytes or rows > most_rows:
                    process.kill()
                    return None
            return pa.Table.from_batches(batches, stream.schema)
    except (pa.ArrowException, OSError):
        return None


def unfolds(path: Path, form: str) -> UsageError:
    return UsageError(f"{path} unfolds to far more than its size, and is not read.", remedy=_remedy(form))


def _remedy(form: str) -> str:
    if form != "parquet":
        return "Does a cell stand far from the others (Ctrl+End shows the last one)? Copy the rows to a new workbook."
    return "Write it anew, in pieces."
