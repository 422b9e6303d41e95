"""A target made with Meltano's Singer SDK, with its faster reader: one Parquet file for every 10,000 records."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from customer_schema import CUSTOMER, arrow_schema
from singer_sdk import BatchSink, Target
from singer_sdk import typing as th
from singer_sdk.contrib.msgspec import MsgSpecReader

NUMBERS = [name for name, kind in CUSTOMER.items() if kind == "number"]


class ParquetSink(BatchSink):
    max_size = 10_000
    _written = 0

    def process_batch(self, context: dict[str, Any]) -> None:
        for row in context["records"]:
            for name in NUMBERS:
                row[name] = None if row[name] is None else float(row[name])  # the SDK reads them as Decimal
        table = pa.Table.from_pylist(context["records"], schema=arrow_schema())
        pq.write_table(table, Path(self.config["out"]) / f"customers-{self._written:05d}.parquet")
        self._written += 1


class TargetParquet(Target):
    name = "target-parquet"
    message_reader_class = MsgSpecReader
    default_sink_class = ParquetSink
    config_jsonschema = th.PropertiesList(th.Property("out", th.StringType, required=True)).to_dict()


if __name__ == "__main__":
    TargetParquet.cli()
