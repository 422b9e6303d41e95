"""Write a table as a workbook, for people."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections import Counter
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from etl.state.files import make_folder, open_private
from etl.tables.flat import cell, cells

if TYPE_CHECKING:
    from etl.tables.write import Layout

UTC_FORMAT = 'yyyy-mm-dd hh:mm:ss"Z"'
"""The number format of a time in UTC: a cell has no zone, so the Z is shown, and saved with the sheet as text."""
NARROWEST, WIDEST = 8, 60
"""Widths of columns, in characters."""
ARROW = 4
"""The room, in characters, that the filter's arrow takes beside a name."""
CUT = "texts that are cut"
"""The sheet that says which they are, if there are any."""


class XlsxSink:
    """XLSX for people: ids, phones and postcodes as text, times as times, a frozen header with a filter. Formulas are
    inert, columns as wide as what is in them, and hidden if that is nothing.

    Written in constant memory. A sheet holds 1,048,575 rows; more continue on further sheets.
    """

    LONGEST_SHEET = 1_048_575
    LONGEST_TEXT = 32_767
    """The most that a cell holds, in units of UTF-16, as spreadsheets count."""

    def __init__(self, path: Path, layout: Layout) -> None:
        import xlsxwriter

        os.close(open_private(path))
        self._pieces = path.with_name(f"{path.name[:240]}.d")
        make_folder(self._pieces)  # for xlsxwriter's own temporary files
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        }
        self._book = xlsxwriter.Workbook(str(path), {**options, "remove_timezone": True, "tmpdir": str(self._pieces)})
        self._bold = self._book.add_format({"bold": True})
        self._utc = self._book.add_format({"num_format": UTC_FORMAT})
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._hour = self._book.add_format({"num_format": "hh:mm:ss"})
        self._text = self._book.add_format({"num_format": "@"})
        self._layout = layout
        self.cut = Counter[str]()
        self._longest = dict.fromkeys(layout.schema.names, 0)
        self._sheets = 0
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        number = f" {self._sheets}" if self._sheets > 1 else ""
        self._sheet = self._book.add_worksheet(f"{self._layout.title[:27]}{number}")
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(self._layout.schema.names):
            self._sheet.write_string(0, column, name, self._bold)
        self._row = 0

    def append(self, frame: pl.DataFrame) -> None:
        frame = cells(frame)
        self._measure(frame)
        for row in frame.iter_rows():
            if self._row == self.LONGEST_SHEET:
                self._end_sheet()
                self._begin_sheet()
            self._row += 1
            for column, value in enumerate(row):
                self._cell(column, value)

    def _cell(self, column: int, value: Any) -> None:
        if value is None:
            return
        value = value if isinstance(value, str) else cell(value)
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, column, value)
        elif isinstance(value, str):
            text = cut_at(value, self.LONGEST_TEXT)
            if text != value:
                self.cut[self._layout.schema.names[column]] += 1
            self._sheet.write_string(self._row, column, text, self._text)
        elif isinstance(value, datetime):
            self._sheet.write_datetime(self._row, column, value, self._utc if value.tzinfo else self._time)
        elif isinstance(value, (date, time)):
            self._sheet.write_datetime(self._row, column, value, self._day if isinstance(value, date) else self._hour)
        else:
            self._sheet.write_number(self._row, column, value)

    def _measure(self, frame: pl.DataFrame) -> None:
        """Learn the longest value of each column, in characters."""
        if frame.height:
            found = frame.select(_length(name, dtype) for name, dtype in frame.schema.items())
            for name, longest in found.row(0, named=True).items():
                self._longest[name] = max(self._longest[name], longest or 0)

    def _end_sheet(self) -> None:
        if self._row and self._longest:
            self._sheet.autofilter(0, 0, self._row, len(self._longest) - 1)

    def close(self) -> None:
        self._end_sheet()
        filled = any(self._longest.values())
        for column, (name, longest) in enumerate(self._longest.items()):
            width = max(NARROWEST, min(max(len(name) + ARROW, longest + 1), WIDEST))
            hidden = filled and not longest and name not in self._layout.shown
            for sheet in self._book.worksheets():
                sheet.set_column(column, column, width, None, {"hidden": hidden})
        if self.cut:
            told = self._book.add_worksheet(CUT)
            for row, cells_of in enumerate((("column", f"cells cut at {self.LONGEST_TEXT:,}"), *self.cut.items())):
                told.write_row(row, 0, cells_of)
        self._book.close()

    def drop(self) -> None:
        for sheet in self._book.worksheets():
            with contextlib.suppress(OSError):
                sheet.row_data_fh.close()
        shutil.rmtree(self._pieces, ignore_errors=True)


def _length(name: str, dtype: pl.DataType) -> pl.Expr:
    """The length of a column's longest value, in characters; 0 or null where it has none."""
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):  # with more than milliseconds it is a text
        return pl.when(column.is_not_null().any()).then(pl.lit(len("2026-01-31 12:00:00Z"))).alias(name)
    return column.cast(pl.String).str.len_chars().max()


def cut_at(text: str, most: int) -> str:
    """As much of a text as a cell holds, in whole characters."""
    if 2 * len(text) <= most or len(units := text.encode("utf-16-le", "surrogatepass")) <= 2 * most:
        return text
    return units[: 2 * most].decode("utf-16-le", "ignore")
