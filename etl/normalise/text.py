"""Tidy text, the first step for every column: blank becomes null, white space becomes plain spaces."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

import polars as pl

_INVISIBLE = r"[\u00ad\u200b\u200e\u200f\u2060\ufeff]"
_ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});"
_UNTIDY = _ENTITY + r"|^\s|\s$|\s\s|[^\S ]|[\x00-\x1f\x7f\u0300-\u036f]|" + _INVISIBLE
_ENTITIES = re.compile(_ENTITY)
_SAMPLE = 512
# A cell that starts like this is a formula to a spreadsheet.
_FORMULA = r"^[=+\-@]"


def tidy(column: pl.Series) -> pl.Series:
    """Trim the text, collapse runs of white space to one plain space, and set it to null where nothing is left.

    No-break spaces, tabs and line breaks count as white space; invisible marks and a byte order mark are removed;
    accents are composed, so that equal text is equal bytes.
    """
    return tidied(column.to_frame()).to_series()


def tidied(frame: pl.DataFrame) -> pl.DataFrame:
    """Apply `tidy` to every column; text that is tidy already, as most is, is only checked."""
    texts = pl.DataFrame([column if column.dtype == pl.String else as_text(column) for column in frame.iter_columns()])
    few = {column.name: column.unique() for column in texts.iter_columns() if _repeats(column)}
    untidy = texts.select(pl.col(name).str.contains(_UNTIDY) for name in texts.columns if name not in few)
    cleaned = []
    for name, distinct in few.items():
        odd = distinct.filter(distinct.str.contains(_UNTIDY))
        if len(odd):
            cleaned.append(texts[name].replace(odd, _cleaned(odd)))
    for mask in untidy.iter_columns():
        if mask.any():
            rows = mask.arg_true()
            cleaned.append(texts[mask.name].scatter(rows, _cleaned(texts[mask.name].gather(rows))))
    return texts.with_columns(cleaned).select(pl.when(pl.all() != "").then(pl.all()))


def _repeats(column: pl.Series) -> bool:
    """Check on a sample whether the column repeats enough to process distinct texts only."""
    return len(column) > 8 * _SAMPLE and column.head(_SAMPLE).n_unique() < _SAMPLE // 8


def without_entities(column: pl.Series) -> pl.Series:
    """Replace the entities of HTML (`&amp;`, `&#8203;`), also where they were written twice (`&amp;nbsp;`)."""
    while True:
        rows = column.str.contains(_ENTITY).fill_null(False).arg_true()
        if len(rows) == 0:
            return column
        odd = column.gather(rows)
        read = pl.Series([_ENTITIES.sub(lambda found: unescape(found[0]), text) for text in odd], dtype=pl.String)
        if (read == odd).all():
            return column
        column = column.clone().scatter(rows, read)


def _cleaned(column: pl.Series) -> pl.Series:
    frame = (
        without_entities(column)
        .to_frame("x")
        .select(
            pl.col("x")
            .str.replace_all(_INVISIBLE, "")
            .str.normalize("NFC")
            .str.replace_all(r"[\s\x00-\x1f\x7f]+", " ")
            .str.strip_chars()
        )
    )
    return frame.to_series()


def has_text(column: pl.Series) -> pl.Series:
    """Check for text other than white space; false, not null, where there is nothing."""
    # Nearly all start with an ASCII character, and comparing is many times cheaper than matching.
    there = (column >= "!") & (column < "\x7f")
    rows = (~there).arg_true()
    there = there if there.null_count() == 0 else there.fill_null(False)
    return there.scatter(rows, column.gather(rows).str.contains(r"\S")) if len(rows) else there


def as_text(column: pl.Series) -> pl.Series:
    """Write numbers as people do: a whole number in a float column (a spreadsheet's) loses its `.0`."""
    if column.dtype.is_float():
        whole = column.cast(pl.Int64, strict=False)
        text = pl.select(
            pl.when(whole.cast(pl.Float64) == column).then(whole.cast(pl.String)).otherwise(column.cast(pl.String))
        )
        return text.to_series().alias(column.name)
    return column.cast(pl.String, strict=False)


def formula_rows(texts: pl.DataFrame) -> pl.Series:
    """List the rows with a text that a spreadsheet would run as a formula, in any column; once for each such text."""
    # All four characters sort before letters, and comparing is many times cheaper than matching.
    texts = texts.select(column.name for column in texts.iter_columns() if column.null_count() < len(column))
    early = texts.select((pl.all() < "A").any())
    found = [pl.Series(dtype=pl.UInt32)]
    for column in (texts[name] for name in texts.columns if early[name].item()):
        # Three of the characters sort before the digits, one after them.
        odd = (column < "0") | ((column >= "=") & (column < "A"))
        if odd.any():
            rows = odd.arg_true()
            found.append(rows.filter(column.gather(rows).str.contains(_FORMULA)))
    return pl.concat(found)


def fold(text: str) -> str:
    """Return letters and digits only, without case and accents: the key under which names are looked up."""
    return "".join(letter for letter in plain(text) if letter.isalnum())


def plain(text: str) -> str:
    """Convert to lower case without accents."""
    apart = unicodedata.normalize("NFKD", text.replace("&", " en ")).casefold()
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return bare.replace("ø", "o").replace("ł", "l").replace("æ", "ae").replace("đ", "d")


def keys(name: str) -> set[str]:
    """Return the keys of a name: `Österreich` may be typed `Osterreich` or `Oesterreich`."""
    spelled = name
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")):
        spelled = spelled.replace(umlaut, letters)
    return {fold(name), fold(spelled)}
