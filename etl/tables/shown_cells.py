"""What a workbook shows of a number: `00101` where 101 stands in a cell of the format `00000`, and 12.5% for 0.125.

A module of the process that `etl.tables.apart` runs in, whose bounds hold here: it imports nothing of ours.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree  # nosec B405  # in this process memory and time are bounded

PIECE = 1 << 20
MOST_DIGITS = 15
"""The most digits of a number that a spreadsheet keeps; zeros stand for the rest."""
_BUILT_IN = {"9": "0%", "10": "0.00%"}
_PERCENT = re.compile(r"[0#]+(?:[.,]0+)? ?%")
_PART = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[(?P<sign><=|>=|<>|<|>|=)(?P<limit>\d+(?:\.\d+)?)\]|\[\$(?P<currency>[^\]\-]*)[^\]]*\]|'
    r"\[(?P<colour>[^\]]*)\]|[_*](?P<width>.)|(?P<digit>[0#])|(?P<mark>[ +\-():])|(?P<other>.)",
    re.DOTALL,
)
_OF_NUMBERS = re.compile(r"[\d +()\-./:]*")
"""The letters of a phone, a postcode or a key; with others a format says what a number counts."""
_COLUMN = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_STYLE = re.compile(rb'\bs="([0-9]{1,6})"')
_ROW_BEGINS = re.compile(
    rb'<(?:\w+:)?row\b[^>]*>(?:\s*<(?:\w+:)?c\b[^>]*/>)*\s*<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>'
)
"""A row up to its first cell that is not empty."""


@dataclass(frozen=True)
class Section:
    """A part of a format: for which numbers it is, and its letters and places for digits."""

    sign: str
    limit: float
    parts: tuple[str, ...]

    def takes(self, value: float) -> bool:
        compared = {"<": value < self.limit, ">": value > self.limit, "=": value == self.limit}
        return not self.sign or any(compared[one] for one in self.sign if one in compared)


@dataclass(frozen=True)
class Cell:
    """A cell with a number of which its format shows something else."""

    row: int
    column: int
    value: float
    shown: str


def as_shown(book: zipfile.ZipFile, part: str, batch: Any) -> Any:
    """Replace the numbers of a sheet's rows, as text, by what their cells show. Raises KeyError and ParseError."""
    import pyarrow as pa

    formats = _formats(book)
    if not formats:
        return batch
    with book.open(part) as xml:
        (top, left), cells = _cells(xml, formats)
    places = {cell.column - left for cell in cells}
    columns = {n: batch.column(n).to_pylist() for n in places if 0 <= n < batch.num_columns}
    if not all(_stands(columns.get(cell.column - left, []), cell.row - top, cell.value) for cell in cells):
        return batch  # the table begins elsewhere
    for cell in cells:
        columns[cell.column - left][cell.row - top] = cell.shown
    arrays = [
        pa.array(columns[n], batch.schema.field(n).type) if n in columns else batch.column(n)
        for n in range(batch.num_columns)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)


def _stands(column: list[Any], row: int, value: float) -> bool:
    try:
        return float(column[row]) == value
    except (IndexError, TypeError, ValueError):
        return False


def _formats(book: zipfile.ZipFile) -> dict[bytes, tuple[Section, ...] | None]:
    """The formats that show more than a number, by the style that has them; None is per cent."""
    root = ElementTree.fromstring(book.read("xl/styles.xml"))  # noqa: S314  # nosec B314
    codes = {**_BUILT_IN, **{one.get("numFmtId", ""): one.get("formatCode", "") for one in _named(root, "numFmt")}}
    styles = [style for group in _named(root, "cellXfs") for style in group]
    found = dict[bytes, tuple[Section, ...] | None]()
    for number, style in enumerate(styles):
        code = codes.get(style.get("numFmtId", ""), "")
        if _PERCENT.fullmatch(code):
            found[b"%d" % number] = None
        elif sections := sections_of(code):
            found[b"%d" % number] = sections
    return found


def _named(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (one for one in root.iter() if one.tag.rpartition("}")[2] == name)


def sections_of(code: str) -> tuple[Section, ...]:
    """Read a format of digits and marks, such as `00000`, `0000" "00` or `0#########`; none for others."""
    sections, parts, sign, limit = list[Section](), list[str](), "", 0.0
    for found in _PART.finditer(f"{code};"):
        kind, text = found.lastgroup, found[0]
        if text == ";":
            sections.append(Section(sign, limit, tuple(parts)))
            parts, sign, limit = [], "", 0.0
        elif kind == "other":
            return ()
        elif kind == "limit":
            sign, limit = found["sign"], float(found["limit"])
        elif kind in ("quoted", "escaped", "currency"):
            parts += [f"\\{one}" for one in found[kind]]
        elif kind in ("digit", "mark"):
            parts.append(text)
    plain = all(
        _OF_NUMBERS.fullmatch("".join(parts).replace("\\", "").replace("#", ""))
        for parts in (one.parts for one in sections)
    )
    more = any(len(section.parts) > 1 for section in sections)
    return tuple(sections) if plain and more else ()


def shown(value: str, sections: tuple[Section, ...] | None) -> str | None:
    """What a cell shows of a number; None where that is no more than the number."""
    number = Decimal(value)
    if sections is None:
        return f"{(number * 100).normalize():f}%"
    if number < 0 or number != number.to_integral_value() or number.adjusted() >= MOST_DIGITS:
        return None
    section = next((one for one in sections if one.takes(float(number))), None)
    if section is None or not {"0", "#"} & set(section.parts):
        return None
    return _filled(f"{int(number)}", section.parts)


def _filled(digits: str, parts: tuple[str, ...]) -> str:
    places = [n for n, part in enumerate(parts) if part in ("0", "#")]
    first_zero = next((n for n in places if parts[n] == "0"), len(parts))
    rest, made = digits, dict[int, str]()
    for place in reversed(places):
        made[place] = rest[-1:] or ("0" if place >= first_zero else "")
        rest = rest[:-1]
    made[places[0]] = rest + made[places[0]]
    return "".join(made.get(n, part.removeprefix("\\")) for n, part in enumerate(parts)).strip()


def _cells(xml: Any, formats: Mapping[bytes, tuple[Section, ...] | None]) -> tuple[tuple[int, int], list[Cell]]:
    """Where the rows below the header begin, and their cells of which something else is shown."""
    styles = b"|".join(formats)
    numbers = re.compile(
        rb'<(?:\w+:)?c\b(?=[^>]*\bs="(?:' + styles + rb')")(?![^>]*\bt="[^n])([^>]*)>'
        rb"(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>([-+0-9.eE]{1,30})<"
    )
    begins, cells = list[tuple[int, int]](), list[Cell]()
    for piece in _rows(xml):
        starts = [(int(row), _number(column)) for column, row in _ROW_BEGINS.findall(piece)]
        begins = [(min(y for y, _ in [*begins, *starts]), min(x for _, x in [*begins, *starts]))] if starts else begins
        for found in numbers.finditer(piece):
            place, style = _COLUMN.search(found[1]), _STYLE.search(found[1])
            text = found[2].decode()
            if place and style and (what := _shown(text, formats[style[1]])) not in (None, text):
                cells.append(Cell(int(place[2]), _number(place[1]), float(text), str(what)))
    top, left = begins[0] if begins else (0, 0)
    return (top + 1, left), [cell for cell in cells if cell.row > top]


def _shown(text: str, sections: tuple[Section, ...] | None) -> str | None:
    try:
        return shown(text, sections)
    except ArithmeticError:
        return None


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _rows(xml: Any) -> Iterator[bytes]:
    """The XML piece by piece, each of whole rows."""
    rest = b""
    while read := xml.read(PIECE):
        whole, mark, rest = (rest + read).rpartition(b"row>")
        yield whole + mark
    yield rest
