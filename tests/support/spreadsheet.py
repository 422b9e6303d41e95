"""A Dutch spreadsheet, as shop owners have one: what it makes of a file that is opened, edited and saved.

A CSV that is opened by a double click is cut at semicolons, and read as UTF-8 only where it begins with a BOM. Each
cell becomes what it looks like: a number loses its zeros and its plus, `12-3` becomes a day in March, `=1+1` a 2.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import openpyxl

Cell: TypeAlias = str | int | float | bool | datetime | None

BOM = b"\xef\xbb\xbf"
MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
YEAR = 2026
MOST_DIGITS = 11
"""A number of more digits is shown, and saved as CSV, with an exponent."""


class Spreadsheet:
    """One sheet: a header and its rows."""

    def __init__(self, rows: list[list[Cell]], path: Path) -> None:
        self.rows, self.path = rows, path

    @classmethod
    def open(cls, path: Path) -> Spreadsheet:
        if path.suffix == ".xlsx":
            sheet = openpyxl.load_workbook(path).worksheets[0]
            return cls([list(row) for row in sheet.iter_rows(values_only=True)], path)
        data = path.read_bytes()
        text = data.removeprefix(BOM).decode("utf-8" if data.startswith(BOM) else "cp1252")
        return cls([[typed(cell) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=";")], path)

    @property
    def header(self) -> list[str]:
        return [str(cell or "") for cell in self.rows[0]]

    def row(self, wanted: Callable[[dict[str, Cell]], bool]) -> list[Cell]:
        return next(row for row in self.rows[1:] if wanted(dict(zip(self.header, row, strict=False))))

    def edit(self, column: str, text: str, *, where: str, has: str) -> Spreadsheet:
        """Type a text into the cell of the row whose column `where` shows the text `has`."""
        self.row(lambda cells: shown(cells[where]) == has)[self.header.index(column)] = typed(text)
        return self

    def save(self, path: Path) -> Path:
        if path.suffix == ".xlsx":
            book = openpyxl.Workbook()
            for row in self.rows:
                book.worksheets[0].append(row)
            book.save(path)
            return path
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        writer.writerows([shown(cell) for cell in row] for row in self.rows)
        path.write_bytes(text.getvalue().encode("cp1252", "replace"))
        return path


def typed(text: str) -> Cell:
    """What a text becomes in a cell that has no format."""
    words: dict[str, Cell] = {"": None, "waar": True, "onwaar": False}
    if text.casefold() in words:
        return words[text.casefold()]
    if re.fullmatch(r"[+-]?\d+", text):
        return int(f"{float(text):.15g}".split("e")[0]) if len(text) <= 15 else float(text)
    if re.fullmatch(r"[+-]?\d+,\d+(?:E[+-]?\d+)?", text, re.IGNORECASE):
        return float(text.replace(",", "."))
    if day := re.fullmatch(r"(\d{1,2})-(\d{1,2})(?:-(\d{4}))?", text):
        try:
            return datetime(int(day[3] or YEAR), int(day[2]), int(day[1]))
        except ValueError:
            return text
    if sum_ := re.fullmatch(r"=(\d+)\+(\d+)", text):
        return int(sum_[1]) + int(sum_[2])
    return "#NAAM?" if text.startswith("=") else text


def shown(cell: Cell) -> str:
    """What a cell of no format shows, which is what a CSV holds."""
    match cell:
        case None:
            return ""
        case bool():
            return "WAAR" if cell else "ONWAAR"
        case datetime():
            return f"{cell.day}-{MONTHS[cell.month - 1]}"
        case int() | float():
            if abs(cell) >= 10**MOST_DIGITS:
                mantissa, exponent = f"{cell:.5E}".split("E")
                return f"{mantissa.rstrip('0').rstrip('.')}E{int(exponent):+03d}".replace(".", ",")
            return f"{cell:.11g}".replace(".", ",") if isinstance(cell, float) else str(cell)
        case _:
            return cell
