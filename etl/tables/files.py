"""The files of one stream's tables in the making, written in a thread of their own beside what goes on meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl.systems.declare import Stream
from etl.tables.background import Beside
from etl.tables.write import Layout, TableFile


class Tables:
    """Every table of a stream in every format asked for. `append` in order, then `finish`; or `discard`."""

    def __init__(self, stream: Stream, name: str, out: Path, forms: Sequence[str]) -> None:
        """Raises CannotCreate or InputOutputError."""
        self._files: list[TableFile] = []
        self._writer = Beside(f"write {name}")
        try:
            for table in stream.tables:
                layout = Layout.of(table, stream.names.get(table, {}))
                for form in forms:
                    self._files.append(TableFile(out / table / f"{name}.{form}", layout))
        except BaseException:
            self.discard()
            raise

    def append(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Write these rows; what came before is written on return, these are on their way. Raises InputOutputError."""

        def write() -> None:
            for file in self._files:
                file.append(tables[file.table])
            pa.default_memory_pool().release_unused()  # else what is free between batches piles up in the allocator

        self._writer.put(write)

    def finish(self) -> tuple[dict[str, int], dict[str, list[str]]]:
        """The rows and the files of each table, complete and durable under their names. Raises InputOutputError."""
        self._writer.wait()
        rows, files = {}, dict[str, list[str]]()
        for file in self._files:
            file.finish()
            rows[file.table] = file.rows
            files.setdefault(file.table, []).append(str(file.target))
        return rows, files

    def discard(self) -> None:
        """Drop what is not finished."""
        self._writer.stop()
        for file in self._files:
            file.discard()
