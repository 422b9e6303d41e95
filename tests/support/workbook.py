"""A workbook as a spreadsheet program sees it: what its XML says of sheets, columns and cells."""

from __future__ import annotations

import re
import zipfile
from html import unescape
from pathlib import Path

ROW = re.compile(r'<row r="\d+"[^>]*?>(.*?)</row>', re.DOTALL)
CELL = re.compile(r'<c r="([A-Z]+)\d+"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
COLUMN = re.compile(r'<col min="(\d+)" max="(\d+)" width="([\d.]+)"([^>]*)/>')


def part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as book:
        return book.read(name).decode() if name in book.namelist() else ""


def sheet(path: Path, number: int = 1) -> str:
    return part(path, f"xl/worksheets/sheet{number}.xml")


def rows(path: Path, number: int = 1) -> list[dict[str, tuple[str, str]]]:
    """The cells of each row by their column's letters: kind (`inlineStr`, `b`, or `n` for a number) and text."""
    found = []
    for row in ROW.finditer(sheet(path, number)):
        cells = {}
        for letters, about, inside in CELL.findall(row[1]):
            kind = re.search(r't="(\w+)"', about)
            cells[letters] = (kind[1] if kind else "n", unescape(re.sub("<[^>]+>", "", inside)))
        found.append(cells)
    return found


def by_name(path: Path, number: int = 1) -> list[dict[str, tuple[str, str]]]:
    """The same by the header's names, without the header."""
    header, *rest = rows(path, number) or [{}]
    return [{header[letters][1]: cell for letters, cell in row.items()} for row in rest]


def columns(path: Path, number: int = 1) -> dict[str, tuple[float, bool]]:
    """The width of each column by its name, and whether it is hidden."""
    names = [text for _, text in rows(path, number)[0].values()]
    return {
        names[place - 1]: (float(width), 'hidden="1"' in about)
        for first, last, width, about in COLUMN.findall(sheet(path, number))
        for place in range(int(first), int(last) + 1)
    }
