"""The dialects of the CSV that is written, and the mark that keeps a text of it from being run as a formula.

    plain       for machines: comma, no mark of the encoding, decimal point
    excel-nl    for a Dutch spreadsheet: semicolon, mark, decimal comma, CRLF, formulas inert

A text that a spreadsheet would run as a formula, or make a number of (`+31…`), is made inert: an apostrophe goes before
it. A text that begins so already gets one more, so that the first one is never part of the text.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, TypeAlias

import polars as pl

from etl.errors import UsageError
from etl.regular_file import NotUsable, open_regular
from etl.tables.form import WORKBOOKS, form_of
from etl.tables.text_of_csv import SAMPLE, decode_text, encoding_of, find_separator

DialectName: TypeAlias = Literal["plain", "excel-nl"]
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S%.fZ"
LARGEST = 1 << 40
REJECTS = frozenset({"reason", "field", "suggestion"})
"""Columns that only a rejects file has: it is inert, whatever its separator."""
_RUNS = r"(?:[\t\r]|\s*[=+\-@＝＋－＠])"  # spreadsheets run the wide ones, too
_RUN = rf"^'*{_RUNS}"
_MARKED = rf"^'+{_RUNS}"
_HARMLESS = r"^-(?:[0-9]+(?:[.,][0-9]+)?)?$"
"""A negative number, or a hyphen by itself."""
_NUMBER = r"^'\+[0-9]"


@dataclass(frozen=True)
class Dialect:
    """A dialect of CSV, always in UTF-8; `mark` is a byte order mark."""

    separator: str = ","
    mark: bool = False
    line_end: str = "\n"
    decimal_comma: bool = False
    inert: bool = False

    def begin(self, file: IO[bytes], names: Sequence[str]) -> None:
        """Write the mark and the header."""
        if self.mark:
            file.write(codecs.BOM_UTF8)
        header = pl.DataFrame([[name] for name in names], schema=[f"{place}" for place in range(len(names))])
        self.write(file, header)

    def write(self, file: IO[bytes], frame: pl.DataFrame) -> None:
        """Write rows, of what `flat_text` makes."""
        (inert(frame) if self.inert else frame).write_csv(
            file,
            include_header=False,
            separator=self.separator,
            line_terminator=self.line_end,
            decimal_comma=self.decimal_comma,
            datetime_format=TIME_FORMAT,
        )


PLAIN = Dialect()
EXCEL_NL = Dialect(";", mark=True, line_end="\r\n", decimal_comma=True, inert=True)
DIALECTS: dict[DialectName, Dialect] = {"plain": PLAIN, "excel-nl": EXCEL_NL}


def named(name: DialectName | None, forms: Collection[str]) -> Dialect:
    """The dialect of this name, or for machines. Raises UsageError for one where no CSV is written."""
    if name is not None and "csv" not in forms:
        raise UsageError(f"--dialect {name} is for CSV, and none is written.", remedy="Say --format csv as well.")
    return DIALECTS[name or "plain"]


def dialect_of(path: Path) -> Dialect:
    """The dialect for what goes back to whoever has this file: its separator, mark and line ends, formulas inert.

    With the mark also where it has a semicolon or another encoding: only so a spreadsheet takes it for UTF-8.
    """
    _, head = _head_of(path)
    text = decode_text(head)
    separator = find_separator(text)
    marked = separator == ";" or head.startswith(codecs.BOM_UTF8) or not _is_utf_8(head)
    return Dialect(separator, marked, "\r\n" if "\r\n" in text else "\n", inert=True)


def is_workbook(path: Path) -> bool:
    """Whether whoever has this file works with workbooks."""
    return _head_of(path)[0] in WORKBOOKS.values()


def _head_of(path: Path) -> tuple[str, bytes]:
    """The form of a file, and where it is CSV its beginning; that of an empty CSV where it cannot be read."""
    try:
        with open_regular(path, LARGEST) as file:
            form = form_of(file, path)
            if form == "gzip":
                return form, gzip.open(file).read(SAMPLE)
            return form, file.read(SAMPLE) if form == "csv" else b""
    except (OSError, EOFError, zlib.error, NotUsable, UsageError):
        return "csv", b""


def _is_utf_8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return encoding_of(head) is None


def inert(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before texts that a spreadsheet would run, or make a number of."""
    texts = (pl.col(name) for name, dtype in frame.schema.items() if dtype == pl.String)
    return frame.with_columns(
        pl.when(text.str.contains(_RUN) & ~text.str.contains(_HARMLESS)).then("'" + text).otherwise(text).name.keep()
        for text in texts
    )


def without_marks(frame: pl.DataFrame, pattern: str = _MARKED) -> pl.DataFrame:
    """Take the apostrophes off again that `inert` put there, header included."""
    names = {name: bare(name) for name in frame.columns if re.match(pattern, name)}
    marked = [name for name in frame.columns if frame.schema[name] == pl.String and _has_mark(frame[name])]
    texts = (pl.col(name) for name in marked)
    made = frame.with_columns(
        pl.when(text.str.contains(pattern)).then(text.str.slice(1)).otherwise(text).name.keep() for text in texts
    )
    return made.rename(names) if len({*made.columns, *names.values()}) == made.width + len(names) else made


def _has_mark(column: pl.Series) -> bool:
    return bool(column.str.starts_with("'").any())


def bare(text: str) -> str:
    """A text without the apostrophe that `inert` put before it."""
    return text[1:] if re.match(_MARKED, text) else text


def as_it_was(frame: pl.DataFrame, *, separator: str | None = None) -> pl.DataFrame:
    """A table that was read, without the apostrophes that keep its texts inert.

    Of CSV with a semicolon, and of rejects, before whatever they stand; elsewhere before a number that begins with +:
    a spreadsheet saved it so.
    """
    everywhere = separator == ";" or set(frame.columns) >= REJECTS
    return without_marks(frame, _MARKED if everywhere else _NUMBER)
