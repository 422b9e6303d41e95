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


class XlsxSink:
    """XLSX for people: ids, phones and postcodes as text, times as times, a frozen header. Formulas are inert.

    Written in constant memory. A sheet holds 1,048,575 rows; more continue on further sheets.
    """

    LONGEST_SHEET = 1_048_575
    LONGEST_TEXT = 32_767

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
        self._sheets = 0
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        number = f" {self._sheets}" if self._sheets > 1 else ""
        self._sheet = self._book.add_worksheet(f"{self._layout.title[:27]}{number}")
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(self._layout.schema.names):
            self._sheet.set_column(column, column, max(10, min(len(name) + 2, 30)))
            self._sheet.write_string(0, column, name, self._bold)
        self._row = 0

    def append(self, frame: pl.DataFrame) -> None:
        for row in cells(frame).iter_rows():
            if self._row == self.LONGEST_SHEET:
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
            if len(value) > self.LONGEST_TEXT:
                self.cut[self._layout.schema.names[column]] += 1
            self._sheet.write_string(self._row, column, value[: self.LONGEST_TEXT], self._text)
        elif isinstance(value, datetime):
            self._sheet.write_datetime(self._row, column, value, self._utc if value.tzinfo else self._time)
        elif isinstance(value, (date, time)):
            self._sheet.write_datetime(self._row, column, value, self._day if isinstance(value, date) else self._hour)
        else:
            self._sheet.write_number(self._row, column, value)

    def close(self) -> None:
        self._book.close()

    def drop(self) -> None:
        for sheet in self._book.worksheets():
            with contextlib.suppress(OSError):
                sheet.row_data_fh.close()
        shutil.rmtree(self._pieces, ignore_errors=True)
