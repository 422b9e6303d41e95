"""5,000 records a system, from the simulator to tables: rows that equal the truth wherever nothing has to be guessed.

The command runs in processes of its own, as a user runs it: simulate, export, and, with the simulator gone, replay.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from etl import records
from etl.runs.stream import UNSHARED
from etl.simulator import truth
from tests.support.accounts import ETL, Accounts, make_accounts, stream_of

ROWS, SEED = 5_000, 42
STREAMS = (
    "bikes.customers", "park.contacten", "park.klanten", "park.producten", "books.contacts", "office.contacts",
    "shop.customers",
)  # fmt: skip
TABLES = [(name, table) for name in STREAMS for table in stream_of(name).tables]
Truth = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Exported:
    """An export that ended, and a replay of it after the simulator was gone."""

    accounts: Accounts
    summary: Mapping[str, Any]
    replayed: Mapping[str, Any]

    @property
    def replay(self) -> Path:
        return self.accounts.folder / "replay"

    def frame(self, name: str, table: str) -> pl.DataFrame:
        return self.accounts.frame(table, name)


def etl(accounts: Accounts, *arguments: str) -> Mapping[str, Any]:
    command = [str(ETL), *arguments, "--config", str(accounts.config), "--json", "--quiet"]
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    ended = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    told = [line for line in ended.stderr.splitlines() if UNSHARED not in line]
    assert (ended.returncode, told) == (0, [])
    summary: Mapping[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return summary


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    folder = tmp_path_factory.mktemp("truth")
    simulate = [str(ETL), "simulate", "--rows", str(ROWS), "--seed", str(SEED)]
    with subprocess.Popen(simulate, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            assert simulator.stdout is not None
            accounts = make_accounts(folder, json.loads(simulator.stdout.readline())["base_url"])
            summary = etl(
                accounts, "export", *STREAMS, "--out", str(accounts.out), "--format", "parquet", "--format", "csv"
            )
        finally:
            simulator.terminate()
    replayed = etl(accounts, "replay", *STREAMS, "--out", str(folder / "replay"))
    yield Exported(accounts, summary, replayed)


def contacts(system: str, stream: str | None = None) -> Truth:
    return truth.contacts(system, ROWS, SEED, stream=stream)


def by(*columns: str) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    return lambda row: tuple(row.get(column) for column in columns)


def check(rows: Sequence[Mapping[str, Any]], true: Truth, key: Callable[[Mapping[str, Any]], Any]) -> None:
    """There is a row for each of the truth and no other, and each says what the truth tells of it."""
    found = {key(row): row for row in rows}
    assert len(found) == len(rows), "two rows have one key"
    assert set(found) == {key(row) for row in true}
    wrong = [
        f"{key(row)} {column}: {found[key(row)][column]!r}, not {value!r}"
        for row in true
        for column, value in row.items()
        if found[key(row)][column] != value
    ]
    assert not wrong, f"{len(wrong)} cells differ, such as\n" + "\n".join(wrong[:20])


CONTACTS = {
    "bikes.customers": ("cyclesoftware", None),
    "park.contacten": ("recras", None),
    "park.klanten": ("recras", "klanten"),
    "books.contacts": ("invoicing", None),
    "office.contacts": ("moneybird", None),
    "shop.customers": ("woocommerce", None),
}


@pytest.mark.parametrize("name", CONTACTS)
def test_contacts_equal_the_truth(name: str, exported: Exported) -> None:
    check(exported.frame(name, "contacts").to_dicts(), contacts(*CONTACTS[name]), by("source_id"))


@pytest.mark.parametrize(
    ("name", "system"),
    [("park.contacten", "recras"), ("books.contacts", "invoicing"), ("office.contacts", "moneybird")],
)
def test_contact_persons_equal_the_truth(name: str, system: str, exported: Exported) -> None:
    true = truth.contact_persons(system, ROWS, SEED)
    check(exported.frame(name, "contact_persons").to_dicts(), true, by("source_id", "person_id"))


@pytest.mark.parametrize(("name", "system"), [("bikes.customers", "cyclesoftware"), ("shop.customers", "woocommerce")])
def test_phone_numbers_with_ids_equal_the_truth(name: str, system: str, exported: Exported) -> None:
    rows = exported.frame(name, "phone_numbers").filter(pl.col("raw").is_not_null())
    check(rows.to_dicts(), truth.phone_numbers(system, ROWS, SEED), by("source_id", "phone_number_id"))


@pytest.mark.parametrize(
    ("name", "system"),
    [("park.contacten", "recras"), ("books.contacts", "invoicing"), ("office.contacts", "moneybird")],
)
def test_phone_numbers_of_the_others_equal_the_truth(name: str, system: str, exported: Exported) -> None:
    frame = exported.frame(name, "phone_numbers")
    if system == "invoicing":
        frame = frame.filter(pl.col("person_id").is_null())  # the truth tells nothing of SubContacts' numbers
    key = by("source_id", "person_id", "raw")
    rows = {key(row): row for row in frame.to_dicts()}
    check(list(rows.values()), list({key(row): row for row in truth.phone_numbers(system, ROWS, SEED)}.values()), key)


def test_products_equal_the_truth(exported: Exported) -> None:
    check(exported.frame("park.producten", "products").to_dicts(), truth.products(ROWS, SEED), by("source_id"))


@pytest.mark.parametrize(
    ("table", "true", "key"),
    [
        ("product_prices", truth.product_prices, ("source_id", "position")),
        ("product_locations", truth.product_locations, ("source_id", "location_id")),
    ],
)
def test_what_hangs_on_products_equals_the_truth(
    table: str, true: Callable[[int, int], Truth], key: tuple[str, ...], exported: Exported
) -> None:
    check(exported.frame("park.producten", table).to_dicts(), true(ROWS, SEED), by(*key))


def test_materials_of_products_equal_the_truth_in_their_order(exported: Exported) -> None:
    rows = exported.frame("park.producten", "product_materials").to_dicts()
    true = truth.product_materials(ROWS, SEED)
    assert [{column: row[column] for column in told} for row, told in zip(rows, true, strict=True)] == true


@pytest.mark.parametrize(("name", "table"), TABLES)
def test_csv_read_back_with_its_types_equals_parquet(name: str, table: str, exported: Exported) -> None:
    assert_frame_equal(read_csv(exported.accounts.out / table / f"{name}.csv", table), exported.frame(name, table))


def read_csv(path: Path, table: str) -> pl.DataFrame:
    """A CSV file with the types of its table."""
    text = pl.read_csv(path, infer_schema=False)
    return text.select(_typed(name, dtype) for name, dtype in records.polars_schema(table).items())


def _typed(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.List):
        return column.str.json_decode(dtype)
    if isinstance(dtype, pl.Datetime):
        return column.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us").dt.replace_time_zone("UTC")
    if dtype == pl.Boolean():
        return column.replace_strict({"true": True, "false": False}, return_dtype=pl.Boolean)
    return column.cast(dtype)


def test_the_summary_counts_every_row(exported: Exported) -> None:
    klanten = len(contacts("recras", "klanten"))
    streams = {**exported.summary["accounts"]["park"]["streams"], **exported.summary["accounts"]["bikes"]["streams"]}
    assert {name: told["written"] for name, told in streams.items()} == {
        "customers": ROWS,
        "contacten": ROWS,
        "klanten": klanten,
        "producten": ROWS,
    }
    assert (exported.summary["status"], exported.summary["rejected"]) == ("complete", 0)
    for name, table in TABLES:
        assert exported.frame(name, table).schema == records.polars_schema(table)


@pytest.mark.parametrize(("name", "table"), TABLES)
def test_a_replay_without_the_simulator_gives_the_same_rows(name: str, table: str, exported: Exported) -> None:
    assert_frame_equal(pl.read_parquet(exported.replay / table / f"{name}.parquet"), exported.frame(name, table))


def test_a_replay_makes_no_call(exported: Exported) -> None:
    assert exported.replayed["calls"]["sent"] == 0
    assert exported.replayed["written"] == exported.summary["written"]


def test_a_workbook_opens_with_every_row_and_its_ids_phones_and_postcodes_as_text(exported: Exported) -> None:
    accounts, folder = exported.accounts, exported.accounts.folder / "workbooks"
    etl(accounts, "replay", "bikes.customers", "--out", str(folder), "--format", "xlsx")
    book = fastexcel.read_excel(folder / "contacts" / "bikes.customers.xlsx")
    assert book.sheet_names == ["contacts"]
    sheet = book.load_sheet(0).to_polars()
    table = exported.frame("bikes.customers", "contacts")
    assert sheet.height == ROWS
    assert sheet.columns == table.columns
    for column in ("source_id", "phone", "mobile", "postcode", "coc_number", "vat_number"):
        assert sheet.schema[column] == pl.String, column
        assert sheet[column].equals(table[column]), column
    assert sheet["created_at"].dtype == pl.Datetime("ms")
    assert sheet["created_at"].cast(pl.Datetime("us")).equals(table["created_at"].dt.replace_time_zone(None))
