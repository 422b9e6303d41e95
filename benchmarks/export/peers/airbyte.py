"""Airbyte's CDK: a declarative source, read in this process, its records written to Parquet 10,000 at a time."""

import argparse
import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer, Type
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource
from customer_schema import arrow_schema, json_schema

ROWS_A_WRITE = 10_000
NEXT = "response['pagination']['next_offset']"


def manifest() -> dict[str, Any]:
    requester = {
        "type": "HttpRequester",
        "url_base": "{{ config['base_url'] }}",
        "path": "/api/v1/customers/list.json",
        "http_method": "GET",
        "authenticator": {"type": "BasicHttpAuthenticator", "username": "shop", "password": "secret"},
    }
    paginator = {
        "type": "DefaultPaginator",
        "page_token_option": {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "offset"},
        "pagination_strategy": {
            "type": "CursorPagination",
            "cursor_value": f"{{{{ {NEXT} }}}}",
            "stop_condition": f"{{{{ not {NEXT} }}}}",
        },
    }
    records = {"type": "RecordSelector", "extractor": {"type": "DpathExtractor", "field_path": ["customers"]}}
    stream = {
        "type": "DeclarativeStream",
        "name": "customers",
        "primary_key": ["customer_id"],
        "retriever": {
            "type": "SimpleRetriever",
            "requester": requester,
            "record_selector": records,
            "paginator": paginator,
        },
        "schema_loader": {"type": "InlineSchemaLoader", "schema": json_schema()},
    }
    check = {"type": "CheckStream", "stream_names": ["customers"]}
    return {"version": "6.0.0", "type": "DeclarativeSource", "check": check, "streams": [stream]}


def records(base_url: str) -> Iterator[dict[str, Any]]:
    stream = {"name": "customers", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    modes = {"sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
    catalog = ConfiguredAirbyteCatalogSerializer.load({"streams": [{"stream": stream, **modes}]})
    config = {"base_url": base_url}
    source = ConcurrentDeclarativeSource(catalog=catalog, config=config, state=[], source_config=manifest())
    log = logging.getLogger("airbyte")
    log.setLevel(logging.WARNING)
    for message in source.read(log, config, catalog, []):
        if message.type == Type.RECORD:
            yield message.record.data


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    found = records(options.base_url)
    with pq.ParquetWriter(options.out / "customers.parquet", arrow_schema()) as writer:
        while rows := list(islice(found, ROWS_A_WRITE)):
            writer.write_table(pa.Table.from_pylist(rows, schema=arrow_schema()))
