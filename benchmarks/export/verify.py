"""Verify that an export holds every customer once, with both phone numbers, and fields as they were served.

Each check raises `AssertionError`, which says what is missing.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from benchmarks.export.people import customers
from benchmarks.export.rendered import FIRST_CUSTOMER

COMPARED = 5_000
WIRE = {name: name for name in ("customer_id", "name", "city", "postcode", "email", "street")}
OURS = {**WIRE, "customer_id": "source_id", "name": "last_name"}


def customers_of_etl(folder: Path, rows: int) -> None:
    """Checks `folder`/out of an `etl export`."""
    out = folder / "out"
    _contacts(pl.scan_parquet(out / "contacts" / "bikes.customers.parquet"), OURS, rows)
    _phones(pl.scan_parquet(out / "phone_numbers" / "bikes.customers.parquet"), "source_id", rows)


def customers_of_peer(folder: Path, rows: int) -> None:
    """Checks the Parquet files of a peer: phone numbers in a list within the row, or in a child table."""
    files = [path for path in sorted(folder.rglob("*.parquet")) if not path.is_relative_to(folder / ".dlt")]
    phones = [path for path in files if path.parent.name == "customers__phone_numbers"]
    found = pl.scan_parquet([path for path in files if path not in phones and "_dlt" not in path.parent.name])
    _contacts(found, WIRE, rows)
    if phones:
        _phones(pl.scan_parquet(phones), "customer_id", rows)
    else:
        _phones(found.select(pl.col("phone_numbers").explode()).unnest("phone_numbers"), "customer_id", rows)


def contacten_of_etl(folder: Path, rows: int) -> None:
    """Checks the contacts of Recras in `folder`/out."""
    written = pl.scan_parquet(folder / "out" / "contacts" / "park.contacten.parquet")
    ids = written.select(pl.col("source_id").cast(pl.Int64)).collect()["source_id"]
    assert ids.n_unique() == len(ids) == rows, f"{len(ids)} contacten of {rows}, {ids.n_unique()} of them distinct"


def _contacts(found: pl.LazyFrame, names: dict[str, str], rows: int) -> None:
    key = pl.col(names["customer_id"]).cast(pl.Int64)
    ids = found.select(key.alias("id")).collect()["id"].sort()
    expected = pl.int_range(FIRST_CUSTOMER, FIRST_CUSTOMER + rows, eager=True)
    assert len(ids) == rows, f"{len(ids)} customers of {rows}"
    assert (ids == expected).all(), "some customers are missing, and others came twice"
    sent = pl.DataFrame(list(customers(min(rows, COMPARED), first_id=FIRST_CUSTOMER))).select(*WIRE)
    copied = found.filter(key < FIRST_CUSTOMER + COMPARED).with_columns(key.alias(names["customer_id"]))
    copied_as_sent = copied.select(pl.col(name).alias(wire) for wire, name in names.items()).collect()
    differ = sent.join(copied_as_sent, on=list(WIRE), how="anti")
    assert differ.is_empty(), f"{len(differ)} of the first {len(sent)} customers are not as they were sent"


def _phones(found: pl.LazyFrame, key: str, rows: int) -> None:
    counted = found.group_by(pl.col(key).cast(pl.Int64)).len().collect(engine="streaming")
    assert len(counted) == rows, f"phone numbers of {len(counted)} customers of {rows}"
    assert (counted["len"] == 2).all(), "some customers do not have their two phone numbers"
