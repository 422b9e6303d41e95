"""Hold what a plugin's `into` makes to what its declaration says, before anything is built of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from etl import records
from etl.errors import ConfigurationError
from etl.systems.declare import Context, Stream, System

if TYPE_CHECKING:
    import polars as pl


def guarded(system: System, who: str) -> System:
    """Return a system whose streams raise ConfigurationError for tables that are not those declared."""
    streams = tuple(replace(stream, into=partial(_tables, stream, who)) for stream in system.streams)
    return replace(system, streams=streams)


def _tables(stream: Stream, who: str, frame: pl.DataFrame, context: Context) -> dict[str, pl.DataFrame]:
    tables = stream.into(frame, context)
    if wrong := _wrong(stream, tables, frame.height):
        raise ConfigurationError(
            f"{context.account}.{stream.name}: into of {who} {wrong}.",
            remedy="Mend that there: `stamped` of etl.systems.shared.tables gives a table its columns.",
        )
    return tables


def _wrong(stream: Stream, tables: object, received: int) -> str:
    """Tell what is wrong with tables; nothing where they are as declared."""
    if not isinstance(tables, dict) or set(tables) != set(stream.tables):
        given = ", ".join(map(str, tables)) if isinstance(tables, dict) else type(tables).__name__
        return f"gives {given or 'nothing'} and not the tables {', '.join(stream.tables)}"
    for table in stream.tables:
        meant, came = records.polars_schema(table), dict(tables[table].schema)
        if odd := [name for name in {**meant, **came} if meant.get(name) != came.get(name)]:
            return f"gives {table} with {odd[0]} as {came.get(odd[0], 'nothing')}, not {meant.get(odd[0], 'nothing')}"
        if list(meant) != list(came):
            return f"gives {table} with its columns in another order"
    if (rows := tables[stream.tables[0]].height) != received:
        return f"gives {rows} rows of {stream.tables[0]} for {received} records"
    return ""
