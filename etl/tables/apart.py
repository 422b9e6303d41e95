"""The process of `etl.tables.read_apart`: reads one file, and writes its rows to stdout as an Arrow stream.

    python -P apart.py xlsx|parquet FILE BYTES SECONDS

Its own memory and processor time are bounded first. It imports nothing of ours, so that it starts at once.
"""

from __future__ import annotations

import importlib
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # nosec B405  # in this process memory and time are bounded

UNREADABLE, UNFOLDS = 3, 4
"""The exit codes for a file that is no such table, and for one that unfolds to far more than its size."""
UNFOLDED, UNFOLDED_PER_BYTE = 64 << 20, 100
"""What the parts of a workbook may unfold to: so many bytes, and so many for each of its own."""
MOST_PARTS = 10_000
ROWS = 8192
PIECE = 1 << 20
SHEETS, HIDDEN = b"etl.sheets_not_read", b"etl.hidden_rows"
"""Names in the schema's metadata: sheets that are not read, and the number of hidden rows of the one that is."""
HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*\bhidden="(?:1|true)"[^>]*(?<!/)>')


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
        if not book.sheet_names:
            _write(pa.schema([]), [])
            return 0
        for sheet in (book.load_sheet(name, dtypes="string") for name in book.sheet_names):
            if sheet.visible == "visible":
                break
        else:
            sheet = book.load_sheet(0, dtypes="string")
        read, batches = [sheet.name], [sheet.to_arrow()]
        while (name := f"{read[0][:27]} {len(read) + 1}") in book.sheet_names:  # a long table goes on there
            batch = book.load_sheet(name, dtypes="string").to_arrow()
            if batch.schema != batches[0].schema:
                break
            read.append(name)
            batches.append(batch)
    except fastexcel.FastExcelError:
        return UNREADABLE
    batches = [_as_shown(path, name, batch) for name, batch in zip(read, batches, strict=True)]
    told = {
        SHEETS: [name for name in book.sheet_names if name not in read],
        HIDDEN: sum(_hidden_rows(path, name) for name in read),
    }
    _write(batches[0].schema.with_metadata({name: json.dumps(what) for name, what in told.items()}), batches)
    return 0


def _as_shown(path: str, sheet: str, batch: Any) -> Any:
    """Replace numbers by what their cells show (`etl.tables.shown_cells`), where the sheet's XML is found."""
    sys.path.append(str(Path(__file__).parent))
    shown_cells = importlib.import_module("shown_cells")
    with zipfile.ZipFile(path) as parts:
        try:
            return shown_cells.as_shown(parts, _part_of(parts, sheet), batch)
        except (KeyError, ValueError, ElementTree.ParseError, zipfile.BadZipFile, OSError):
            return batch


def _hidden_rows(path: str, sheet: str) -> int:
    """Count the rows of a sheet with cells that are hidden, by a filter or by hand; 0 where its XML is not found."""
    with zipfile.ZipFile(path) as parts:
        try:
            part = _part_of(parts, sheet)
            with parts.open(part) as xml:
                return sum(len(HIDDEN_ROW.findall(piece)) for piece in _pieces(xml) if b"hidden=" in piece)
        except (KeyError, ValueError, ElementTree.ParseError, zipfile.BadZipFile, OSError):
            return 0


def _part_of(parts: zipfile.ZipFile, sheet: str) -> str:
    """The name of the part with a sheet's XML. Raises KeyError and ParseError.

    XML that unfolds without end meets the bounds of this process, and expat's own.
    """
    sheets = ElementTree.fromstring(parts.read("xl/workbook.xml")).iter()  # noqa: S314  # nosec B314
    (found,) = [one for one in sheets if one.tag.endswith("}sheet") and one.get("name") == sheet]
    identity = next(value for name, value in found.items() if name.endswith("}id"))
    links = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))  # noqa: S314  # nosec B314
    target = {one.get("Id"): one.get("Target", "") for one in links}[identity]
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _pieces(xml: Any) -> Iterator[bytes]:
    """The XML piece by piece, none of which ends inside a row's tag."""
    rest = b""
    while read := xml.read(PIECE):
        whole, mark, rest = (rest + read).rpartition(b"<")
        yield whole
        rest = mark + rest
    yield rest


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
