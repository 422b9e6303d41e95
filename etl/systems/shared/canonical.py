"""Reduce a value to one canonical form, so that two spellings of it compare equal. Nothing here raises."""

from __future__ import annotations

import html
import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from etl.systems.shared.cells import text

SIGNIFICANT_DIGITS = 9
"""The number of last digits that identify a phone number, whatever its prefix: 0, +31, 0031 or +31 (0)."""

LARGEST = 400
"""The largest decimal exponent taken as a number; no float exceeds it, so anything larger is compared as text."""

_DURATION = re.compile(
    r"P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_NO_FIGURES = re.compile(r"\D")
_COMMA = re.compile(r"^(-?\d+),(\d{1,2})$")
_SECONDS = (604_800, 86_400, 3_600, 60, 1)
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::00(?:\.0+)?)?(Z|[+-]\d{2}:?\d{2})?")


def written(value: Any) -> str:
    """Return a value as text: white space collapsed, HTML entities decoded, times without zero seconds."""
    said = text(value) or ""
    said = " ".join((html.unescape(said) if "&" in said else said).split())
    time = _TIME.fullmatch(said) if said[:1].isdigit() else None
    return f"{time[1]} {time[2]}{time[3] or ''}" if time else said


def casefolded(value: Any) -> str:
    """Return `written` with its case folded."""
    said = text(value)
    return _casefolded(said) if said else ""


@lru_cache(maxsize=1 << 12)  # a row, its earlier version and its record mostly hold the same
def _casefolded(said: str) -> str:
    return written(said).casefold()


def compact(value: Any) -> str:
    """Return `casefolded` without white space; a duration as its seconds."""
    spelling = "".join(casefolded(value).split())
    duration = seconds(spelling)
    return spelling if duration is None else f"{duration.normalize():f}s"


def dial_digits(value: Any) -> str:
    """Return the digits of a phone number that stay the same wherever it is dialled from; empty for under eight."""
    said = text(value)
    return _dial_digits(said) if said else ""


@lru_cache(maxsize=1 << 12)  # as above
def _dial_digits(said: str) -> str:
    figures = _NO_FIGURES.sub("", said.replace("(0)", "")).lstrip("0")
    return figures[-SIGNIFICANT_DIGITS:] if len(figures) >= 8 else ""


def number(value: Any) -> Decimal | None:
    """Parse a number, also from text, with a decimal point or with one or two decimals after a comma.

    None for anything else; a comma followed by three digits may be a thousands separator.
    """
    if isinstance(value, bool) or value is None:
        return None
    said = str(value).strip()
    try:
        found = Decimal(_COMMA.sub(r"\1.\2", said))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < LARGEST else None


def seconds(value: Any) -> Decimal | None:
    """Convert an ISO 8601 duration to seconds; None for other text, and for years and months, which vary."""
    found = _DURATION.fullmatch(value.strip().upper()) if isinstance(value, str) else None
    if found is None or not any(found.groups()):
        return None
    return sum((Decimal(part) * unit for part, unit in zip(found.groups(), _SECONDS, strict=True) if part), Decimal(0))
