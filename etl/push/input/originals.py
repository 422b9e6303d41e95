"""What a rejects file is recognised by, and the rows as they were when they were set aside.

etl_row     RUN:LINE:CHECKSUMS      in the rejects; a checksum is six hexadecimal digits of a cell that is not empty
<state>/rejects/RUN.parquet         the rows as they came, with `etl_line`, and in `etl_about` where they came from
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import polars as pl

from etl.push.input.child_tables import beside
from etl.tables.flat import flat_text
from etl.tables.headers import plain
from etl.tables.write import write_frame

ROW = "etl_row"
LINE = "etl_line"
ABOUT = "etl_about"
FOLDER = "rejects"
PARTS = r"^\s*(?P<run>[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}):(?P<line>[0-9]{1,9}):(?P<sums>[0-9a-f]*)\s*$"


@dataclass(frozen=True)
class Origin:
    """The files that rows came from: inputs, child tables that were named with them, and files that lay beside them,
    with the child table that each holds; of these None where nobody noted it."""

    inputs: Sequence[Path]
    children: Mapping[str, Path]
    beside: Mapping[Path, str] | None

    @classmethod
    def of(cls, inputs: Sequence[Path], children: Mapping[str, Path], table: str) -> Origin:
        found = {file.absolute(): name for path in inputs for name, file in beside(path, table).items()}
        return cls(
            [path.absolute() for path in inputs], {name: path.absolute() for name, path in children.items()}, found
        )


@dataclass(frozen=True)
class Originals:
    """The rows that a run set aside, as text, and the files that it read."""

    rows: pl.DataFrame
    origin: Origin


class Damaged(Exception):
    """The originals of a run are there, and cannot be read."""


def originals_file(state: Path, run_id: str) -> Path:
    return state / FOLDER / f"{run_id}.parquet"


def keep_originals(state: Path, run_id: str, rows: pl.DataFrame, lines: pl.Series, origin: Origin) -> None:
    """Keep the rows as they came. Raises CannotCreate or InputOutputError."""
    about = {
        "inputs": [str(path) for path in origin.inputs],
        "children": {name: str(path) for name, path in origin.children.items()},
        "beside": {str(path): name for path, name in (origin.beside or {}).items()},
    }
    kept = rows.with_columns(lines.cast(pl.Int64).alias(LINE), pl.lit(json.dumps(about)).alias(ABOUT))
    write_frame(kept, originals_file(state, run_id), FOLDER)


def read_originals(state: Path, run_id: str) -> Originals | None:
    """Read what a run set aside; None where that is not kept any more. Raises Damaged."""
    try:
        rows = pl.read_parquet(originals_file(state, run_id))
        about = json.loads(rows[ABOUT][0])
        named = {name: Path(path) for name, path in about["children"].items()}
        noted = about.get("beside")
        files = None if noted is None else {Path(path): name for path, name in noted.items()}
        return Originals(rows.drop(ABOUT), Origin([Path(path) for path in about["inputs"]], named, files))
    except FileNotFoundError:
        return None
    except (OSError, pl.exceptions.PolarsError, IndexError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged from error


def row_marks(rows: pl.DataFrame, run_id: str, lines: Sequence[int]) -> list[str]:
    """Make `etl_row` of every row, of its cells as text."""
    sums = [""] * rows.height
    for name, values in rows.cast(pl.String).to_dict(as_series=False).items():
        start = crc32(name.encode())
        sums = [f"{so_far}{_sum(start, value)}" for so_far, value in zip(sums, values, strict=True)]
    return [f"{run_id}:{line}:{one}" for line, one in zip(lines, sums, strict=True)]


def _sum(start: int, value: str | None) -> str:
    text = (value or "").strip()
    return f"{crc32(text.encode('utf-8', 'replace'), start) & 0xFFFFFF:06x}" if text else ""


def mark_column(table: pl.DataFrame) -> str | None:
    """Return the name of the column with the marks, if the table has it."""
    return next((name for name in table.columns if plain(name) == ROW), None)


def is_summed(values: pl.Series, sums: pl.Series) -> pl.Series:
    """Tell which cells are as they were written, by the checksums of their rows."""
    start = crc32(values.name.encode())
    found = [
        one is None or (mark is not None and _sum(start, one) in {mark[n : n + 6] for n in range(0, len(mark), 6)})
        for one, mark in zip(values, sums, strict=True)
    ]
    return pl.Series(values.name, found, dtype=pl.Boolean)


def as_written(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows as text, as they stand in a CSV."""
    return flat_text(rows).cast(pl.String)
