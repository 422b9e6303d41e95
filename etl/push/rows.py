"""The rows to push, out of one's own exports or any table of one's own.

An export knows where each row came from, and its values are normalised already. A table of one's own is mapped where
a map is given, and normalised as `etl normalise` does. Sibling tables of an export lie beside it:

    DIR/contacts/<account>.<stream>.parquet  ->  DIR/contact_persons/<account>.<stream>.parquet, …
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from etl.errors import UsageError
from etl.normalise.contacts import normalise_contacts
from etl.own_file import DERIVED, KNOWN
from etl.push.alike import first_alike
from etl.push.mapping import Mapped, map_columns
from etl.push.mended import inputs_of, normalised_again
from etl.push.order import Destination, Order
from etl.push.own_table import BEYOND, read_own
from etl.records import fields
from etl.state.entries import Source
from etl.tabular import read_table
from etl.targets.declare import Row

KEYS = ("account", "system", "stream", "source_id")
ADDED = ("reason", "field", "suggestion")
"""Columns of a rejects file: it may be pushed again as it is."""
SLICE = 250
LINE = "_line"
OWN_KEY = "_key"
COMMA = r"^(-?[0-9]+),([0-9]+)$"
"""A number with a decimal comma."""


@dataclass(frozen=True)
class Given:
    """One row of the input: what of it goes to the target, and what stands in the way of even trying.

    `unique` says that no other row has its reference; `skipped` why it was not meant to go; `alike` is the line of an
    earlier row that looks like the same.
    """

    line: int
    source: Source
    row: Row
    trouble: str | None
    unique: bool
    skipped: str | None = None
    alike: int | None = None


@dataclass(frozen=True)
class Input:
    """All files as one: `own` are their columns as they came, `frame` the values by the target's table."""

    own: pl.DataFrame
    frame: pl.DataFrame
    children: Mapping[str, pl.DataFrame]
    destination: Destination
    order: Order
    names: Mapping[str, str]
    """Column of the target's table to the user's own column it was made of."""

    @property
    def height(self) -> int:
        return self.frame.height

    def slices(self) -> Iterator[list[Given]]:
        twice = set(self.frame.filter(pl.struct(*KEYS[:3:2], OWN_KEY).is_duplicated())[OWN_KEY].drop_nulls())
        seen: dict[Source, int] = {}
        for part in self.frame.iter_slices(SLICE):
            children = self._children_of(part)
            yield [self._given(values, children, twice, seen) for values in part.iter_rows(named=True)]

    def _given(
        self, values: dict[str, Any], children: Mapping[Source, Any], twice: set[str], seen: dict[Source, int]
    ) -> Given:
        line, key, unique = values.pop(LINE), values.pop(OWN_KEY) or "", values.pop("_unique")
        alike, trouble = values.pop("_alike"), values.pop("_trouble", None)
        source = Source(values.get("account") or "", values.get("stream") or "", key)
        account = self.destination.account
        local = source.account == account.name and values.get("system") == account.system
        row = Row(
            key=key,
            values=values,
            children=children.get(source, {}),
            account=source.account,
            system=values.get("system") or "",
            local=local,
        )
        trouble = trouble or (None if key else "The row has no key: fill in its key column.")
        if key in twice:
            first = seen.setdefault(source, line)
            trouble = trouble or (f"The key stands in row {first + 1} already." if first != line else None)
        return Given(line, source, row, trouble, bool(unique), _not_meant(values, self.order), alike)

    def _children_of(self, part: pl.DataFrame) -> dict[Source, dict[str, list[dict[str, Any]]]]:
        found: dict[Source, dict[str, list[dict[str, Any]]]] = {}
        for table, frame in self.children.items():
            for child in frame.join(
                part.select(pl.col(OWN_KEY).alias("source_id")).unique(),
                on="source_id",
                how="semi",
                maintain_order="left",
            ).iter_rows(named=True):
                source = Source(child.get("account") or "", child.get("stream") or "", child["source_id"])
                found.setdefault(source, {}).setdefault(table, []).append(child)
        return found


def _not_meant(values: Mapping[str, Any], order: Order) -> str | None:
    """Why a row was not meant to go, or None."""
    if order.kind is not None and values.get("kind") not in (None, order.kind):
        return f"It is of the kind {values['kind']}, not {order.kind}."
    if order.active_only and str(values.get("active")).casefold() == "false":
        return "It is not active."
    return None


def read_input(order: Order, destination: Destination) -> Input:
    """Read every file. Raises UsageError for one that is no table, has no column that is known, or no key column."""
    parts = [_read(path, order, destination) for path in order.files]
    own = pl.concat([part.own for part in parts], how="diagonal_relaxed")
    frame = pl.concat([part.frame for part in parts], how="diagonal_relaxed")
    if order.limit is not None:
        own, frame = own.head(order.limit), frame.head(order.limit)
    children: dict[str, pl.DataFrame] = {}
    for name in destination.target.children:
        frames = [part.children[name] for part in parts if name in part.children]
        if name in order.children:
            frames = [_child(order.children[name], frame, order)]
        if frames:
            children[name] = pl.concat(frames, how="diagonal_relaxed")
    alike = first_alike(frame, destination.target.table)
    frame = frame.with_row_index(LINE).with_columns(_unique=_unique(frame), _alike=alike)
    return Input(own, frame, children, destination, order, parts[0].names)


def _unique(frame: pl.DataFrame) -> pl.Expr | pl.Series:
    if "reference" not in frame.columns:
        return pl.lit(False)
    return pl.col("reference").is_not_null() & ~pl.col("reference").is_duplicated()


def _read(path: Path, order: Order, destination: Destination) -> Input:
    table = read_own(path)
    own = table.drop(name for name in ADDED if name in table.columns)
    if set(KEYS) <= set(own.columns) and order.mapping is None:
        frame, siblings = own, _siblings(path, destination)
        if set(ADDED) <= set(table.columns):
            frame, siblings = _mended(table, path, destination)
        return Input(own, _keyed(_doubtful(frame, own), "source_id", path), siblings, destination, order, {})
    mapped = map_columns(own, order.mapping) if order.mapping else _known_columns(own, path, order, destination)
    key = order.key or ("source_id" if "source_id" in own.columns else None)
    if key is None or key not in own.columns:
        raise UsageError(
            f"{path} has no column {key or 'source_id'} to tell its rows apart.",
            remedy=f"Name its key column with --key; there are {', '.join(own.columns[:20])}.",
        )
    keys = own[key].cast(pl.String).str.strip_chars().alias("source_id")
    frame = (
        _normalised(mapped.frame, destination)
        .drop("source_id", strict=False)
        .with_columns(keys, pl.lit(order.source or None, pl.String).alias("account"), stream=pl.lit(None, pl.String))
    )
    return Input(own, _keyed(_doubtful(frame, own), "source_id", path), {}, destination, order, mapped.names)


def _mended(table: pl.DataFrame, path: Path, destination: Destination) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """Rows of an export that were set aside, and the child tables of the files that they stood in."""
    frame, fields = table.drop(ADDED), table["field"].cast(pl.String)
    if destination.target.table == "contacts":
        frame = normalised_again(frame, fields, destination.account)
    beside = [_siblings(file, destination) for file in inputs_of(path)]
    names = dict.fromkeys(name for tables in beside for name in tables)
    return frame, {
        name: pl.concat([tables[name] for tables in beside if name in tables], how="diagonal_relaxed") for name in names
    }


def _doubtful(frame: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """The frame with what stands in the way of rows that are not even as long as their header."""
    if BEYOND not in own.columns:
        return frame
    names = own.width - 1
    told = f"This row has more fields than the header's {names}: a separator too many, or a text without its quotes?"
    return frame.drop(BEYOND, strict=False).with_columns(
        pl.when(own[BEYOND].is_not_null()).then(pl.lit(told)).otherwise(None).alias("_trouble")
    )


def _keyed(frame: pl.DataFrame, key: str, path: Path) -> pl.DataFrame:
    frame = frame.with_columns(pl.col(key).cast(pl.String).str.strip_chars().alias(OWN_KEY))
    if frame.height and frame[OWN_KEY].null_count() == frame.height:
        raise UsageError(f"{path}: no row has anything in its key column.")
    return frame


def _known_columns(own: pl.DataFrame, path: Path, order: Order, destination: Destination) -> Mapped:
    """The columns under the names of the target's table: capitals, blanks and hyphens do not matter."""
    contacts = destination.target.table == "contacts"
    table = set(fields(destination.target.table)) | (set(KNOWN) if contacts else set())
    names = {name: name.strip().lower().replace(" ", "_").replace("-", "_") for name in own.columns}
    known = {plain: name for name, plain in names.items() if plain in table and not (contacts and plain in DERIVED)}
    if not set(known) - {*KEYS, "extra"} and order.mode != "delete":
        listed = KNOWN if contacts else [name for name in fields(destination.target.table) if name not in KEYS]
        raise UsageError(
            f"{path} has no column that is known.",
            remedy=f"Say with --map which of its columns is what; known are {', '.join(listed)}.",
        )
    return Mapped(own.select(pl.col(name).alias(plain) for plain, name in known.items()), known)


def _normalised(frame: pl.DataFrame, destination: Destination) -> pl.DataFrame:
    account = destination.account
    texts = frame.with_columns(pl.selectors.numeric().cast(pl.String)) if frame.width else frame
    if destination.target.table != "contacts":
        return texts.with_columns(pl.selectors.string().str.replace(COMMA, "$1.$2"))
    done = normalise_contacts(texts, country=account.country, timezone=account.timezone)
    return done.rename({"originals": "extra"}) if "extra" not in done.columns else done.drop("originals")


def _siblings(path: Path, destination: Destination) -> dict[str, pl.DataFrame]:
    if path.parent.name != destination.target.table:
        return {}
    beside = {name: path.parent.parent / name / path.name for name in destination.target.children}
    return {name: read_table(file) for name, file in beside.items() if file.is_file()}


def _child(path: Path, frame: pl.DataFrame, order: Order) -> pl.DataFrame:
    """A child table of one's own: `source_id`, or the key column, says whose each of its rows is."""
    child = read_table(path)
    key = "source_id" if "source_id" in child.columns else order.key
    if key is None or key not in child.columns:
        raise UsageError(f"{path} has no column source_id to tell whose its rows are.")
    child = child.with_columns(pl.col(key).cast(pl.String).str.strip_chars().alias("source_id"))
    whose = frame.select("account", "stream").head(1)
    missing = [name for name in whose.columns if name not in child.columns]
    return child.with_columns(pl.lit(whose[name].first(), pl.String).alias(name) for name in missing)
