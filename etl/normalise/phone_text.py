"""Find the phone numbers in a cell: among words, before an extension, two of them, or as a spreadsheet left them.

    06-12345678 (na 18u) ─ runs of figures ─> 06-12345678 ─ candidates ─> what may be the number, the likeliest first

Letters are never read as the figures of a keypad, except in a number that is typed so on purpose (`0800-BLOEMEN`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import polars as pl

ODD = r"^[+0(].*[0-9][ .()-]*/ ?[0-9]{1,3}$|^[0-9]{7,}\.0+$"
"""Numbers that must not be read without their last figures being looked at: `123456/57`, and a spreadsheet's `.0`."""

WORTH_A_LOOK = r"[^0-9+]{2}|[\p{L}_*'’·•~|\\,;&#:/]|\.0+$| [+0]"
"""Texts that may hold a number although their figures together are none."""

_DECIMALS = re.compile(r"^(\d{6,})[.,]0+$")
_POWER = re.compile(r"^(\d)[.,](\d+)[eE]\+?(\d{1,2})$")
_MARKS = re.compile(r"(?<=\d)[_*'’`´·•~:=]+(?=\d)|(?<=\d)\s*[_*·•~]+\s*(?=\d)")
_KEYPAD = re.compile(r"^(?:\+?\d{1,3}[ -])?\(?0?(?:800|90\d|8[1-9]\d)\)?[ -][A-Z]{3,}[A-Z\d-]*$")
_EXTENSION = re.compile(
    r"^(.*\d)[\s,;/(-]*(?:toestel|tst|intern|ext(?:ension|\.)?|poste|doorkies(?:nummer|nr)?|dkn?r?|lijn|binnenlijn|durchwahl|"
    r"dw|apparaat|app|nebenstelle|x|#)[\s.:#]*\d{1,6}\s*\)?$",
    re.IGNORECASE,
)
_RUN = re.compile(r"[(+]*\d[\d\s()./\-\u2010-\u2015\u2212+]*")
# Between two numbers, the second of which begins anew or has only the last figures: `0475/12.34.56 - 0476/12.34.56`.
_BETWEEN = re.compile(
    r"\s+[-/\u2010-\u2015]\s+(?=[+(]?\d)|\s*(?:/\s*)?\+(?=\d)|\s+(?=\(?0\d{2})|/\s*(?=0\d{5})|/\s?(?=\d{1,3}$)"
)
_SHORTEST = 5


def plain(text: str) -> str:
    """Return the text without a spreadsheet's decimals, with odd marks among figures as spaces."""
    return _MARKS.sub(" ", _DECIMALS.sub(r"\1", text))


def candidates(text: str) -> Iterator[str]:
    """Yield what may be the number in a text, the likeliest first."""
    if _KEYPAD.match(text):
        yield text
        return
    if power := _POWER.match(text):
        # Of `3,16123E+10` the last figures are lost.
        if len(power[2]) >= int(power[3]) and not power[2][int(power[3]) :].strip("0"):
            yield power[1] + power[2][: int(power[3])]
        return
    for run in _runs(text):
        cuts = [run[: cut.start()] for cut in _BETWEEN.finditer(run) if _figures(run[: cut.start()]) >= _SHORTEST]
        # Without its zero or plus the beginning of a number may be one by itself.
        yield from [*cuts, run] if run[0] in "+0(" else [run, *cuts]


def parts(text: str) -> Iterator[str]:
    """Yield what may be the numbers of a text that holds several."""
    for run in _runs(text):
        cuts = [0, *(cut.start() for cut in _BETWEEN.finditer(run)), len(run)]
        for start, end in pairwise(cuts):
            yield run[start:end].strip(" /-\u2010\u2011\u2012\u2013\u2014\u2015")


def _runs(text: str) -> list[str]:
    """List the runs of figures that are long enough for a number."""
    text = plain(text)
    extended = _EXTENSION.match(text)
    text = extended[1] if extended else text
    runs = []
    for found in _RUN.finditer(text):
        run, behind = found[0], text[found.end() : found.end() + 1]
        if text[: found.start()][-1:].isalpha() and run[0] not in "+0(":
            continue
        groups = run.rstrip(" (+-/.").split()
        if behind.isalpha() and not run.endswith((" ", "(")) and len(groups) > 1:
            # `18u`, `2x`: figures of a word.
            groups = groups[:-1]
        whole = " ".join(groups).rstrip(" (+-/.")
        if _figures(whole) >= _SHORTEST:
            runs.append(whole)
    return runs


def _figures(text: str) -> int:
    return sum(letter.isdigit() for letter in text)


def hold_several(raw: pl.Series, e164: pl.Series) -> pl.Series:
    """Check whether a text holds more figures than those of the number that was read from it, as another number."""
    # A text that ends with the number and is not much longer, as nearly all do, holds nothing else.
    texts = pl.DataFrame({"raw": raw, "e164": e164})
    longer = pl.col("raw").str.len_bytes() > pl.col("e164").str.len_bytes() + 9
    other = ~pl.col("raw").str.ends_with(pl.col("e164").str.tail(2))
    rows = texts.select((longer | other).fill_null(False)).to_series().arg_true()
    held = [_holds_several(*pair) for pair in zip(raw.gather(rows), e164.gather(rows), strict=True)]
    return pl.repeat(False, len(raw), eager=True).scatter(rows, pl.Series(held, dtype=pl.Boolean))


def holds_words(number: pl.DataFrame) -> pl.Series:
    """Check which texts (`raw, valid`) hold words or an extension beside the number that was read."""
    wordy = number.select(pl.col("valid") & pl.col("raw").str.contains(r"\p{L}|[;,#~*]")).to_series()
    return wordy.fill_null(False)


def holds_more(number: pl.DataFrame) -> pl.Series:
    """Check which texts (`raw, e164, valid`) hold words or another number beside the one that was read."""
    return holds_words(number) | hold_several(number["raw"], number["e164"])


def _holds_several(raw: str, e164: str) -> bool:
    runs = ["".join(letter for letter in run if letter.isdigit()) for run in _runs(raw)]
    # Beside its own figures a number has at most `00` and `(0)`.
    return len(runs) > 1 or not all(run.endswith(e164[-_SHORTEST:]) and len(run) < len(e164) + 3 for run in runs)
