"""Find the row with the names of a table's columns where titles, dates or groups stand above it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache

from etl.records import TABLES, fields
from etl.tables.headers import plain
from etl.tables.synonyms import meaning
from etl.tables.text_of_csv import SAMPLE, SEPARATORS, CsvText, find_separator

MOST_ROWS = 20
"""The first rows of a table, among which its header is."""
_NEVER = "\uffff"
"""Separates nothing: Unicode keeps it out of every text. Python 3.13 takes no end of a line for a separator."""


def header_place(rows: Sequence[Sequence[str | None]]) -> int:
    """Return the place of the header: the first row, or a later one that names several columns more."""
    first = next((place for place, row in enumerate(rows) if any(row)), 0)
    names = [_names(row) for row in rows]
    if rows and _is_header(rows[first]):
        return first
    best = max(range(first, len(rows)), key=lambda place: names[place], default=first)
    return best if rows and names[best] >= names[first] + 2 else first


def below_titles(given: CsvText) -> CsvText:
    """Return the text from its header on, which is unwrapped if it is quoted whole."""
    first, end, rest = given.text.partition("\n")
    wrapped = _cells(first, _NEVER)
    if first.startswith('"') and len(wrapped) == 1:
        separator = find_separator(wrapped[0])
        if _is_header(_cells(wrapped[0], separator)) and not _is_header(_cells(first, separator)):
            return CsvText(wrapped[0] + end + rest, separator, given.line)
    lines = given.text[:SAMPLE].split("\n")[:MOST_ROWS]
    if _is_header(_cells(lines[0], given.separator)):
        return given
    found = {separator: [_cells(line, separator) for line in lines] for separator in SEPARATORS}
    separator = max(found, key=lambda one: (max(_names(row) for row in found[one]), one == given.separator))
    place = header_place(found[separator])
    if place == 0:
        return given
    text = given.text.split("\n", place)[place]
    several = _names(found[separator][place]) > 1
    return CsvText(text, separator if several else find_separator(text[:SAMPLE]), given.line + place)


def _is_header(cells: Sequence[str | None]) -> bool:
    return _names(cells) > 1 and all(cells)


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line.rstrip("\r")], delimiter=separator), [])]
    except csv.Error:
        return []


def _names(row: Sequence[str | None]) -> int:
    """Count the columns that a row names; none where it holds a number, as a header does not."""
    if any(cell and not any(char.isalpha() for char in cell) and any(map(str.isdigit, cell)) for cell in row):
        return 0
    return len({name for cell in row if cell and (name := _name(cell))})


def _name(cell: str) -> str | None:
    found = meaning(cell)
    ours = plain(cell)
    return found.column if found else ours if ours in _ours() else None


@cache
def _ours() -> frozenset[str]:
    return frozenset(name for table in TABLES for name in fields(table))
