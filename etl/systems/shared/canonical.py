"""The one form of a value, however a server writes it: what two spellings are compared by. Nothing here raises."""

from __future__ import annotations

import html
import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from etl.systems.shared.cells import text

DIALLED = 9
"""So many last figures tell two numbers apart, whatever stands in front: 0, +31, 0031 or +31 (0)."""

LARGEST = 400
"""No float has more places: what has is text, and is not written out in figures."""

_DURATION = re.compile(
    r"P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_NO_FIGURES = re.compile(r"\D")
_COMMA = re.compile(r"^(-?\d+),(\d{1,2})$")
_SECONDS = (604_800, 86_400, 3_600, 60, 1)
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::00(?:\.0+)?)?(Z|[+-]\d{2}:?\d{2})?")


def written(value: Any) -> str:
    """A value as text: blanks collapsed, HTML entities as the characters they stand for, times without zero seconds."""
    said = text(value) or ""
    said = " ".join((html.unescape(said) if "&" in said else said).split())
    time = _TIME.fullmatch(said) if said[:1].isdigit() else None
    return f"{time[1]} {time[2]}{time[3] or ''}" if time else said


def plain(value: Any) -> str:
    """`written`, without regard to case."""
    said = text(value)
    return _plain(said) if said else ""


@lru_cache(maxsize=1 << 12)  # a row, what it said before and its record mostly say the same
def _plain(said: str) -> str:
    return written(said).casefold()


def squeezed(value: Any) -> str:
    """`plain`, without any blanks; a duration as its seconds."""
    said = "".join(plain(value).split())
    lasting = seconds(said)
    return said if lasting is None else f"{lasting.normalize():f}s"


def dialled(value: Any) -> str:
    """The figures of a phone number that dial the same wherever it is dialled from; empty where there are few."""
    said = text(value)
    return _dialled(said) if said else ""


@lru_cache(maxsize=1 << 12)  # as above
def _dialled(said: str) -> str:
    figures = _NO_FIGURES.sub("", said.replace("(0)", "")).lstrip("0")
    return figures[-DIALLED:] if len(figures) >= 8 else ""


def number(value: Any) -> Decimal | None:
    """A number, also where it came as text, with a point or with one or two places behind a comma.

    None for what is none; behind a comma three figures may be thousands.
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
    """How long an ISO 8601 duration lasts; None for what is none, and for years and months: they vary."""
    found = _DURATION.fullmatch(value.strip().upper()) if isinstance(value, str) else None
    if found is None or not any(found.groups()):
        return None
    return sum((Decimal(part) * unit for part, unit in zip(found.groups(), _SECONDS, strict=True) if part), Decimal(0))
