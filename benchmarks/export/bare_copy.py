"""The yardstick: customers page by page to one Parquet file, as one who knows the tools would write it for one day.

    python benchmarks/export/bare_copy.py --base-url URL --out DIR

Nothing is counted, landed, checked, normalised or resumed; phone numbers stay a list within the row.
"""

import argparse
import asyncio
import io
import re
from pathlib import Path
from typing import Any

import aiohttp
import polars as pl
import pyarrow.parquet as pq

PAGES_A_WRITE = 40
WORDS = (
    "customer_type_name customer_reference postcode house_number house_number_postfix company_name attn title initials "
    "insertion first_name name street city country_code_iso_3166 email vat_number coc_number"
)
PHONE = {"phone_number_id": pl.String, "customer_id": pl.Int64, "phone_number": pl.String, "name": pl.String}
SCHEMA: dict[str, Any] = {
    "customer_id": pl.Int64,
    **dict.fromkeys(WORDS.split(), pl.String),
    "discount_percentage": pl.Float64,
    "datetime_created": pl.String,
    "phone_numbers": pl.List(pl.Struct(PHONE)),
}
NEXT_OFFSET = re.compile(rb'"next_offset":\s*(\d+)')


async def copy(base_url: str, out: Path) -> int:
    """The number of rows copied to `out`/customers.parquet."""
    headers = {"Authorization": aiohttp.encode_basic_auth("shop", "secret"), "Accept-Encoding": "identity"}
    offset: int | None = 0
    waiting: list[pl.DataFrame] = []
    rows = 0
    target = pl.DataFrame(schema=SCHEMA).to_arrow().schema
    async with aiohttp.ClientSession(headers=headers, read_bufsize=1 << 20) as session:
        with pq.ParquetWriter(out / "customers.parquet", target, compression="zstd") as writer:
            while offset is not None:
                async with session.get(f"{base_url}/api/v1/customers/list.json?offset={offset}") as answer:
                    body = await answer.read()
                end = body.rindex(b'],"pagination"')
                found = NEXT_OFFSET.search(body, end)
                offset = int(found[1]) if found else None
                waiting.append(pl.read_json(io.BytesIO(body[body.index(b"[") : end + 1]), schema=SCHEMA))
                if len(waiting) == PAGES_A_WRITE or offset is None:
                    table = pl.concat(waiting).to_arrow()
                    writer.write_table(table)
                    rows, waiting = rows + table.num_rows, []
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    print(f"rows={asyncio.run(copy(options.base_url, options.out))}")
