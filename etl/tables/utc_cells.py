"""Times in UTC as cells of a workbook: a cell has no zone, so its number format says `Z`, and tells a reader so."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import polars as pl

# A spreadsheet that saves the workbook writes the same format with other escapes.
_SAYS_UTC = re.compile(rb"hh:mm:ss(?:&quot;Z&quot;|\\Z)")
_FORMATS = 1 << 20  # formats come first among the styles; the rest may unfold to anything
_NAIVE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?$"


def with_zone(frame: pl.DataFrame, path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    """Mark the times of these columns as UTC where the workbook's format says that they are."""
    texts = [name for name in columns if frame.schema.get(name) == pl.String]
    if not (texts and says_utc(path)):
        return frame
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(_NAIVE)).then(pl.col(name) + "Z").otherwise(name).alias(name)
        for name in texts
    )


def says_utc(path: Path) -> bool:
    """Check whether a file is a workbook with times in UTC."""
    try:
        with zipfile.ZipFile(path) as book, book.open("xl/styles.xml") as styles:
            return _SAYS_UTC.search(styles.read(_FORMATS)) is not None
    except (OSError, KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, EOFError):
        return False
