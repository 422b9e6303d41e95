"""Write the files of one stream's tables, in a background thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl.systems.declare import Stream
from etl.tables.background import Beside
from etl.tables.dialect import PLAIN, Dialect
from etl.tables.write import Layout, TableFile


class Tables:
    """Every table of a stream in every requested format. `append` in order, then `finish`; or `discard`."""

    def __init__(self, stream: Stream, name: str, out: Path, forms: Sequence[str], dialect: Dialect = PLAIN) -> None:
        """Raises CannotCreate or InputOutputError."""
        self._files: list[TableFile] = []
        self._writer = Beside(f"write {name}")
        try:
            for table in stream.tables:
                layout = Layout.of(table, stream.names.get(table, {}), dialect)
                for form in forms:
                    self._files.append(TableFile(out / table / f"{name}.{form}", layout))
        except BaseException:
            self.discard()
            raise

    def append(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Start writing these rows; the previous ones are written on return. Raises InputOutputError."""

        def write() -> None:
            for file in self._files:
                file.append(tables[file.table])
            pa.default_memory_pool().release_unused()  # else free memory piles up in the allocator between batches

        self._writer.put(write)

    def rows(self) -> dict[str, int]:
        """How many rows each table has, when all are written. Raises InputOutputError."""
        self._writer.wait()
        return {file.table: file.rows for file in self._files}

    def finish(self) -> dict[str, list[str]]:
        """Complete the files, durable under their names; those of each table. Raises InputOutputError."""
        self._writer.wait()
        files = dict[str, list[str]]()
        for file in self._files:
            file.finish()
            files.setdefault(file.table, []).append(str(file.target))
        return files

    @property
    def notes(self) -> list[str]:
        """What the files do not hold as it came, in sentences."""
        return [note for file in self._files for note in file.notes]

    def discard(self) -> None:
        """Drop what is not finished."""
        self._writer.stop()
        for file in self._files:
            file.discard()
