"""Turn vanished records into rows of the tables: as last received, but not active, and since when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from etl.decode.fast import decode, key_of
from etl.normalise.extra import merge
from etl.state.vanished import Vanished
from etl.systems.declare import Context, Stream
from etl.tables.batch import ROWS, UTC_TIME


def gone(vanished: Sequence[Vanished], stream: Stream, context: Context) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield tables of the vanished records, a batch at a time."""
    for start in range(0, len(vanished), ROWS):
        batch = vanished[start : start + ROWS]
        frame = decode(b"[" + b",".join(record.raw.encode() for record in batch) + b"]", stream).frame
        times = pl.DataFrame(
            {
                "source_id": [record.key for record in batch],
                "extracted_at": [record.received_at for record in batch],
                "deleted_at": [record.deleted_at for record in batch],
            },
            schema={"source_id": pl.String, "extracted_at": UTC_TIME, "deleted_at": UTC_TIME},
        )
        frame = frame.with_columns(source_id=key_of(stream)).join(
            times.drop("deleted_at"), on="source_id", how="left", maintain_order="left"
        )
        tables = stream.into(frame.drop("source_id"), context)
        main = stream.tables[0]
        yield {**tables, main: _marked(tables[main], times.select("source_id", "deleted_at"))}


def _marked(rows: pl.DataFrame, times: pl.DataFrame) -> pl.DataFrame:
    """Mark the rows as deleted, in the columns that their table has for it."""
    columns, schema = rows.columns, rows.schema
    at = rows.select("source_id").join(times, on="source_id", how="left", maintain_order="left")["deleted_at"]
    if "deleted_at" in columns:
        marked = rows.with_columns(deleted_at=at.cast(schema["deleted_at"]), active=pl.lit(False))
    else:
        deleted = pl.concat_str(pl.lit('{"deleted_at":"'), at.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ"), pl.lit('"}'))
        marked = rows.with_columns(is_deleted=pl.lit(True), extra=merge(pl.col("extra"), deleted))
    return marked.select(columns)
