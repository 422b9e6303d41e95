"""Undo what programs did to letters: UTF-8 that was read as Windows text (`ZoÃ«`), where the whole cell proves it, and
the characters that a workbook writes as `_x000D_`."""

from __future__ import annotations

import re

import polars as pl

_BEHIND = r"\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122"
SIGNS = rf"[\u00c2-\u00c5\u00e2][{_BEHIND}]"
"""What stands for one character where a text was read so, and hardly ever stands beside each other otherwise."""
_LETTER = re.compile(rf"[\u00c2-\u00c5][{_BEHIND}]|\u00e2[{_BEHIND}]{{2}}")
_TURNS = 3
ESCAPE = r"_x([0-9A-Fa-f]{4})_"


def undone(text: pl.Series) -> pl.Series:
    """Return each text as it was meant; null where the text as a whole does not prove it."""
    return pl.Series(text.name, [_undone(one) for one in text], dtype=pl.String)


def meant(text: pl.Series) -> pl.Series:
    """Return the texts with the letters that were meant, where the text proves them."""
    rows = text.str.contains(ESCAPE).fill_null(False).arg_true()
    text = text.clone().scatter(rows, unescaped(text.gather(rows)))
    rows = text.str.contains(SIGNS).fill_null(False).arg_true()
    return text.scatter(rows, undone(text.gather(rows)).fill_null(text.gather(rows)))


def unescaped(text: pl.Series) -> pl.Series:
    """Read the characters that a workbook writes as `_x000D_`; no text may be null."""
    return pl.Series(text.name, [re.sub(ESCAPE, _letter, one) for one in text], dtype=pl.String)


def undone_in_part(text: pl.Series) -> pl.Series:
    """Return each text with what looks so undone, whatever stands beside it."""
    read = [_LETTER.sub(lambda found: _undone(found[0]) or found[0], one) for one in text]
    return pl.Series(text.name, read, dtype=pl.String)


def _letter(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if 0xD800 <= code < 0xE000 else chr(code)


def _undone(text: str) -> str | None:
    read = text
    for _ in range(_TURNS):  # some texts went through it more than once
        try:
            meant = _bytes(read).decode()
        except ValueError:
            break
        if meant == read or not all(letter.isprintable() or letter in text for letter in meant):
            break
        read = meant
    return read if read != text else None


def _bytes(text: str) -> bytes:
    """Encode as Windows does, where a byte without a letter is a control character. Raises UnicodeEncodeError."""
    return b"".join(bytes([ord(one)]) if "\x80" <= one < "\xa0" else one.encode("cp1252") for one in text)
