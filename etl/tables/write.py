"""Write tables to files: Parquet and CSV for machines, XLSX for people. Batch by batch, and atomically.

    DIR/<table>/<account>.<stream>.<format>

A writer writes a temporary file beside its target; `finish` makes it durable and renames it, `discard` drops it.
"""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from etl import __version__, records
from etl.errors import EtlError, UsageError
from etl.state.files import discard, failed, make_folder, open_private, promote, sweep, temporary_beside
from etl.tables.dialect import PLAIN, Dialect
from etl.tables.flat import flat_text, refuse_bytes
from etl.tables.xlsx import XlsxSink

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("parquet", "csv", "xlsx")
LEVEL = 1
UNIQUE = frozenset(
    {"source_id", "email", "address_line", "reference", "phone", "mobile", "raw", "e164", "key", "hash"}
    | {"coc_number", "created_at", "modified_at"}
)
"""Columns whose values are distinct in nearly every row."""


class Sink(Protocol):
    """Writes one format. Frames have exactly the table's columns. `cut` counts the texts that it has no place for, by
    column."""

    cut: Mapping[str, int]

    def append(self, frame: pl.DataFrame) -> None: ...

    def close(self) -> None: ...

    def drop(self) -> None:
        """Close what is open, finished or not."""


@dataclass(frozen=True)
class Layout:
    """The layout of a file: its title, and its columns with their descriptions. In a workbook a column without any
    value is hidden, but for those in `shown`. Of CSV it has a dialect."""

    title: str
    schema: pa.Schema
    unique: frozenset[str] = UNIQUE
    shown: frozenset[str] = frozenset()
    dialect: Dialect = PLAIN

    @property
    def repeats(self) -> list[str]:
        """The columns whose values may repeat, for which a dictionary pays off."""
        return [name for name in self.schema.names if name not in self.unique]

    @classmethod
    def of(cls, table: str, names: Mapping[str, str], dialect: Dialect = PLAIN) -> Layout:
        """The layout of a published table; `names` are the columns' names in the API they came from."""
        schema = records.arrow_schema(table, names=names, about={"writer": f"contact-etl {__version__}"})
        return cls(table, schema, dialect=dialect)

    @classmethod
    def like(cls, title: str, frame: pl.DataFrame, **more: Any) -> Layout:
        """The layout for a frame of any columns."""
        return cls(title, frame.head(0).to_arrow(compat_level=pl.CompatLevel.oldest()).schema, **more)


class TableFile:
    """A file that is being written; its suffix is its format. Raises CannotCreate or InputOutputError."""

    def __init__(self, target: Path, layout: Layout) -> None:
        self.target = target
        self.table = layout.title
        self.rows = 0
        make_folder(target.parent)
        sweep(target)
        self._temporary = temporary_beside(target)
        try:
            self._sink = SINKS[target.suffix[1:].lower()](self._temporary, layout)
        except OSError as error:
            raise failed("write", target, error) from None

    def append(self, frame: pl.DataFrame) -> None:
        try:
            self._sink.append(frame)
        except OSError as error:
            raise failed("write", self.target, error) from None
        self.rows += frame.height

    def finish(self) -> None:
        """Complete the file: durable under its name on return."""
        try:
            self._sink.close()
        except EtlError:
            raise
        except Exception as error:  # xlsxwriter wraps an OSError in its own error
            cause = error if isinstance(error, OSError) else error.__cause__ or error.__context__
            if isinstance(cause, OSError):
                raise failed("write", self.target, cause) from None
            raise
        promote(self._temporary, self.target)

    @property
    def notes(self) -> list[str]:
        """What the file does not hold as it came, in sentences."""
        return [
            f"{self.target}: {rows:,} cells of the column {name} are cut at {XlsxSink.LONGEST_TEXT:,} characters, "
            "the most that a cell can have. CSV and Parquet have them whole."
            for name, rows in self._sink.cut.items()
        ]

    def discard(self) -> None:
        self._sink.drop()
        discard(self._temporary)


def check_target(source: Path, target: Path, *beside: Path) -> None:
    """Raise UsageError for a file of no known format, and if it or one beside it is the file that is read."""
    if target.suffix.lower()[1:] not in FORMATS:
        raise UsageError(f"--out {target}: the suffix is not known.", remedy=f"Use one of .{', .'.join(FORMATS)}.")
    for made in (target, *beside):
        if made.absolute() == source.absolute() or (made.exists() and source.exists() and made.samefile(source)):
            told = "is" if made == target else f"goes with {made}, which is"
            raise UsageError(
                f"--out {target} {told} the file that is read.", remedy="Give it another name: yours is kept."
            )


def write_frame(frame: pl.DataFrame, target: Path, title: str, **more: Any) -> list[str]:
    """Write a frame of any columns as one file, atomically; returns its notes. `more` is of its Layout.

    Raises UsageError for bytes that its format cannot hold, and what TableFile raises.
    """
    if target.suffix.lower() != ".parquet":
        refuse_bytes(frame, f"{target}: the column", "Write .parquet, or leave the column out.")
    file = TableFile(target, Layout.like(title, frame, **more))
    try:
        file.append(frame)
        file.finish()
        return file.notes
    finally:
        file.discard()


class ParquetSink:
    """Parquet with zstd, statistics, and the descriptions of table and columns in the metadata.

    Texts are written without a copy from polars' string views. Such a file would declare its columns as views, so the
    intended schema is put into its metadata.
    """

    cut: Mapping[str, int] = {}

    def __init__(self, path: Path, layout: Layout) -> None:
        import pyarrow.parquet as pq

        self._schema = _with_views(layout.schema)
        self._file = os.fdopen(open_private(path), "wb")
        self._writer = pq.ParquetWriter(
            self._file,
            self._schema,
            compression="zstd",
            compression_level=LEVEL,
            use_dictionary=layout.repeats,
            store_schema=False,
            write_page_checksum=True,
        )
        schema = base64.b64encode(layout.schema.serialize().to_pybytes()).decode()
        self._writer.add_key_value_metadata({**(layout.schema.metadata or {}), "ARROW:schema": schema})
        self._closed = False

    def append(self, frame: pl.DataFrame) -> None:
        self._writer.write_table(self._arrow(frame))

    def _arrow(self, frame: pl.DataFrame) -> pa.Table:
        """The frame as Arrow, with one shared array for all empty columns of a type."""
        import pyarrow as pa

        nulls = dict(zip(frame.columns, frame.null_count().row(0), strict=True))
        blank = [name for name, count in nulls.items() if count == frame.height]
        there = frame.drop(blank).to_arrow(compat_level=pl.CompatLevel.newest())
        nothing = {kind: pa.nulls(frame.height, kind) for kind in {self._schema.field(name).type for name in blank}}
        columns = [
            nothing[field.type] if field.name in blank else there.column(field.name).cast(field.type)
            for field in self._schema
        ]
        return pa.table(columns, schema=self._schema)

    def close(self) -> None:
        self._closed = True
        self._writer.close()
        self._file.close()

    def drop(self) -> None:
        with contextlib.suppress(OSError):
            if not self._closed:
                self._closed = True
                self._writer.close()
        self._writer.is_open = False  # else it tries again when it is garbage-collected
        with contextlib.suppress(OSError):
            self._file.close()


def _with_views(schema: pa.Schema) -> pa.Schema:
    import pyarrow as pa

    texts = {pa.string(), pa.large_string()}
    return pa.schema([field.with_type(pa.string_view()) if field.type in texts else field for field in schema])


class CsvSink:
    """CSV by its dialect: lists as JSON text, decimals with their scale, times in ISO 8601 with Z."""

    cut: Mapping[str, int] = {}

    def __init__(self, path: Path, layout: Layout) -> None:
        self._file = os.fdopen(open_private(path), "wb")
        self._dialect = layout.dialect
        self._dialect.begin(self._file, layout.schema.names)

    def append(self, frame: pl.DataFrame) -> None:
        self._dialect.write(self._file, flat_text(frame))

    def close(self) -> None:
        self._file.close()

    def drop(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()


SINKS: dict[str, type[ParquetSink] | type[CsvSink] | type[XlsxSink]] = {
    "parquet": ParquetSink,
    "csv": CsvSink,
    "xlsx": XlsxSink,
}
