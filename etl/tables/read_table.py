"""Read users' own tables: CSV in any dialect, workbooks, Parquet. Every cell is read as text, blanks as null.

A CSV's encoding (UTF-8 with or without BOM, UTF-16, cp1252) and separator are detected from its bytes. What would take
memory or time without a bound is refused before it is given to native code, or read apart from this process.
"""

from __future__ import annotations

import gzip
import io
import logging
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import polars as pl

from etl.errors import InputOutputError, UsageError
from etl.regular_file import NotUsable, open_regular, size_text
from etl.tables.apart import UNFOLDED as MOST_TEXT
from etl.tables.apart import UNFOLDED_PER_BYTE
from etl.tables.dialect import as_it_was
from etl.tables.form import NAMES, TEXTS, WORKBOOKS, form_of, suffix_of
from etl.tables.header_row import MOST_ROWS, below_titles, header_place
from etl.tables.headers import again, clean, distinct
from etl.tables.odd_csv import is_odd, odd_table
from etl.tables.read_apart import most_rows, read_apart, unfolds
from etl.tables.text_of_csv import SAMPLE, CsvText, as_csv_text, encoding_of

LOG = logging.getLogger("etl")

LARGEST = 2 << 30
"""The largest file, in bytes."""
LONGEST_ROW = 4 << 20
"""The longest row of a CSV, in bytes: more is a quote that is not closed."""
MOST_COLUMNS = 2000
UNFOLDED = 64 << 20
"""A Parquet file is read in this process if its values take no more bytes of memory, by what it says itself."""
VIEW = 16
"""The bytes that a value takes in memory beside its text."""


class Table(NamedTuple):
    """A user's own table, and what of its file was not read as it stands."""

    frame: pl.DataFrame
    notes: list[str]


def read_table(path: Path) -> pl.DataFrame:
    """Read the file's first table from its first row on, all columns as text. Raises as `read_own_table` does."""
    return _read(path, None, None, own=False).frame


def read_own_table(path: Path, sheet: str | None = None, beyond: str | None = None) -> Table:
    """Read the table of a user's own file, or of a sheet of it, all columns as text, and log what is odd about it.

    Its header may stand below titles; blank rows, and rows that repeat the header, are passed over. Values beyond the
    header's last name go into the column `beyond`. Raises UsageError if it is not a table, InputOutputError.
    """
    return _read(path, sheet, beyond, own=True)


def _read(path: Path, sheet: str | None, beyond: str | None, *, own: bool) -> Table:
    try:
        with open_regular(path, LARGEST) as file:
            form = form_of(file, path)
            if sheet is not None and form not in NAMES.keys() - {"csv", "parquet"}:
                raise UsageError(f"{path} has no sheets.", remedy="Leave --sheet out.")
            if form == "parquet":
                frame, notes = _read_parquet(file, path)
            elif form in ("csv", "gzip"):
                frame, notes = _read_csv(file, form, path, beyond, own=own)
            else:
                frame, notes = read_apart(path, form, sheet)
    except FileNotFoundError:
        raise UsageError(f"There is no {path}.") from None
    except NotUsable as unfit:
        raise UsageError(f"{path} is {unfit.reason}.", remedy="Name a file with a table in it.") from None
    except OSError as error:
        raise InputOutputError(f"{path} cannot be read: {error.strerror or 'it failed'}.") from None
    except pl.exceptions.PanicException:
        raise UsageError(f"{path} cannot be read.", remedy="Save it again, from your spreadsheet.") from None
    check_width(frame.width, path)
    if own and form in WORKBOOKS.values():
        frame = _below_titles(frame, notes)
    frame = frame.rename(dict(zip(frame.columns, distinct([clean(name) for name in frame.columns]), strict=True)))
    frame = frame.with_columns(
        pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).alias(name)
        for name, dtype in frame.schema.items()
        if dtype == pl.String
    )
    frame = as_it_was(frame) if form in WORKBOOKS.values() else frame
    if own and form != "parquet":
        frame = _with_every_name(_without_repeats(frame, notes))
    if form not in (_named(path), "gzip"):
        notes.insert(0, f"it is {NAMES[form]}, whatever its name says, and is read as one.")
    for note in notes:
        LOG.warning("%s: %s", path, note)
    return Table(frame, notes)


def _with_every_name(frame: pl.DataFrame) -> pl.DataFrame:
    """Call columns without a name by their place, and leave out those without a value as well."""
    nameless = {
        name: f"column_{place}"
        for place, name in enumerate(frame.columns, 1)
        if not name or (name.startswith("_duplicated_") and not again(name))
    }
    kept = [name for name in frame.columns if name not in nameless or frame[name].null_count() < frame.height]
    names = distinct([nameless.get(name, name) for name in kept])
    return pl.DataFrame([frame[name].alias(new) for name, new in zip(kept, names, strict=True)])


def _named(path: Path) -> str:
    """The form that a file's name says it has."""
    suffix = suffix_of(path)
    return WORKBOOKS.get(suffix, "csv" if suffix in TEXTS else suffix[1:])


def _below_titles(frame: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Take the header of a sheet from the row that it stands in."""
    names = [None if name.startswith("__UNNAMED__") else name for name in frame.columns]
    place = header_place([names, *frame.head(MOST_ROWS - 1).rows()])
    if place == 0:
        return frame
    notes.append(f"the header is in row {place + 1}; {place} rows above it were passed over.")
    header = [name or "" for name in frame.row(place - 1)]
    return frame[place:].rename(dict(zip(frame.columns, distinct(header), strict=True)))


def _without_repeats(frame: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Leave out blank rows, and rows that are the header once more."""
    if frame.height and all(column.null_count() for column in frame):
        filled = frame.filter(pl.any_horizontal(pl.all().is_not_null()))
        if blank := frame.height - filled.height:
            notes.append(f"{blank:,} blank rows were passed over.")
        frame = filled
    said = {name: again(name) if "_duplicated_" in name else name for name in frame.columns}
    named = [name for name, dtype in frame.schema.items() if said[name] and dtype == pl.String]
    if len(named) > 1 and (frame[named[0]] == named[0]).any():
        repeated = pl.all_horizontal(pl.col(name).str.strip_chars() == said[name] for name in named)
        once = frame.filter(~repeated.fill_null(False))
        if once.height < frame.height:
            notes.append(f"{frame.height - once.height:,} rows repeat the header, and were passed over.")
        frame = once
    return frame


def refuse_empty(frame: pl.DataFrame, path: Path) -> None:
    """Raise UsageError for a table without a row."""
    if not frame.width:
        raise UsageError(f"{path} is empty.", remedy="Are its rows on another sheet? --sheet NAME chooses it.")
    if not frame.height:
        raise UsageError(
            f"{path} has a header and no row: {', '.join(frame.columns[:5])}.",
            remedy="Are its rows on another sheet, or its lines not ended?",
        )


def check_width(columns: int, path: Path) -> None:
    """Raise UsageError for a table that nobody made by hand."""
    if columns > MOST_COLUMNS:
        raise UsageError(
            f"{path} has {columns:,} columns; at most {MOST_COLUMNS:,} are read.",
            remedy="Keep those with contact data.",
        )


def _read_csv(
    file: BinaryIO, form: str, path: Path, beyond: str | None, *, own: bool
) -> tuple[pl.DataFrame, list[str]]:
    if form == "gzip":
        file = _unpacked(file, path)
    closed = _check_rows(file, path)
    file.seek(0)
    given = as_csv_text(file.read())
    if not given.text.strip():
        raise UsageError(f"{path} is empty.")
    notes: list[str] = []
    if own and (below := below_titles(given)) != given:
        if above := below.line - given.line:
            notes.append(f"the header is on line {below.line + 1}; {above} lines above it were passed over.")
        given = below
    check_width(given.text.partition("\n")[0].count(given.separator) + 1, path)
    frame = _quickly(given) if closed else None
    if frame is None or is_odd(frame, given):
        frame, short, unwrapped = odd_table(given, path, beyond)
        if short:
            lines = ", ".join(map(str, short[:5])) + (" and others" if short[5:] else "")
            notes.append(f"{len(short):,} rows have fewer values than the header, on lines {lines}; the rest is empty.")
        if unwrapped:
            notes.append(f"{unwrapped:,} rows stood in one cell, quoted whole, and are read as rows.")
    return as_it_was(frame, separator=given.separator), notes


def _quickly(given: CsvText) -> pl.DataFrame | None:
    try:
        return pl.read_csv(io.BytesIO(given.text.encode()), separator=given.separator, infer_schema=False)
    except pl.exceptions.PolarsError:
        return None


def _unpacked(file: BinaryIO, path: Path) -> BinaryIO:
    """Unpack a compressed text, as far as one of its size may unfold."""
    most = MOST_TEXT + UNFOLDED_PER_BYTE * path.stat().st_size
    try:
        with gzip.open(file) as packed:
            text = packed.read(most + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise UsageError(f"{path} is damaged: it does not unpack.", remedy="Fetch it again.") from None
    if len(text) > most:
        raise unfolds(path, "csv")
    if text.startswith((b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")):
        raise UsageError(f"{path} holds no text.", remedy="Unpack it, and name the file in it.")
    return cast(BinaryIO, io.BytesIO(text))


def _check_rows(file: BinaryIO, path: Path) -> bool:
    """Check that quotes are closed: a quoted text of many lines is no longer than a row may be. Raises UsageError for
    a line that is longer."""
    if _ends_often(file):
        return True
    file.seek(0)
    row, length, quoted, closed = 1, 0, False, True
    for line, begins_quote in _lines(file):
        if line > LONGEST_ROW:
            raise UsageError(
                f"{path}: row {row:,} is longer than {size_text(LONGEST_ROW)}.", remedy="Is a line's end missing?"
            )
        length += line
        closed = closed and length <= LONGEST_ROW
        quoted ^= begins_quote
        if not quoted:
            row, length = row + 1, 0
    return closed


def _ends_often(file: BinaryIO) -> bool:
    """Whether a row ends in each block of half the length that a row may have, as in any ordinary file."""
    head = file.read(SAMPLE)
    file.seek(0)
    if encoding_of(head):
        return False
    quotes, size = 0, LONGEST_ROW // 2
    while block := file.read(size):
        end = block.rfind(b"\n") + 1
        if len(block) == size and (not end or (quotes + block.count(b'"', 0, end)) % 2):
            return False
        quotes += block.count(b'"')
    return True


def _lines(file: BinaryIO) -> Iterator[tuple[int, bool]]:
    """The length of each line, or of as much of it as may be, and whether a quoted text begins or ends in it."""
    head = file.read(SAMPLE)
    file.seek(0)
    encoding = encoding_of(head)
    if encoding or (b"\r" in head and b"\n" not in head):
        newline = "\n" if "\n" in head.decode(encoding or "latin-1", "replace") else "\r"
        text = io.TextIOWrapper(file, encoding or "latin-1", "replace", newline=newline)
        while found := text.readline(LONGEST_ROW + 1):
            yield len(found), found.count('"') % 2 == 1
        text.detach()
    else:
        while line := file.readline(LONGEST_ROW + 1):
            yield len(line), line.count(b'"') % 2 == 1


def _read_parquet(file: BinaryIO, path: Path) -> tuple[pl.DataFrame, list[str]]:
    """Read a file that says it is small here, and any other apart: what it says may not be true of it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        about = pq.read_metadata(file)
    except pa.ArrowException:
        raise UsageError(f"{path} is not a readable Parquet file.") from None
    check_width(about.num_columns, path)
    if about.num_rows > most_rows(path.stat().st_size):
        raise unfolds(path, "parquet")
    values = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
    if values + VIEW * about.num_rows * about.num_columns > UNFOLDED:
        return read_apart(path, "parquet")
    file.seek(0)
    try:
        return pl.read_parquet(file), []
    except pl.exceptions.PolarsError:
        raise UsageError(f"{path} is not a readable Parquet file.") from None
