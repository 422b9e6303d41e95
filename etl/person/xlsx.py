"""Take rows out of an XLSX file: the sheets' XML without them, every other part of the file as it is."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from html import escape, unescape
from pathlib import Path
from typing import Any

import polars as pl

from etl.errors import InputOutputError
from etl.person.wanted import Wanted
from etl.state.files import discard, failed, open_private, promote, temporary_beside
from etl.tables.read_table import read_table
from etl.tables.write import write_frame

SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml$")
SHARED = "xl/sharedStrings.xml"
ROW = re.compile(r'<row r="(\d+)"[^>]*?(?:/>|>.*?</row>)', re.DOTALL)
CELL = re.compile(r'<c r="([A-Z]+)\d+"[^>]*?(?:/>|>(.*?)</c>)', re.DOTALL)
TEXT = re.compile(r"<t[^>]*>(.*?)</t>|<v>(.*?)</v>", re.DOTALL)
ADDRESS = re.compile(r'(<(?:row|c) r="[A-Z]*)(\d+)"')


class XlsxRows:
    """A workbook as this program writes it: texts inline, a header in each sheet. One that a spreadsheet program saved
    keeps its texts apart: it is written anew, its cells as texts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(
        self, wanted: Wanted, ids: Collection[str], places: Collection[int]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        if self._is_foreign():
            for place, row in enumerate(read_table(self._path).iter_rows(named=True)):
                yield place, row
            return
        pattern = wanted.pattern(ids)
        place = 0
        for _, xml in self._sheets():
            header = dict[str, str]()
            for number, found in enumerate(ROW.finditer(xml)):
                if number == 0:
                    header = dict(_cells(found[0]))
                    continue
                if place in places or pattern.search(unescape(found[0]).encode()):
                    cells = dict(_cells(found[0]))
                    yield place, {name: cells.get(letter) or None for letter, name in header.items()}
                place += 1

    def rewrite(self, drop: Collection[int], edits: Mapping[int, dict[str, Any]]) -> None:
        if self._is_foreign():
            self._write_anew(drop, edits)
            return
        temporary = temporary_beside(self._path)
        try:
            with (
                zipfile.ZipFile(self._path) as source,
                os.fdopen(open_private(temporary, self._path), "wb") as file,
                zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
            ):
                place = 0
                changed = {}
                for name, xml in self._sheets():
                    changed[name], place = _without(xml, place, drop, edits)
                for info in source.infolist():
                    data = changed.get(info.filename)
                    target.writestr(info, source.read(info) if data is None else data.encode())
            promote(temporary, self._path)
        except OSError as error:
            raise failed("write", self._path, error) from None
        finally:
            discard(temporary)

    def height(self) -> int:
        return read_table(self._path).height

    def _write_anew(self, drop: Collection[int], edits: Mapping[int, dict[str, Any]]) -> None:
        frame = read_table(self._path)
        rows = [
            {**row, **edits.get(place, {})}
            for place, row in enumerate(frame.iter_rows(named=True))
            if place not in drop
        ]
        write_frame(pl.DataFrame(rows, schema=frame.schema), self._path, self._path.suffixes[0][1:] or "rows")

    def _is_foreign(self) -> bool:
        try:
            with zipfile.ZipFile(self._path) as book:
                return SHARED in book.namelist() and b"<si>" in book.read(SHARED)
        except (zipfile.BadZipFile, OSError):
            raise self._unreadable() from None

    def _sheets(self) -> Iterator[tuple[str, str]]:
        """Yield name and XML of each sheet, in order."""
        try:
            with zipfile.ZipFile(self._path) as book:
                names = [(int(found[1]), name) for name in book.namelist() if (found := SHEET.match(name))]
                for _, name in sorted(names):
                    yield name, book.read(name).decode("utf-8")
        except (zipfile.BadZipFile, UnicodeDecodeError, OSError):
            raise self._unreadable() from None

    def _unreadable(self) -> InputOutputError:
        return InputOutputError(
            f"{self._path} cannot be read as a workbook.",
            remedy="Nothing was changed. Remove it or make it anew, then go on.",
        )


def _cells(row: str) -> Iterator[tuple[str, str]]:
    """Yield letter and text of each cell of a row."""
    for cell in CELL.finditer(row):
        texts = TEXT.finditer(cell[2] or "")
        yield cell[1], unescape("".join(one[1] if one[1] is not None else one[2] for one in texts))


def _without(xml: str, place: int, drop: Collection[int], edits: Mapping[int, dict[str, Any]]) -> tuple[str, int]:
    """A sheet's XML without some of its rows, the ones below moved up; `place` is that of its first row of values."""
    pieces, done, gone = list[str](), 0, 0
    header = dict[str, str]()
    for number, found in enumerate(ROW.finditer(xml)):
        pieces.append(xml[done : found.start()])
        done = found.end()
        row = found[0]
        if number == 0:
            header = {name: letter for letter, name in _cells(row)}
        elif place in drop:
            row, gone = "", gone + 1
        elif place in edits:
            row = _edited(row, {header[name]: value for name, value in edits[place].items()})
        if gone and row:
            row = _moved_up(row, gone)
        pieces.append(row)
        place += number > 0
    return "".join([*pieces, xml[done:]]), place


def _moved_up(row: str, rows: int) -> str:
    return ADDRESS.sub(lambda at: f'{at[1]}{int(at[2]) - rows}"', row)


def _edited(row: str, values: Mapping[str, Any]) -> str:
    """A row with other texts in some of its cells, by letter; None empties one."""

    def changed(cell: re.Match[str]) -> str:
        if cell[1] not in values:
            return cell[0]
        value = values[cell[1]]
        if value is None:
            return ""
        begin = cell[0].partition("<is>")[0]
        return f'{begin}<is><t xml:space="preserve">{escape(str(value), quote=False)}</t></is></c>'

    return CELL.sub(changed, row)
