"""The place of an erased record in a landed page: its id and a mark, so that the page keeps its count and order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from etl.systems.declare import UNKNOWN

if TYPE_CHECKING:
    import polars as pl

MARK = "_etl_erased"
ONLY_MARK = '{"' + MARK + '":true}'


def place_of(record: Any, key: str) -> str:
    """Return what stands for the record in its page: its id under the dotted path `key`, as it came, and the mark.

    Numbers of the record may be texts of a subclass of str: these stay numbers.
    """
    value = record
    for name in key.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, str):
        return ONLY_MARK
    text = json.dumps(value) if type(value) is str else str(value)
    first, *inner = key.split(".")
    for name in reversed(inner):
        text = f"{{{json.dumps(name)}:{text}}}"
    return f'{{{json.dumps(first)}:{text},"{MARK}":true}}'


def is_place(record: Any) -> bool:
    """Whether this parsed record is only the place of one."""
    return isinstance(record, dict) and record.get(MARK) is True


def places(frame: pl.DataFrame) -> pl.Series:
    """Tell which rows of a frame in the wire schema are only the places of erased records."""
    return (frame[UNKNOWN] == ONLY_MARK).fill_null(False)
