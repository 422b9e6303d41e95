"""The process of `etl.tables.read_apart`: reads one file, and writes its rows to stdout as an Arrow stream.

    python -P apart.py xlsx|ods|xls|parquet FILE BYTES SECONDS [SHEET]

Its own memory and processor time are bounded first. It imports nothing of ours, so that it starts at once.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # nosec B405  # in this process memory and time are bounded
from xml.parsers import expat  # nosec B407  # in this process memory and time are bounded

UNREADABLE, UNFOLDS, NO_SHEET = 3, 4, 5
"""The exit codes for a file that is no such table, for one that unfolds to far more than its size, and for a workbook
without the sheet that was asked for."""
UNFOLDED, UNFOLDED_PER_BYTE = 64 << 20, 100
"""What the parts of a workbook may unfold to: so many bytes, and so many for each of its own."""
MOST_PARTS = 10_000
ROWS = 8192
SHEETS, UNSEEN, HIDDEN = b"etl.sheets_not_read", b"etl.hidden_sheets", b"etl.hidden_rows"
"""Names in the schema's metadata: sheets that are not read, those of them that are hidden, and the number of hidden
rows of the one that is read; null where that cannot be known."""


def main(form: str, path: str, most_bytes: str, most_s: str, sheet: str = "") -> int:
    """Read the file; returns the exit code."""
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_DATA, int(most_bytes))
    _bound(resource.RLIMIT_CPU, int(most_s))
    return _parquet(path) if form == "parquet" else _workbook(form, path, sheet)


def _bound(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


def _workbook(form: str, path: str, wanted: str) -> int:
    if form != "xls" and (code := _unpacked(path)):
        return code
    import fastexcel
    import pyarrow as pa

    try:
        named = path.lower().endswith((".xlsx", ".xlsm", ".xlsb") if form == "xlsx" else f".{form}")
        book = fastexcel.read_excel(path if named else Path(path).read_bytes())  # a name that lies is believed
        names = book.sheet_names
        if not names:
            _write(pa.schema([]), [])
            return 0
        sheet = _chosen(book, wanted)
        if sheet is None:
            _write(pa.schema([]).with_metadata({SHEETS: json.dumps(names)}), [])
            return NO_SHEET
        read, batches = [sheet.name], [sheet.to_arrow()]
        while (name := f"{read[0][:27]} {len(read) + 1}") in names:  # a long table goes on there
            batch = book.load_sheet(name, dtypes="string").to_arrow()
            if batch.schema.names != batches[0].schema.names:
                break
            read.append(name)
            batches.append(batch)
    except fastexcel.FastExcelError:
        return UNREADABLE
    sys.path.append(str(Path(__file__).parent))
    if form == "xlsx":
        batches = [_as_shown(path, name, batch) for name, batch in zip(read, batches, strict=True)]
    rest = [name for name in names if name not in read]
    told = {SHEETS: rest, UNSEEN: _hidden_sheets(path, book, rest), HIDDEN: _hidden_rows(form, path, read)}
    schema = pa.schema([(name, pa.string()) for name in batches[0].schema.names])  # a sheet may have blanks, or not
    about = schema.with_metadata({name: json.dumps(what) for name, what in told.items()})
    _write(about, [batch.cast(schema) for batch in batches])
    return 0


def _unpacked(path: str) -> int:
    """Check what a workbook unfolds to, by what it says itself; returns the exit code for one that may not be read."""
    try:
        with zipfile.ZipFile(path) as parts:
            sizes = [part.file_size for part in parts.infolist()]
    except MemoryError:
        raise
    except Exception:  # zipfile has many errors for what is no archive
        return UNREADABLE
    if len(sizes) > MOST_PARTS or sum(sizes) > UNFOLDED + UNFOLDED_PER_BYTE * Path(path).stat().st_size:
        return UNFOLDS
    return 0


def _chosen(book: Any, wanted: str) -> Any:
    """The sheet of this name, None if there is none; without a name, the first that is not hidden."""
    names: list[str] = book.sheet_names
    if wanted:
        alike = [name for name in names if name.strip().casefold() == wanted.strip().casefold()]
        found = wanted if wanted in names else alike[0] if len(alike) == 1 else None
        return found and book.load_sheet(found, dtypes="string")
    for name in names:
        sheet = book.load_sheet(name, dtypes="string")
        if sheet.visible == "visible":
            return sheet
    return book.load_sheet(0, dtypes="string")


def _hidden_sheets(path: str, book: Any, names: Sequence[str]) -> list[str]:
    """Name those of these sheets that a spreadsheet does not show."""
    try:
        with zipfile.ZipFile(path) as parts:
            states = {one.get("name", ""): one.get("state", "visible") for one in _sheets(parts)}
    except (KeyError, ValueError, ElementTree.ParseError, zipfile.BadZipFile, OSError):
        states = {name: _state(book, name) for name in names}  # no XML names them: ODS, XLS, XLSB
    return [name for name in names if states.get(name, "visible") != "visible"]


def _state(book: Any, name: str) -> str:
    import fastexcel

    try:
        return str(book.load_sheet(name, n_rows=0).visible)
    except fastexcel.FastExcelError:  # a chart, or a sheet that is damaged
        return "visible"


def _sheets(parts: zipfile.ZipFile) -> list[ElementTree.Element]:
    """The sheets of a workbook. XML that unfolds without end meets the bounds of this process, and expat's own."""
    book = ElementTree.fromstring(parts.read("xl/workbook.xml"))  # noqa: S314  # nosec B314
    return [one for one in book.iter() if one.tag.endswith("}sheet")]


def _as_shown(path: str, sheet: str, batch: Any) -> Any:
    """Replace numbers by what their cells show (`etl.tables.shown_cells`), where the sheet's XML is found."""
    shown_cells = importlib.import_module("shown_cells")
    with zipfile.ZipFile(path) as parts:
        try:
            return shown_cells.as_shown(parts, _part_of(parts, sheet), batch)
        except (KeyError, ValueError, ElementTree.ParseError, zipfile.BadZipFile, OSError):
            return batch


def _hidden_rows(form: str, path: str, sheets: Sequence[str]) -> int | None:
    """Count the rows of sheets that are hidden (`etl.tables.hidden_rows`); None where no XML tells."""
    hidden_rows = importlib.import_module("hidden_rows")
    try:
        with zipfile.ZipFile(path) as parts:
            count = 0
            for name in sheets:
                with parts.open("content.xml" if form == "ods" else _part_of(parts, name)) as xml:
                    count += hidden_rows.in_ods(xml, name) if form == "ods" else hidden_rows.in_xlsx(xml)
            return count
    except (KeyError, ValueError, ElementTree.ParseError, expat.ExpatError, zipfile.BadZipFile, OSError):
        return None


def _part_of(parts: zipfile.ZipFile, sheet: str) -> str:
    """The name of the part with a sheet's XML. Raises KeyError and ParseError."""
    (found,) = [one for one in _sheets(parts) if one.get("name") == sheet]
    identity = next(value for name, value in found.items() if name.endswith("}id"))
    links = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))  # noqa: S314  # nosec B314
    target = {one.get("Id"): one.get("Target", "") for one in links}[identity]
    return target[1:] if target.startswith("/") else f"xl/{target}"


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
