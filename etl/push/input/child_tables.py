"""Child tables of the input: find them, assign their rows to parent rows, and count orphans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from etl.errors import UsageError
from etl.push.input.columns import count_filled, match_headers, refuse_unknown
from etl.push.input.raw_table import BEYOND, as_typed, read_own
from etl.push.push_order import Order
from etl.records import TABLES, fields
from etl.systems import SYSTEMS
from etl.tables.column_map import Ignored
from etl.tables.read_table import read_table

PARENT_KEYS = ("account", "stream", "source_id")
LINE = "_line"
OWN_KEY = "_key"


def child_tables(table: str) -> tuple[str, ...]:
    """List the child tables of a table, whether or not a target takes them."""
    streams = [stream.tables for system in SYSTEMS.loaded.values() for stream in system.streams]
    found = {name for main, *children in streams if main == table for name in children}
    return tuple(name for name in TABLES if name in found)


def check_tables(names: Iterable[str], table: str) -> None:
    """Raise UsageError for a table that is no child of this one."""
    for name in names:
        if name not in child_tables(table):
            raise UsageError(
                f"--with {name}: {table} has no child table of that name.",
                remedy=f"There {'are' if len(child_tables(table)) > 1 else 'is'} {', '.join(child_tables(table))}.",
            )


def beside(path: Path, table: str) -> dict[str, Path]:
    """Find the files of the child tables beside a file of an export."""
    if path.parent.name != table:
        return {}
    found = {name: path.parent.parent / name / path.name for name in child_tables(table)}
    return {name: file for name, file in found.items() if file.is_file()}


def siblings(path: Path, table: str) -> dict[str, pl.DataFrame]:
    """Read the child tables beside a file of an export."""
    return {name: as_typed(read_table(file), name) for name, file in beside(path, table).items()}


def read_child(name: str, path: Path, order: Order, ignored: Ignored) -> tuple[pl.DataFrame, list[str], list[str]]:
    """Read a user's own child table; returns it with its header, and what of its
    file was not read as it stands. `source_id`, or the key column, names each row's
    parent. Raises UsageError for a table without it, or with unknown columns."""
    own, notes = read_own(path, order.child_sheets.get(name))
    if BEYOND in own.columns:
        line = own[BEYOND].is_not_null().arg_true()[0] + 1
        raise UsageError(f"{path}: row {line} has more fields than the header.", remedy="Mend that row first.")
    left = set(ignored.among(own.columns))
    known = match_headers((column for column in own.columns if column not in left), name, path)
    key = known.get("source_id") or (order.key if order.key in own.columns else None)
    if key is None:
        raise UsageError(f"{path} has no column source_id to tell whose its rows are.")
    if not ignored.rest and order.mode != "delete":
        unknown = [column for column in own.columns if column not in {*known.values(), *left, key}]
        refuse_unknown(count_filled(own, unknown), fields(name), path)
    columns = [pl.col(column).alias(ours) for ours, column in known.items() if ours != "source_id"]
    return own.select(*columns, pl.col(key).cast(pl.String).str.strip_chars().alias("source_id")), own.columns, notes


def fill_in_account(child: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Fill in the account and the stream of the parent rows where a user's own child table has no such columns."""
    first = rows.select("account", "stream").head(1)
    missing = [name for name in first.columns if name not in child.columns]
    return child.with_columns(pl.lit(first[name].first(), pl.String).alias(name) for name in missing)


def assign_parents(child: pl.DataFrame, rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Keep the child rows that have a parent, sorted by the first such parent's line in `_line`, and count the
    orphans."""
    keys = [pl.col(name).cast(pl.String).str.strip_chars().fill_null("").alias(f"_{name}") for name in PARENT_KEYS]
    mine = rows.select(*keys[:2], pl.col(OWN_KEY).fill_null("").alias("_source_id"), LINE)
    on = [f"_{name}" for name in PARENT_KEYS]
    parents = mine.filter(pl.col("_source_id") != "").unique(on, keep="first")
    found = child.with_columns(keys).join(parents, on=on, how="left", maintain_order="left")
    orphans = found[LINE].null_count()
    kept = found.drop(on).filter(pl.col(LINE).is_not_null())
    return kept.sort(LINE, maintain_order=True), orphans


def rows_between(
    tables: Mapping[str, pl.DataFrame], first: int, last: int
) -> dict[int, dict[str, list[dict[str, Any]]]]:
    """Return the child rows of lines `first` to `last`, by line and table."""
    found: dict[int, dict[str, list[dict[str, Any]]]] = {}
    for table, frame in tables.items():
        start, end = frame[LINE].search_sorted(first, "left"), frame[LINE].search_sorted(last, "right")
        for child in frame.slice(start, end - start).iter_rows(named=True):
            found.setdefault(child.pop(LINE), {}).setdefault(table, []).append(child)
    return found
