"""Read a CSV that a strict reader refuses, line by line, so that an odd quote or separator spoils only its line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from etl.errors import UsageError
from etl.tables.headers import distinct
from etl.tables.text_of_csv import CsvText

LONGEST_CELL = 1 << 22
MOST_LINES = 200
"""The lines that a quoted text may have here: one that goes on is a quote that was never closed."""


class LongRow(UsageError):
    """A row has more values than the header has names; `given` is the text that it stands in."""

    def __init__(self, path: Path, line: int, given: CsvText) -> None:
        super().__init__(
            f"{path}: line {line} has more fields than the header.",
            remedy="Save it again as CSV from your spreadsheet: a text with a separator in it needs its quotes.",
        )
        self.given = given


def odd_frame(given: CsvText, path: Path) -> pl.DataFrame:
    """All columns as text. Raises LongRow for a row with more values than the header has names."""
    (_, header), *rows = csv_rows(given)
    width = len(header)
    for line, row in rows:
        if any(row[width:]):
            raise LongRow(path, line, given)
    names = distinct(header)
    columns = {name: [row[n] if n < len(row) else None for _, row in rows] for n, name in enumerate(names)}
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String()))


def csv_rows(given: CsvText) -> Iterator[tuple[int, list[str]]]:
    """Iterate over header and rows with the line that each begins in, without empty lines."""
    csv.field_size_limit(LONGEST_CELL)
    lines = [found[0] for found in re.finditer(r"[^\n]*\n|[^\n]+\Z", given.text)]
    at = 0
    while at < len(lines):
        row, used = _row(lines, at, given.separator)
        if row:
            yield at + 1, row
        at += used


def _row(lines: list[str], at: int, separator: str) -> tuple[list[str], int]:
    """The row that begins in this line, and its number of lines. A quote that is odd is a character of its text."""
    plain = lines[at].rstrip("\r\n")
    if '"' not in plain:
        return plain.split(separator) if plain else [], 1
    for end in range(at + 1, min(at + MOST_LINES, len(lines)) + 1):
        try:
            row = next(csv.reader(["".join(lines[at:end])], delimiter=separator, strict=True), [])
        except csv.Error as error:
            if "unexpected end" in str(error):  # its quoted text goes on
                continue
            break
        return row, end - at
    return _with_odd_quotes(plain, separator), 1


def _with_odd_quotes(line: str, separator: str) -> list[str]:
    """Split a line at its separators; fields that are quoted as they should be lose their quotes."""
    fields = re.findall(
        rf'(?:^|{re.escape(separator)})("(?:[^"]|"")*"(?={re.escape(separator)}|$)|[^{re.escape(separator)}]*)', line
    )
    return [one[1:-1].replace('""', '"') if re.fullmatch(r'"(?:[^"]|"")*"', one) else one for one in fields]
