"""What a workbook shows of a number counts, not what stands behind it: leading zeros of keys, phones and postcodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from etl.tables.read_table import read_table
from etl.tables.shown_cells import sections_of, shown
from tests.support.workplace import Project

FORMATS = [
    ("00000", 101, "00101"), ("0000", 12345, "12345"), ('0000" "00', 101, "0001 01"), ("0000\\ 00", 801112, "8011 12"),
    ("0#########", 612345678, "0612345678"), ('"0"#########', 612345678, "0612345678"), 
    ("00-00000000", 612345678, "06-12345678"),
    ('"+"00000000000', 31612345678, "+31612345678"), ("+00 0 00000000", 31612345678, "+31 6 12345678"),
    ("(000) 0000000", 384211999, "(038) 4211999"), ("000-000", 12, "000-012"), ("[$-413]00000", 101, "00101"),
    ("[Red]0000;[Blue]-0000", 7, "0007"), ("[<=9999999]000-0000;(000) 000-0000", 2065551212, "(206) 555-1212"),
    ("[<=9999999]000-0000;(000) 000-0000", 5551212, "555-1212"), ("00000_);(00000)", 101, "00101"), ("00.00", 7, "7"),
    ("0", 7, "7"), ("General", 101, "101"), ("#,##0", 1234, "1234"), ("0.00", 12, "12"), ('0" dagen"', 14, "14"),
    ('"€ "000', 14, "14"), ("0%", 0.1, "10%"), ("0.0%", 0.125, "12.5%"), ("@", 101, "101"), ("00000", -5, "-5"),
    ("00000", 1.5, "1.5"), ("0000?", 7, "7"),
]  # fmt: skip


def book(file: Path, rows: list[list[Any]], at: tuple[int, int] = (0, 0)) -> None:
    """Write rows of values, of which pairs are a number and its format."""
    with xlsxwriter.Workbook(str(file)) as workbook:
        sheet = workbook.add_worksheet("Klanten & co")
        formats: dict[str, Any] = {}
        for y, row in enumerate(rows, at[0]):
            for x, cell in enumerate(row, at[1]):
                value, code = cell if isinstance(cell, tuple) else (cell, "")
                if code and code not in formats:
                    formats[code] = workbook.add_format({"num_format": code})
                if value is not None:
                    sheet.write(y, x, value, formats.get(code))


@pytest.mark.parametrize("at", [(0, 0), (0, 2), (3, 0), (2, 1)])
def test_a_number_is_read_as_its_cell_shows_it(at: tuple[int, int], tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["key", "n", "blank", "name"],
        *([(value, code), value, None, "Ans"] for code, value, _ in FORMATS),
    ]
    rows.insert(3, [None, None, None, None])
    book(tmp_path / "own.xlsx", rows, at)
    found = read_table(tmp_path / "own.xlsx").filter(pl.col("name").is_not_null())
    assert found["key"].to_list() == [text for _, _, text in FORMATS]
    assert found["n"].cast(pl.Float64).to_list() == [value for _, value, _ in FORMATS]


def test_a_table_that_goes_on_on_another_sheet_is_read_as_shown(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "own.xlsx")) as workbook:
        zeros = workbook.add_format({"num_format": "00000"})
        for name, key in (("rows", 7), ("rows 2", 8)):
            sheet = workbook.add_worksheet(name)
            sheet.write(0, 0, "key")
            sheet.write(1, 0, key, zeros)
    assert read_table(tmp_path / "own.xlsx")["key"].to_list() == ["00007", "00008"]


def test_identifiers_are_normalised_as_their_cells_show_them(project: Project) -> None:
    header = ["nr", "name", "phone", "postcode", "country", "coc_number", "discount_percentage"]
    row = [(102, "00000"), "Ans", (612345678, "0#########"), (1067, "00000"), "DE", "", (0.125, "0.0%")]
    dutch = [(7, "00000"), "Wim", (384211999, "000-0000000"), "8011AA", "NL", (1036041, "00000000"), (0.1, "0%")]
    book(project.folder / "own.xlsx", [header, row, dutch])
    assert project.cli("normalise", "own.xlsx", "--out", "out.parquet").code == 0
    german, wim = pl.read_parquet(project.folder / "out.parquet").rows(named=True)
    assert (german["nr"], german["postcode"], str(german["discount_percentage"])) == ("00102", "01067", "12.50")
    assert (wim["nr"], wim["phone"], wim["coc_number"]) == ("00007", "+31384211999", "01036041")
    assert (str(wim["discount_percentage"]), wim["issues"]) == ("10.00", [])


@pytest.mark.parametrize(
    "code", ["", ";", '"', "[", "\\", "0" * 400, "[<=x]0", "0;0;0;0;0", "_", "*", "00" * 200 + "x"]
)
def test_no_format_breaks_the_reading(code: str) -> None:
    for value in ("7", "1e300", "-0", "0.1"):
        if sections := sections_of(code):
            shown(value, sections)


def test_numbers_that_stand_elsewhere_stay_as_they_are(tmp_path: Path) -> None:
    """A table whose place in its sheet cannot be told, as one with a formula above it that has no value."""
    with xlsxwriter.Workbook(str(tmp_path / "own.xlsx")) as workbook:
        sheet, zeros = workbook.add_worksheet(), workbook.add_format({"num_format": "00000"})
        sheet.write_formula(0, 0, "=1/0", None, "")
        sheet.write_row(1, 0, ["key", "name"])
        for row, key in enumerate((1, 2, 3), 2):
            sheet.write(row, 0, key, zeros)
            sheet.write(row, 1, "Ans")
    assert read_table(tmp_path / "own.xlsx")["key"].to_list() == ["1", "2", "3"]
