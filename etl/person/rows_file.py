"""Read the rows of a file that may hold somebody, and write it again without some: every other row keeps its bytes.

Parquet keeps its schema and metadata and the values of every other row, as its bytes depend on all rows together.
"""

from __future__ import annotations

import codecs
import io
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from etl.errors import InputOutputError
from etl.person.wanted import Wanted
from etl.person.xlsx import XlsxRows
from etl.state.files import discard, failed, open_private, promote, temporary_beside
from etl.tables.dialect import Dialect, bare, dialect_of
from etl.tables.flat import flat_text

Row = dict[str, Any]
ID_COLUMNS = ("source_id", "key")


class RowsFile(Protocol):
    """A file of rows, numbered from 0."""

    def __init__(self, path: Path) -> None: ...

    def rows(self, wanted: Wanted, ids: Collection[str], places: Collection[int]) -> Iterator[tuple[int, Row]]:
        """Yield the rows that may hold the person, those with one of these ids, and those at these places."""

    def rewrite(self, drop: Collection[int], edits: Mapping[int, Row]) -> None:
        """Write it again without some rows, and with other values in some, atomically and durably."""

    def height(self) -> int:
        """How many rows it has, without the header."""


def rows_file(path: Path) -> RowsFile:
    kinds: dict[str, type[RowsFile]] = {"parquet": ParquetRows, "csv": CsvRows, "xlsx": XlsxRows}
    return kinds[path.suffix[1:].lower()](path)


class ParquetRows:
    """A Parquet file, a row group at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self, wanted: Wanted, ids: Collection[str], places: Collection[int]) -> Iterator[tuple[int, Row]]:
        for start, table in self._groups():
            frame = pl.DataFrame(pl.from_arrow(table))
            mask = _may_hold(frame, wanted, ids)
            mask = mask | pl.int_range(start, start + frame.height, eager=True).is_in(sorted(places))
            yield from (
                (start + int(n), row)
                for n, row in zip(mask.arg_true(), frame.filter(mask).iter_rows(named=True), strict=True)
            )

    def rewrite(self, drop: Collection[int], edits: Mapping[int, Row]) -> None:
        with open_parquet(self._path) as source:
            schema = source.schema_arrow
        temporary = temporary_beside(self._path)
        try:
            with (
                os.fdopen(open_private(temporary, self._path), "wb") as file,
                pq.ParquetWriter(file, schema, compression="zstd", compression_level=1) as writer,
            ):
                for start, table in self._groups():
                    writer.write_table(_changed(table, start, drop, edits))
            promote(temporary, self._path)
        except OSError as error:
            raise failed("write", self._path, error) from None
        finally:
            discard(temporary)

    def height(self) -> int:
        with open_parquet(self._path) as source:
            return int(source.metadata.num_rows)

    def _groups(self) -> Iterator[tuple[int, pa.Table]]:
        start = 0
        with open_parquet(self._path) as source:
            for n in range(source.num_row_groups):
                table = source.read_row_group(n)
                yield start, table
                start += table.num_rows


def open_parquet(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError):
        raise InputOutputError(
            f"{path} cannot be read as Parquet.", remedy="Nothing was changed. Remove it or make it anew, then go on."
        ) from None


def _may_hold(frame: pl.DataFrame, wanted: Wanted, ids: Collection[str]) -> pl.Series:
    """Tell which rows may hold the person, or have one of these ids."""
    mask = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
    for column in frame.iter_columns():
        if column.dtype != pl.String:
            continue
        if wanted.needles.source:
            mask = mask | column.str.contains(f"(?i){wanted.needles.source}").fill_null(False)
        if ids and column.name in ID_COLUMNS:
            mask = mask | column.is_in(pl.Series(sorted(ids), dtype=pl.String).implode()).fill_null(False)
    return mask


def _changed(table: pa.Table, start: int, drop: Collection[int], edits: Mapping[int, Row]) -> pa.Table:
    """A row group without some rows, and with other values in some."""
    here = range(start, start + table.num_rows)
    for name in {name for place, row in edits.items() if place in here for name in row}:
        column = table.column(name).to_pylist()
        for place, row in edits.items():
            if place in here and name in row:
                column[place - start] = row[name]
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), pa.array(column, table.schema.field(at).type))
    if not any(place in here for place in drop):
        return table
    return table.filter(pa.array([place not in drop for place in here]))


class CsvRows:
    """A CSV file as this program writes it: UTF-8 in any dialect, a header, a record a line but for quoted line
    breaks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._dialect = dialect_of(path)

    def rows(self, wanted: Wanted, ids: Collection[str], places: Collection[int]) -> Iterator[tuple[int, Row]]:
        pattern, header = wanted.pattern(ids), list[str | None]()
        for place, line in enumerate(self._lines(), -1):
            if place < 0:
                header = self._fields(line)
            elif place in places or pattern.search(line):
                yield place, {name: value and bare(value) for name, value in self._row(header, line).items()}

    def rewrite(self, drop: Collection[int], edits: Mapping[int, Row]) -> None:
        temporary = temporary_beside(self._path)
        header = list[str | None]()
        try:
            with os.fdopen(open_private(temporary, self._path), "wb") as file:
                for place, line in enumerate(self._lines(), -1):
                    header = self._fields(line) if place < 0 else header
                    if place not in drop:
                        row = {**self._row(header, line), **edits[place]} if place in edits else None
                        file.write(line if row is None else self._line(row))
            promote(temporary, self._path)
        except OSError as error:
            raise failed("write", self._path, error) from None
        finally:
            discard(temporary)

    def height(self) -> int:
        return sum(1 for _ in self._lines()) - 1

    def _lines(self) -> Iterator[bytes]:
        """Yield the records, the header first, each with its line break."""
        try:
            with self._path.open("rb") as file:
                record = b""
                for line in file:
                    record += line
                    if record.count(b'"') % 2 == 0:
                        yield record
                        record = b""
                if record:
                    yield record
        except OSError as error:
            raise failed("read", self._path, error) from None

    def _fields(self, line: bytes) -> list[str | None]:
        line = line.removeprefix(codecs.BOM_UTF8)
        try:
            row = pl.read_csv(io.BytesIO(line), has_header=False, infer_schema=False, separator=self._dialect.separator)
        except pl.exceptions.NoDataError:
            return []
        return list(row.row(0))

    def _row(self, header: Sequence[str | None], line: bytes) -> Row:
        return {name or "": value for name, value in zip(header, self._fields(line), strict=False)}

    def _line(self, row: Row) -> bytes:
        """A record of texts as they stand in the file, with other values in some."""
        line = io.BytesIO()
        as_it_stands = Dialect(self._dialect.separator, line_end=self._dialect.line_end)
        as_it_stands.write(line, flat_text(pl.DataFrame({name: [value] for name, value in row.items()})))
        return line.getvalue()
