"""Read a CSV that a strict reader refuses, line by line, so that an odd quote or separator spoils only its line."""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from etl.errors import UsageError
from etl.tables.headers import clean, distinct
from etl.tables.text_of_csv import CsvText

LONGEST_CELL = 1 << 22
MOST_LINES = 200
"""The lines that a quoted text may have here: one that goes on is a quote that was never closed."""


class OddTable(NamedTuple):
    """A table, the lines of its rows that have fewer values than the header has names, and how many rows were quoted
    whole."""

    frame: pl.DataFrame
    short: list[int]
    unwrapped: int


def odd_table(given: CsvText, path: Path, beyond: str | None = None) -> OddTable:
    """All columns as text. Values beyond the header's last name go into the column `beyond`. Raises UsageError for
    them where there may be no such column, and for a text without a row."""
    (line, header), *rows = [*_rows(given)] or [(0, [])]
    if not line:
        raise UsageError(f"{path} is empty.")
    unwrapped = 0
    for place, (line, row) in enumerate(rows):
        if whole := _unwrapped(row, given.separator, len(header)):
            rows[place], unwrapped = (line, whole), unwrapped + 1
    width, names = len(header), distinct([clean(name) for name in header])
    beyond = None if beyond in names else beyond
    longer = next((line for line, row in rows if any(row[width:])), None)
    if longer and not beyond:
        raise UsageError(
            f"{path}: line {longer} has more fields than the header.",
            remedy="Save it again as CSV from your spreadsheet: a text with a separator in it needs its quotes.",
        )
    columns = {name: [row[n] if n < len(row) else None for _, row in rows] for n, name in enumerate(names)}
    if longer and beyond:
        columns[beyond] = [" | ".join(row[width:]) or None for _, row in rows]
    while width and not header[width - 1].strip():
        width -= 1
    short = [line for line, row in rows if len(row) < width and any(value.strip() for value in row)]
    return OddTable(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String())), short, unwrapped)


def is_odd(frame: pl.DataFrame, given: CsvText) -> bool:
    """Whether a table that was read quickly may have short rows, rows that are quoted whole, or rows in one cell."""
    if frame.width < 2:
        return False
    quoted = '"' in given.text
    if quoted and given.text.count("\n") > frame.height + 1:
        both = pl.all().str.contains("\n", literal=True) & pl.all().str.contains(given.separator, literal=True)
        if frame.select(pl.any_horizontal(both.any())).item():
            return True
    if not frame[:, -1].null_count():
        return False
    held = pl.sum_horizontal(pl.all().str.count_matches(given.separator, literal=True).sum())
    within = int(frame.select(held).item() or 0) if quoted else 0
    return given.text.count(given.separator) - within < (frame.height + 1) * (frame.width - 1)


def _unwrapped(row: Sequence[str], separator: str, fields: int) -> list[str] | None:
    """The values of a row that stands in its first cell: a spreadsheet that showed it so saved it so."""
    if fields < 3 or not row or separator not in row[0] or any(row[1:]):
        return None
    found = _parsed(row[0], separator)
    return found if found and len(found) == fields else None


def _parsed(text: str, separator: str) -> list[str] | None:
    """The values of one row; None if its quotes are odd."""
    try:
        return next(csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True), [])
    except csv.Error:
        return None


def _rows(given: CsvText) -> Iterator[tuple[int, list[str]]]:
    """Iterate over header and rows with the line that each begins in, without empty lines above the header."""
    csv.field_size_limit(LONGEST_CELL)
    lines = [found[0] for found in re.finditer(r"[^\n]*\n|[^\n]+\Z", given.text)]
    odd = [place for place, line in enumerate(lines) if line.count('"') % 2]
    at, fields = 0, None
    while at < len(lines):
        row, used = _row(lines, at, odd, given.separator, fields)
        if row or fields:
            fields = fields or len(row)
            yield given.line + at + 1, row
        at += used


def _row(lines: list[str], at: int, odd: Sequence[int], separator: str, fields: int | None) -> tuple[list[str], int]:
    """The row that begins in this line, and its number of lines. A quote that is odd is a character of its text."""
    plain = lines[at].rstrip("\r\n")
    if '"' not in plain:
        return plain.split(separator) if plain else [], 1
    ends = odd[(after := bisect_right(odd, at)) : after + 2]  # a quoted text that goes on ends with one quote more
    for end in (at, *ends):
        if end >= at + MOST_LINES or (end > at and _are_rows(lines[at : end + 1], separator, fields)):
            break
        try:
            return next(csv.reader(["".join(lines[at : end + 1])], delimiter=separator, strict=True), []), end + 1 - at
        except csv.Error as error:
            if "unexpected end" not in str(error):
                break
    return _with_odd_quotes(plain, separator), 1


def _are_rows(lines: Sequence[str], separator: str, fields: int | None) -> bool:
    """Whether lines between two quotes are rows by themselves: then neither quote begins or ends a text of several."""
    return bool(fields and fields > 2) and all(line.count(separator) + 1 == fields for line in lines)


def _with_odd_quotes(line: str, separator: str) -> list[str]:
    """Split a line at its separators; fields that are quoted as they should be lose their quotes."""
    fields = re.findall(
        rf'(?:^|{re.escape(separator)})("(?:[^"]|"")*"(?={re.escape(separator)}|$)|[^{re.escape(separator)}]*)', line
    )
    return [one[1:-1].replace('""', '"') if re.fullmatch(r'"(?:[^"]|"")*"', one) else one for one in fields]
