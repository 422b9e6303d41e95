"""dlt as its documentation has it: the declarative REST source into Parquet files, everything else at its default."""

import argparse
import os
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--base-url", required=True)
parser.add_argument("--out", required=True, type=Path)
options = parser.parse_args()
os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(options.out / ".dlt")}

import dlt  # noqa: E402 - reads the environment when it is imported
from dlt.sources.rest_api import rest_api_source  # noqa: E402

paginator = {"type": "cursor", "cursor_path": "pagination.next_offset", "cursor_param": "offset"}
endpoint = {"path": "api/v1/customers/list.json", "data_selector": "customers", "paginator": paginator}
login = {"type": "http_basic", "username": "shop", "password": "secret"}
source = rest_api_source(
    {
        "client": {"base_url": options.base_url, "auth": login},
        "resources": [{"name": "customers", "endpoint": endpoint}],
    }
)
pipeline = dlt.pipeline(
    "documented",
    pipelines_dir=str(options.out / ".dlt"),
    destination=dlt.destinations.filesystem(bucket_url=(options.out / "lake").as_uri()),
    dataset_name="shop",
)
pipeline.run(source, loader_file_format="parquet").raise_on_failed_jobs()
