"""Tables to files: whole or not at all, described, and the same when read back."""

from __future__ import annotations

import csv
import json
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import records
from etl.errors import CannotCreate
from etl.state.files import sweep
from etl.systems import SYSTEMS
from etl.tables.write import FORMATS, Layout, TableFile

STREAM = SYSTEMS["cyclesoftware"].stream("customers")
FORMULAS = [
    "=1+1",
    "+31",
    "-1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "\t=1",
    "\r=1",
    "http://example.nl",
    "mailto:a@example.nl",
]


def a_row(table: str = "contacts", **values: Any) -> pl.DataFrame:
    always: dict[str, Any] = {"account": "bikes", "system": "cyclesoftware", "stream": "customers", "source_id": "007"}
    always |= {"kind": "customer", "active": True, "extracted_at": datetime(2026, 3, 10, tzinfo=UTC)}
    schema = records.polars_schema(table)
    return records.conform(pl.DataFrame([{**always, **values}], schema_overrides=schema), table)


def written(folder: Path, form: str, *frames: pl.DataFrame, table: str = "contacts") -> Path:
    target = folder / table / f"bikes.customers.{form}"
    file = TableFile(target, Layout.of(table, STREAM.names.get(table, {})))
    try:
        for frame in frames:
            file.append(frame)
        file.finish()
    finally:
        file.discard()
    return target


def cells(path: Path) -> list[dict[str, Any]]:
    """The rows of a workbook, every cell as it is."""
    frame: pl.DataFrame = pl.read_excel(path, engine="calamine", infer_schema_length=0, raise_if_empty=False)
    return frame.to_dicts()


def test_parquet_tells_its_table_and_columns_and_the_names_they_had(tmp_path: Path) -> None:
    schema = pq.read_schema(written(tmp_path, "parquet", a_row()))
    assert schema.metadata[b"table"] == b"contacts"
    assert schema.metadata[b"description"] and schema.metadata[b"writer"].startswith(b"contact-etl ")
    for field in schema:
        assert field.metadata[b"description"], field.name
    assert schema.field("last_name").metadata[b"source"] == b"name"
    assert {field.name: str(field.type) for field in schema}["discount_percentage"] == "decimal128(5, 2)"


def test_parquet_is_compressed_and_has_statistics(tmp_path: Path) -> None:
    group = pq.ParquetFile(written(tmp_path, "parquet", a_row())).metadata.row_group(0)
    for number in range(group.num_columns):
        assert group.column(number).compression == "ZSTD"
        assert group.column(number).is_stats_set


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("table", records.TABLES)
def test_a_table_without_rows_still_has_its_columns(form: str, table: str, tmp_path: Path) -> None:
    path = written(tmp_path, form, table=table)
    read: dict[str, Callable[[], list[str]]] = {
        "parquet": lambda: pq.read_schema(path).names,
        "csv": lambda: path.read_text().strip().split(","),
        "xlsx": lambda: pl.read_excel(path, engine="calamine", raise_if_empty=False).columns,
    }
    columns = read[form]()
    assert columns == list(records.kinds(table))


def test_batches_are_one_table(tmp_path: Path) -> None:
    frames = [a_row(source_id=str(n)) for n in range(5)]
    assert pl.read_parquet(written(tmp_path, "parquet", *frames))["source_id"].to_list() == list("01234")
    table = pl.read_csv(written(tmp_path, "csv", *frames), infer_schema=False)
    assert table["source_id"].to_list() == list("01234")


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@settings(max_examples=40)
@given(
    name=TEXTS,
    issues=st.lists(TEXTS, max_size=3),
    number=st.integers(-(2**31), 2**31 - 1),
    percentage=st.decimals(-999, 999, places=2),
    latitude=st.floats(allow_nan=False, allow_infinity=False),
    at=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)),
    active=st.booleans(),
)
def test_csv_and_parquet_read_back_as_what_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    issues: list[str],
    number: int,
    percentage: Decimal,
    latitude: float,
    at: datetime,
    active: bool,
) -> None:
    values: dict[str, Any] = {
        "name": name,
        "issues": issues,
        "house_number": number,
        "discount_percentage": percentage,
        "latitude": latitude,
        "extracted_at": at.replace(tzinfo=UTC),
        "active": active,
    }
    folder = tmp_path_factory.mktemp("out")
    row = a_row(**values)
    assert pl.read_parquet(written(folder, "parquet", row)).equals(row)
    with written(folder, "csv", row).open(encoding="utf-8", newline="") as file:
        (cell,) = csv.DictReader(file)
    assert cell["name"] == name
    assert json.loads(cell["issues"]) == issues
    assert (int(cell["house_number"]), float(cell["latitude"])) == (number, latitude)
    assert cell["discount_percentage"] == f"{percentage:.2f}".replace("-0.00", "0.00")
    assert cell["extracted_at"].endswith("Z")
    assert datetime.fromisoformat(cell["extracted_at"]) == at.replace(tzinfo=UTC)
    assert cell["active"] == str(active).lower()


@pytest.mark.parametrize("text", [*FORMULAS, "007", "1e3", "06-12345678", "1337XD", "TRUE", "2024-01-01"])
def test_text_in_a_workbook_stays_text_and_does_nothing(text: str, tmp_path: Path) -> None:
    path = written(tmp_path, "xlsx", a_row(name=text, phone="+31612345678"))
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet and "<hyperlink" not in sheet
        assert 'state="frozen"' in sheet
        assert not [name for name in book.namelist() if "externalLink" in name]
    (cell,) = cells(path)
    assert cell["name"].strip() == text.strip()
    assert (cell["source_id"], cell["phone"]) == ("007", "+31612345678")


def test_times_in_a_workbook_are_times(tmp_path: Path) -> None:
    at = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
    frame = pl.read_excel(written(tmp_path, "xlsx", a_row(extracted_at=at)), engine="calamine")
    assert frame["extracted_at"].to_list() == [at.replace(tzinfo=None)]


def test_csv_is_utf_8_with_commas_and_no_mark(tmp_path: Path) -> None:
    written_bytes = written(tmp_path, "csv", a_row(name='Zoë, "de" Å\nB')).read_bytes()
    assert not written_bytes.startswith(b"\xef\xbb\xbf")
    assert '"Zoë, ""de"" Å\nB"'.encode() in written_bytes


@pytest.mark.parametrize("form", FORMATS)
def test_an_exception_on_the_way_leaves_nothing_under_the_final_name_nor_beside_it(form: str, tmp_path: Path) -> None:
    old = written(tmp_path, form, a_row(source_id="old"))
    before = old.read_bytes()
    file = TableFile(old, Layout.of("contacts", {}))
    file.append(a_row(source_id="new"))
    file.discard()
    file.discard()
    assert old.read_bytes() == before
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [old.name]
    assert [path.name for path in tmp_path.rglob("*") if path.is_dir()] == ["contacts"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(form: str, tmp_path: Path) -> None:
    old = written(tmp_path, form, a_row(source_id="old"))
    with old.open("rb") as reader:
        file = TableFile(old, Layout.of("contacts", {}))
        file.append(a_row(source_id="new"))
        assert old.read_bytes() == reader.read()
        file.finish()
        reader.seek(0)
        assert old.read_bytes() != reader.read()


@pytest.mark.parametrize("form", FORMATS)
def test_a_folder_under_the_final_name_is_told_as_such(form: str, tmp_path: Path) -> None:
    (tmp_path / "contacts" / f"bikes.customers.{form}").mkdir(parents=True)
    with pytest.raises(CannotCreate):
        written(tmp_path, form, a_row())


def test_half_made_files_of_dead_runs_are_swept_and_those_of_others_are_not(tmp_path: Path) -> None:
    target = tmp_path / "a.parquet"
    dead = tmp_path / ".tmp-999999999-0123abcd-a.parquet.part"
    kept = [
        tmp_path / f".tmp-{os.getpid()}-0123abcd-a.parquet.part",
        tmp_path / ".tmp-999999999-0123abcd-b.parquet.part",
        tmp_path / ".tmp-999999998-0123abcd-a.parquet.part",
        tmp_path / ".tmp-mine",
    ]
    for path in (dead, *kept):
        path.write_bytes(b"half")
    for path in (dead, kept[0], kept[1]):
        os.utime(path, (1, 1))
    sweep(target)
    assert not dead.exists()
    assert all(path.exists() for path in kept)
