"""Read cells as text, flags and JSON, whatever a spreadsheet put there. Nothing here raises."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

BLANK: tuple[Any, ...] = (None, "", [], {})

_LONG_BITS = 4096
"""Python refuses to format much longer integers in decimal, and no field takes one."""


def text(value: Any) -> str | None:
    """Return a cell as trimmed text, or None if it is empty. A whole number gets no decimals."""
    if value is None or isinstance(value, str):
        return value.strip() or None if value else None
    if isinstance(value, float):
        if math.isnan(value):
            return None
        value = int(value) if value.is_integer() else value
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        value = f"{value:.0f}"
    if isinstance(value, int) and value.bit_length() > _LONG_BITS:
        return f"{value:x}"
    if isinstance(value, (list, dict, tuple, bytes)):
        return None
    return str(value).strip() or None


def flag(value: Any) -> bool | None:
    """Return True, False, or None for a cell that is neither."""
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "false": False, "0": False}.get((text(value) or "").casefold())


def texts(value: Any) -> list[str]:
    """Read a list column: a list, or its JSON text as in CSV."""
    if isinstance(value, str):
        value = parsed(value)
    found = value if isinstance(value, (list, tuple)) else []
    return [one for one in map(text, found) if one]


def parsed(value: Any) -> Any:
    """Parse JSON text; anything that is not JSON, NaN included, gives None."""
    try:
        return json.loads(value, parse_constant=_no_json) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return None


def _no_json(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a cell's JSON object; empty where it holds none."""
    found = parsed(value)
    return found if isinstance(found, dict) else {}


def same_text(one: Any, other: Any) -> bool:
    """Compare two cells without regard to case and white space; empty cells of any kind are equal."""
    return folded(one) == folded(other)


def folded(value: Any) -> str:
    if value is None:
        return ""
    return " ".join((text(value) or "").casefold().split())
