"""Read cells as text, numbers and JSON, whatever a spreadsheet put there. Nothing here raises."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

BLANK: tuple[Any, ...] = (None, "", [], {})

_LONG_BITS = 4096
"""Python writes no longer number out in figures; no field takes one anyway."""


def text(value: Any) -> str | None:
    """A cell as trimmed text, or None where there is nothing in it. A whole number has no decimals."""
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
    """True, false, or None where the cell says neither."""
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "false": False, "0": False}.get((text(value) or "").casefold())


def texts(value: Any) -> list[str]:
    """A list column: a list, or JSON text of one as CSV has it."""
    if isinstance(value, str):
        value = parsed(value)
    found = value if isinstance(value, (list, tuple)) else []
    return [one for one in map(text, found) if one]


def parsed(value: Any) -> Any:
    """JSON text as what it says; what is no JSON, NaN included, is None."""
    try:
        return json.loads(value, parse_constant=_no_json) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return None


def _no_json(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def mapping(value: Any) -> Mapping[str, Any]:
    """A JSON object; empty where the cell holds none."""
    found = parsed(value)
    return found if isinstance(found, dict) else {}


def same_text(one: Any, other: Any) -> bool:
    """Equal but for case and white space; nothing equals nothing, however it is spelt."""
    return folded(one) == folded(other)


def folded(value: Any) -> str:
    if value is None:
        return ""
    return " ".join((text(value) or "").casefold().split())
