"""What the fast path makes of an array by itself."""

from __future__ import annotations

import polars as pl

from etl.decode.fast import _is_proved, decode_all, quick
from etl.systems.declare import Stream


def fast(records: bytes, stream: Stream) -> pl.DataFrame | None:
    """The frame of the fast path; None where the careful path has to look."""
    parsed = quick(records, stream)
    if parsed is None or not _is_proved([parsed], stream):
        return None
    return decode_all([parsed], stream)[0].frame
