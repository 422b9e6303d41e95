"""Make one text of a CSV's bytes: its encoding, its line ends, and Excel's line that declares the separator.

One odd byte or line end spoils nothing but its own cell. Each is looked for by a quick count first, so that an ordinary
file is read at full speed.
"""

from __future__ import annotations

import codecs
import csv
import re
from typing import NamedTuple

SEPARATORS = (";", ",", "\t", "|")
SAMPLE = 64 << 10
_DECLARED = re.compile(r'"?sep=(.)"?[;,\t|]*(?:\r\n|\r|\n)')
_BYTES = "windows-1252-bytes"
_UTF8 = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_QUOTED = re.compile(r'(?:(?<=[;,\t|\r\n])|^)"(?:[^"]++|"")*+"')
_CR = re.compile(rf"{_QUOTED.pattern}|\r(?!\n)")
_LONE = "\ufdd0"
"""Stands for a lone CR meanwhile: no character."""


class CsvText(NamedTuple):
    """The text of a CSV with line ends in it, from its header on. `line` counts the lines that stood above it."""

    text: str
    separator: str
    line: int = 0


def as_csv_text(data: bytes) -> CsvText:
    """Decode a CSV, and find its separator: the declared one if the header has it, else what makes even rows."""
    text = decode_text(data)
    declared = _DECLARED.match(text)  # Excel's own way to declare it; a second saving puts it in quotes
    text = text[declared.end() :] if declared else text
    if text.count("\r") != text.count("\r\n"):
        text = _with_line_ends(text)
    if text.endswith(("\n\n", "\n\r\n")):
        text = text.rstrip("\r\n") + "\n"
    above = int(declared is not None)
    if declared and declared[1] in text.partition("\n")[0]:
        return CsvText(text, declared[1], above)
    return CsvText(text, find_separator(text[:SAMPLE]), above)


def encoding_of(head: bytes) -> str | None:
    """The UTF-16 of a file that begins so, with or without its mark; None for another encoding."""
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    even, odd = head[::2], head[1::2]
    for name, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if 2 * high.count(0) > len(high) > 1 and not low.count(0):
            return name
    return None


def decode_text(data: bytes) -> str:
    """Decode UTF-8 or UTF-16, with or without BOM; a byte that is no UTF-8 as what Windows writes (cp1252)."""
    if encoding := encoding_of(data[:SAMPLE]):
        return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Each odd byte by itself takes ten times as long, and is needed only where others make a letter of UTF-8.
        return data.decode("utf-8-sig", _BYTES) if _UTF8.search(data) else data.decode("cp1252", "replace")


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_BYTES, _as_windows)


def _with_line_ends(text: str) -> str:
    """Make a lone CR a line end, as old Macs write them, where there are no others, or where the lines that it makes
    have the header's fields; else a blank. In a quoted text it stays."""
    marked = _CR.sub(lambda found: found[0] if found[0] != "\r" else _LONE, text)
    header = re.split(rf"\r?\n|{_LONE}", marked, maxsplit=1)[0]
    separator = find_separator(header)
    fields = header.count(separator)
    only = "\n" not in _QUOTED.sub("", text)

    def ended(line: str) -> str:
        parts = line.rstrip("\r" + _LONE).split(_LONE)
        lines = only or (fields and all(part.count(separator) == fields for part in parts))
        return line.replace(_LONE, "\n" if lines else " ")

    return "\n".join(ended(line) if _LONE in line else line for line in marked.split("\n"))


def find_separator(sample: str) -> str:
    """The separator that splits the first lines into the most fields, and the same number in each."""
    lines = sample.splitlines()[:50]
    lines = lines[:-1] if len(lines) > 2 and not sample.endswith("\n") else lines
    scores = {}
    for separator in SEPARATORS:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator) if row]
        consistent = sum(width == widths[0] for width in widths) / len(widths) if widths else 0.0
        scores[separator] = (widths[0] > 1 if widths else False, consistent, widths[0] if widths else 0)
    return max(SEPARATORS, key=lambda separator: scores[separator]) if any(s[0] for s in scores.values()) else ","
