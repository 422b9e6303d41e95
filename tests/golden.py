"""The golden rows: what the sample pages come out as. `python -m tests.golden` writes them anew; review the difference.

    samples/pages/<system>/<page>.json  ->  samples/golden/<system>/<page>/<table>.jsonl

Every page is served over a real socket and taken through `etl export`, or `etl get` where it shows one record. A row
is a line, in the form of schemas/tables/<table>.schema.json, and was extracted when this project's calendar began.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from etl import records
from etl.runs.lookup import get_record
from etl.systems.declare import PageNumber, Stream
from tests.support.accounting import Tables, apart
from tests.support.accounts import make_accounts, stream_of
from tests.support.served import Answer, Served

SAMPLES = Path(__file__).parent.parent / "samples"
PAGES, GOLDEN = SAMPLES / "pages", SAMPLES / "golden"
EXTRACTED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Page:
    """How a sample page is served and read. `record_id` where it shows a single record."""

    path: str
    name: str
    record_id: str | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def stream(self) -> Stream:
        return stream_of(self.name)


SERVED = {
    "cyclesoftware/customers-list": Page("/api/v1/customers/list.json", "bikes.customers"),
    "cyclesoftware/customers-empty": Page("/api/v1/customers/list.json", "bikes.customers"),
    "cyclesoftware/customer": Page("/api/v1/customers/2005.json", "bikes.customers", "2005"),
    "recras/contacten": Page("/api2/contacten", "park.contacten"),
    "recras/klanten": Page("/api2/klanten", "park.klanten"),
    "recras/klant": Page("/api2/klanten/305", "park.klanten", "305"),
    "recras/producten": Page("/api2/producten", "park.producten"),
    "invoicing/contacts": Page("/contacts", "books.contacts"),
    "invoicing/contacts-none": Page("/contacts", "books.contacts", status=404),
    "invoicing/contact": Page("/contacts/7004", "books.contacts", "7004"),
    "woocommerce/customers": Page(
        "/wp-json/wc/v3/customers", "shop.customers", headers={"X-WP-Total": "6", "X-WP-TotalPages": "1"}
    ),
    "woocommerce/customer": Page("/wp-json/wc/v3/customers/31", "shop.customers", "31"),
    "moneybird/contacts": Page("/api/v2/123/contacts.json", "office.contacts"),
    "moneybird/contact": Page("/api/v2/123/contacts/433546112016777327.json", "office.contacts", "433546112016777327"),
}


async def rows_of(page: str, folder: Path) -> Tables:
    """The rows a page comes out as, by table; `folder` is for the export's own use."""
    served = SERVED[page]
    body = (PAGES / f"{page}.json").read_bytes()
    ends_empty = served.stream.name == "klanten" or isinstance(served.stream.paging, PageNumber)
    empty = b"[]" if ends_empty else body  # what comes after the last id, or the last page
    answers = [Answer(one, served.status, headers=served.headers) for one in (body, empty)]
    async with Served({served.path: answers}) as server:
        project = make_accounts(folder, server.base_url)
        if served.record_id is None:
            report = await project.export(served.name)
            assert report.exit_code == 0, report.errors
            return project.tables(served.name)
        found = await get_record(project.settings(), served.name, served.record_id)
    return apart(served.stream, found.records)


def lines(table: str, rows: Any) -> bytes:
    """Rows in their published JSON form, a line each."""
    return b"".join(_line(table, row) for row in rows)


def _line(table: str, row: Mapping[str, Any]) -> bytes:
    stamp = {"extracted_at": EXTRACTED_AT} if "extracted_at" in row else {}
    dumped = records.TABLES[table].model_validate({**row, **stamp}).model_dump(mode="json")
    return (json.dumps({name: dumped[name] for name in records.fields(table)}, ensure_ascii=False) + "\n").encode()


async def golden(page: str, folder: Path) -> dict[Path, bytes]:
    """The golden files of a page, with what they should hold."""
    tables = await rows_of(page, folder)
    return {GOLDEN / page / f"{table}.jsonl": lines(table, rows) for table, rows in tables.items()}


async def write() -> None:
    for page in SERVED:
        with tempfile.TemporaryDirectory() as folder:
            for path, content in (await golden(page, Path(folder))).items():
                path.parent.mkdir(parents=True, exist_ok=True)
                changed = not path.exists() or path.read_bytes() != content
                path.write_bytes(content)
                sys.stdout.write(f"{'changed' if changed else 'as it was'}  {path.relative_to(SAMPLES.parent)}\n")


if __name__ == "__main__":
    asyncio.run(write())
