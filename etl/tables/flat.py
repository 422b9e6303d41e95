"""Columns of any type as what a cell of CSV or XLSX can hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from etl.errors import UsageError

NAIVE_FORMAT = "%Y-%m-%dT%H:%M:%S%.f"
EARLIEST = date(1900, 3, 1)
"""The first day that every spreadsheet counts alike: in 1900 some have a 29 February."""
DIGITS = 15
"""The digits that a number in a cell keeps."""


def flat_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Convert lists and objects to JSON text, durations to ISO 8601, and times to UTC; a time without a zone keeps
    having none."""
    return _flat(frame, times_as_text=_is_naive)


def cells(frame: pl.DataFrame) -> pl.DataFrame:
    """As `flat_text`, but times stay times, for XLSX; a column with a year beyond 9999 is text."""
    beyond = {name for name, dtype in frame.schema.items() if dtype.is_temporal() and _is_beyond(frame[name])}
    return _flat(frame.with_columns(pl.col(name).cast(pl.String) for name in beyond), times_as_text=lambda _: False)


def _flat(frame: pl.DataFrame, times_as_text: Callable[[pl.DataType], bool]) -> pl.DataFrame:
    made = list[pl.Expr]()
    for name, dtype in frame.schema.items():
        column = pl.col(name)
        if isinstance(dtype, (pl.List, pl.Array, pl.Struct)):
            made.append(json_text(name))
        elif isinstance(dtype, pl.Duration):
            made.append(column.dt.to_string("iso"))
        elif isinstance(dtype, pl.Binary):
            made.append(column.cast(pl.String))
        elif times_as_text(dtype):
            made.append(column.dt.to_string(NAIVE_FORMAT))
        elif isinstance(dtype, pl.Datetime) and dtype.time_zone not in {None, "UTC"}:
            made.append(column.dt.convert_time_zone("UTC"))
    return frame.with_columns(made)


def json_text(name: str) -> pl.Expr:
    """Convert a list or object to JSON text; null stays null."""
    encoded = pl.struct(pl.col(name).alias("_")).struct.json_encode().str.slice(5).str.head(-1)
    return pl.when(pl.col(name).is_not_null()).then(encoded).alias(name)


def _is_naive(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.Datetime) and dtype.time_zone is None


def _is_beyond(column: pl.Series) -> bool:
    if not isinstance(column.dtype, (pl.Date, pl.Datetime)):
        return False
    return bool((~column.dt.year().is_between(1, 9999)).any())


def cell(value: Any) -> Any:
    """A value as a workbook can hold it: its text, where a number would be rounded, or a time is none of a sheet's."""
    if isinstance(value, datetime):
        naive = value.replace(tzinfo=None)
        if naive.date() < EARLIEST or value.microsecond % 1000:  # a cell has milliseconds
            return naive.isoformat() + ("Z" if value.tzinfo else "")
    elif isinstance(value, (date, time)):
        kept = value >= EARLIEST if isinstance(value, date) else not value.microsecond % 1000
        return value if kept else value.isoformat()
    elif isinstance(value, float):
        kept = math.isfinite(value) and float(f"{value:.{DIGITS}g}") == value
        return value if kept else str(value).replace("nan", "NaN")
    elif isinstance(value, int):
        return value if abs(value) < 10**DIGITS else str(value)
    elif isinstance(value, Decimal):
        return value if len(value.as_tuple().digits) <= DIGITS else str(value)
    return value


def as_texts(frame: pl.DataFrame, names: Iterable[str], path: Path) -> pl.DataFrame:
    """Convert these columns to text, which is what the reading of contacts takes; but times stay times.

    Raises UsageError, with the column's name, for bytes that are no text.
    """
    chosen = frame.select(name for name in names if not _is_readable(name, frame.schema[name]))
    refuse_bytes(chosen, f"{path}: the column", "Leave it out, or give it the text.")
    return frame.with_columns(flat_text(chosen).select(pl.all().cast(pl.String)).get_columns())


def _is_readable(name: str, dtype: pl.DataType) -> bool:
    if name in {"created_at", "modified_at"} and isinstance(dtype, (pl.Date, pl.Datetime)):
        return True
    return dtype == pl.String or (name == "issues" and dtype == pl.List(pl.String))


def refuse_bytes(frame: pl.DataFrame, where: str, remedy: str) -> None:
    """Raise UsageError, with the column's name, for bytes that are no text."""
    for name, dtype in frame.schema.items():
        if _has_bytes(dtype) and (dtype != pl.Binary or not _is_text(frame[name])):
            raise UsageError(f"{where} {name} has bytes that are no text.", remedy=remedy)


def _is_text(column: pl.Series) -> bool:
    try:
        column.cast(pl.String)
    except pl.exceptions.ComputeError:
        return False
    return True


def _has_bytes(dtype: Any) -> bool:
    if isinstance(dtype, pl.Struct):
        return any(_has_bytes(one) for one in dtype.to_schema().values())
    if isinstance(dtype, (pl.List, pl.Array)):
        return _has_bytes(dtype.inner)
    return isinstance(dtype, pl.Binary)
