"""Account for every column of a table: read, ignored on purpose, or reported.

header --plain--> known: read   |   --ignore: left out   |   neither, and not empty: an error; with a map, a warning
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import polars as pl

from etl.errors import UsageError
from etl.push.input.raw_table import BEYOND
from etl.records import fields
from etl.tables.column_map import ALL
from etl.tables.headers import plain
from etl.tables.known_columns import DERIVED, KNOWN, MADE, PARTS
from etl.tables.synonyms import read_headers

ALIKE = 0.75
"""The lowest similarity at which a name is proposed."""
DERIVED_FROM = {**MADE, **dict.fromkeys(PARTS, ("address_line",))}
"""Columns of contacts that are derived from another one: a table that has the key has these too."""


def known_columns(table: str) -> frozenset[str]:
    """Return the columns that a user's own table may have."""
    return frozenset(fields(table)) | (frozenset((*KNOWN, *DERIVED)) if table == "contacts" else frozenset())


def match_headers(columns: Iterable[str], table: str, path: Path) -> dict[str, str]:
    """Map our names of all known columns to the file's names. Raises UsageError for two columns of one name."""
    headers = read_headers(columns, known_columns(table))
    if headers.twice:
        ours, first, second = headers.twice
        raise UsageError(
            f"{path} has the column {ours} twice: {first!r} and {second!r}.",
            remedy="Rename one of them, or leave it out of the file.",
        )
    return dict(headers.names)


def count_filled(own: pl.DataFrame, names: Iterable[str]) -> dict[str, int]:
    """Count the non-empty rows of these columns, leaving out empty columns."""
    counts = {name: own.height - own[name].null_count() for name in names if name != BEYOND}
    return {name: rows for name, rows in counts.items() if rows}


def refuse_unknown(unread: Mapping[str, int], known: Collection[str], path: Path) -> None:
    """Raise UsageError if there is any unread column, proposing the nearest known one for each."""
    if not unread:
        return
    listed = [f"{name} (did you mean {near}?)" if (near := _nearest(name, known)) else name for name in unread]
    flags = " ".join(f"--ignore {shlex.quote(name)}" for name in unread)
    raise UsageError(
        f"{path} has {'columns that are' if len(listed) > 1 else 'a column that is'} not known: {', '.join(listed)}. "
        "Nothing was sent.",
        remedy=f"Say with --map which column is what, rename it, or leave it out with {flags}"
        + (f"; --ignore '{ALL}' leaves out all that are not known." if len(listed) > 1 else "."),
    )


def stated_columns(names: Iterable[str], table: str) -> frozenset[str]:
    """Return the columns of our table that a file with these columns has values for."""
    given = set(names)
    made = {one for name in given for one in DERIVED_FROM.get(name, ())} if table == "contacts" else set()
    return frozenset((given | made) & set(fields(table)))


def _nearest(name: str, known: Collection[str]) -> str | None:
    """Find the known column with the nearest name, ignoring separators: `E-mail` is near `email`."""
    bare = {one.replace("_", ""): one for one in sorted(known)}
    near = difflib.get_close_matches(plain(name).replace("_", ""), bare, 1, ALIKE)
    return bare[near[0]] if near else None
