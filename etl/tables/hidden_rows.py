"""Which rows of a sheet a spreadsheet does not show: hidden by hand, by a filter, or folded away.

A module of the process that `etl.tables.apart` runs in, whose bounds hold here: it imports nothing of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.parsers import expat  # nosec B407  # in this process memory and time are bounded

PIECE = 1 << 20
_HIDDEN = re.compile(rb'<(?:\w+:)?row\b[^>]*\bhidden="(?:1|true)"[^>]*(?<!/)>')
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_TYPE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 value-type"


def in_xlsx(xml: Any) -> int:
    """Count the hidden rows with cells, by the XML of a sheet."""
    return sum(len(_HIDDEN.findall(piece)) for piece in _pieces(xml) if b"hidden=" in piece)


def in_ods(xml: Any, sheet: str) -> int:
    """Count the hidden rows with values, by the XML of all sheets. Raises ExpatError."""
    return _OfOds(sheet).count(xml)


def _pieces(xml: Any) -> Iterator[bytes]:
    """The XML piece by piece, none of which ends inside a row's tag."""
    rest = b""
    while read := xml.read(PIECE):
        whole, mark, rest = (rest + read).rpartition(b"<")
        yield whole
        rest = mark + rest
    yield rest


class _OfOds:
    """Walk through the sheets of an OpenDocument spreadsheet, and count in one of them."""

    def __init__(self, sheet: str) -> None:
        self.sheet, self.here, self.hidden_rows = sheet, False, 0
        self.groups: list[bool] = []
        self.times = 0

    def count(self, xml: Any) -> int:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._begin, self._end
        parser.ParseFile(xml)
        return self.hidden_rows

    def _begin(self, tag: str, about: Mapping[str, str]) -> None:
        if self.times and _TYPE in about:
            self.hidden_rows += self.times
            self.times = 0  # its other cells do not count
        elif tag == f"{_TABLE}table":
            self.here = about.get(f"{_TABLE}name") == self.sheet
        elif self.here and tag == f"{_TABLE}table-row-group":
            self.groups.append(about.get(f"{_TABLE}display") == "false")
        elif self.here and tag == f"{_TABLE}table-row":
            unseen = about.get(f"{_TABLE}visibility", "visible") != "visible" or any(self.groups)
            self.times = int(about.get(f"{_TABLE}number-rows-repeated", "1")) if unseen else 0

    def _end(self, tag: str) -> None:
        if self.here and tag == f"{_TABLE}table-row-group":
            self.groups.pop()
        elif tag == f"{_TABLE}table-row":
            self.times = 0
