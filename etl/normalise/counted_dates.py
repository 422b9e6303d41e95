"""House numbers that may be a date as a spreadsheet counts it: 46093 is 12 March 2026, and 12-3 may have stood there.

Nothing is lost of such a number, and it may be one: it stays, and is flagged.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.normalise.no_value import meant_by_dates
from etl.normalise.notes import Notes

COUNTED = ".ambiguous"
"""The end of the flag of a house number, postfix or box that may be a date."""
DAY_COUNTED = r"^[0-9]{5}$"
_FIRST, _LAST = 32_874, 51_501
"""1 January 1990 and 31 December 2040, in days since 30 December 1899."""
_FIRST_DAY = -25_569
"""30 December 1899, in days since 1970."""
_SMALL = 10_000
_SMALL_NUMBERS = ("NL", "BE")
"""Countries in which house numbers are smaller, but for a few."""


def counted_dates(text: pl.Series, before: pl.DataFrame) -> pl.Series:
    """Return for texts that may be such a date what probably stood there, else null; of rows that an earlier
    normalisation read, as its flags in `before` say."""
    if "known" not in before.columns or not before["known"].any():
        return _dates(text)
    flagged = before["known"] & before["counted"].list.contains(f"{text.name}{COUNTED}")
    rows = flagged.arg_true()
    return _dates(text).set(before["known"], None).scatter(rows, _dates(text.gather(rows)))


def _dates(text: pl.Series) -> pl.Series:
    """All are null where another number of the column is as long: then long ones are in use."""
    made = pl.Series("number", [None], dtype=pl.String).new_from_index(0, len(text))
    rows = text.str.contains(DAY_COUNTED).fill_null(False).arg_true()
    if len(rows) == 0:
        return made
    days = text.gather(rows).cast(pl.Int32)
    counted = days.is_between(_FIRST, _LAST)
    if (days.filter(~counted) >= _SMALL).any():
        return made
    dates = (days.filter(counted) + _FIRST_DAY).cast(pl.Date)
    return made.scatter(rows.filter(counted), meant_by_dates(dates.cast(pl.String)))


def note_counted_dates(notes: Notes, done: pl.DataFrame, found: Mapping[str, pl.Series]) -> None:
    """Flag the numbers of `done` that may be such a date, and suggest what probably stood there."""
    for name, meant in found.items():
        rows = meant.is_not_null() & ~done["issues"].list.contains("address.po_box")
        if name in done.columns:  # a line may say otherwise
            rows &= done[name].cast(pl.String).str.contains(DAY_COUNTED).fill_null(False)
        if "country_code" in done.columns:
            rows &= done["country_code"].cast(pl.String).is_in(_SMALL_NUMBERS).fill_null(True)
        notes.flag(f"{name}{COUNTED}", rows)
        notes.suggest(name, meant, rows)
