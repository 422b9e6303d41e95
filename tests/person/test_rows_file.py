"""Rows go from a file, and every other byte of it stays."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from etl.errors import InputOutputError
from etl.person.rows_file import CsvRows, ParquetRows, rows_file
from etl.person.wanted import Wanted
from etl.person.xlsx import XlsxRows
from etl.tables.write import write_frame
from tests.person.world import ASKED, EMAIL

FRAME = pl.DataFrame(
    {
        "source_id": ["1", "2", "3", "4"],
        "name": ['Een "aan" haling', "Twee\nregels, en een komma", EMAIL.upper(), None],
        "note": ["=1+1", "é, ü", "", "tel. 06 12 34 98 76"],
    },
    schema=dict.fromkeys(("source_id", "name", "note"), pl.String),
)


def held(path: Path, *ids: str, places: tuple[int, ...] = ()) -> list[int]:
    return [place for place, _ in rows_file(path).rows(Wanted(ASKED), set(ids), set(places))]


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
def test_rows_are_found_by_address_number_id_and_place(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"rows.{form}"
    write_frame(FRAME, path, "contacts")
    assert held(path) == [2, 3]
    assert held(path, "1") == [0, 2, 3]
    assert held(path, places=(1,)) == [1, 2, 3]


def test_lines_of_a_csv_keep_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    write_frame(FRAME, path, "contacts")
    before = path.read_bytes()
    CsvRows(path).rewrite({2}, {3: {"note": None}})
    lines = before.splitlines(keepends=True)
    assert path.read_bytes() == b"".join(lines[:4]) + b"4,,\n"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_rows_of_other_formats_keep_their_values(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"rows.{form}"
    write_frame(FRAME, path, "contacts")
    rows_file(path).rewrite({1, 2}, {3: {"note": None}})
    read = pl.read_parquet(path) if form == "parquet" else pl.read_excel(path, infer_schema_length=0)
    assert read.rows() == [FRAME.row(0), ("4", None, None)]


def test_a_sheet_that_a_spreadsheet_program_saved_is_written_anew(tmp_path: Path) -> None:
    """Its texts stand apart from its rows: a row that goes would leave them behind."""
    path = tmp_path / "20260101T000000Z-000000.review.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate([("row", "key", "decision"), ("1", "a", "new"), ("2", EMAIL, "skip")]):
            sheet.write_row(n, 0, row)
    XlsxRows(path).rewrite({1}, {})
    assert pl.read_excel(path, infer_schema_length=0).rows() == [("1", "a", "new")]
    assert EMAIL.encode() not in path.read_bytes()


def test_rows_of_a_second_sheet_are_numbered_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from etl.tables.xlsx import XlsxSink

    monkeypatch.setattr(XlsxSink, "LONGEST_SHEET", 2)
    path = tmp_path / "rows.xlsx"
    write_frame(FRAME, path, "contacts")
    assert held(path) == [2, 3]
    XlsxRows(path).rewrite({0, 3}, {})
    sheets = [pl.read_excel(path, sheet_id=n, infer_schema_length=0)["source_id"].to_list() for n in (1, 2)]
    assert sheets == [["2"], ["3"]]


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"rows.{form}"
    path.write_bytes(b"PK no such thing")
    with pytest.raises(InputOutputError, match="Nothing was changed"):
        held(path)


def test_large_values_of_every_type_survive_in_parquet(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    frame = pl.DataFrame(
        {"source_id": ["1", "2"], "many": [["a", "b"], []], "n": [1, None], "raw": [EMAIL, "x" * 9999]}
    )
    write_frame(frame, path, "contacts")
    ParquetRows(path).rewrite({0}, {})
    assert pl.read_parquet(path).rows() == [frame.row(1)]
