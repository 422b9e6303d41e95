"""Blank becomes null, and white space becomes plain: what every text column goes through first."""

from __future__ import annotations

import unicodedata

import polars as pl

_INVISIBLE = r"[\u00ad\u200b\u200e\u200f\u2060\ufeff]"
_UNTIDY = r"^\s|\s$|\s\s|[^\S ]|[\x00-\x1f\x7f\u0300-\u036f]|" + _INVISIBLE
# A cell that starts so is a formula to a spreadsheet.
_FORMULA = r"^[=+\-@]"


def tidy(column: pl.Series) -> pl.Series:
    """The text without white space around it, runs of it made one plain space, null where nothing is left.

    No-break spaces, tabs and line ends count as white space; invisible marks and a byte order mark vanish; accents
    are composed, so that equal text is equal bytes.
    """
    if column.dtype != pl.String:
        column = as_text(column)
    if column.null_count() == len(column):
        return column
    untidy = column.str.contains(_UNTIDY).fill_null(False)
    if untidy.any():
        rows = untidy.arg_true()
        column = column.clone().scatter(rows, _cleaned(column.gather(rows)))
    return column.set(column == "", None)


def _cleaned(column: pl.Series) -> pl.Series:
    frame = column.to_frame("x").select(
        pl.col("x")
        .str.normalize("NFC")
        .str.replace_all(_INVISIBLE, "")
        .str.replace_all(r"[\s\x00-\x1f\x7f]+", " ")
        .str.strip_chars()
    )
    return frame.to_series()


def as_text(column: pl.Series) -> pl.Series:
    """Numbers as people write them: a whole number in a float column (a spreadsheet's) loses its `.0`."""
    if column.dtype.is_float():
        whole = column.cast(pl.Int64, strict=False)
        text = pl.select(
            pl.when(whole.cast(pl.Float64) == column).then(whole.cast(pl.String)).otherwise(column.cast(pl.String))
        )
        return text.to_series().alias(column.name)
    return column.cast(pl.String, strict=False)


def starts_like_formula(column: pl.Series) -> pl.Series:
    """Row numbers whose text a spreadsheet would run as a formula."""
    # All four characters sort before letters, and comparing is many times cheaper than matching.
    early = (column < "A").fill_null(False)
    if not early.any():
        return pl.Series(dtype=pl.UInt32)
    rows = early.arg_true()
    text = column.gather(rows)
    # Figures come between: three of the characters before them, one after.
    odd = (text < "0") | (text >= "=")
    if not odd.any():
        return pl.Series(dtype=pl.UInt32)
    return rows.filter(odd & text.str.contains(_FORMULA))


def fold(text: str) -> str:
    """Letters and figures only, without case and accents: the key under which names are looked up."""
    return "".join(letter for letter in plain(text) if letter.isalnum())


def plain(text: str) -> str:
    """Lower case without accents."""
    apart = unicodedata.normalize("NFKD", text.replace("&", " en ")).casefold()
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return bare.replace("ø", "o").replace("ł", "l").replace("æ", "ae").replace("đ", "d")


def keys(name: str) -> set[str]:
    """The keys a name is found under: `Österreich` may be typed `Osterreich` or `Oesterreich`."""
    spelled = name
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")):
        spelled = spelled.replace(umlaut, letters)
    return {fold(name), fold(spelled)}
