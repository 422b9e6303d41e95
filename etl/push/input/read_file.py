"""Read one file of the input, of any shape: an export, the rejects of an earlier push, or a user's own table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from etl.errors import UsageError
from etl.normalise.own_table import normalise_own
from etl.push.input.child_tables import OWN_KEY, beside, child_tables, fill_in_account, read_child, siblings
from etl.push.input.columns import count_filled, match_headers, refuse_unknown, stated_columns
from etl.push.input.known_keys import NO_KEYS, with_known_keys
from etl.push.input.raw_table import BEYOND, COMMA, as_typed, read_own
from etl.push.input.resubmit import ADDED, Resubmitted, proved, resubmitted
from etl.push.push_order import Destination, Order
from etl.records import fields
from etl.state.entries import Source
from etl.tables.column_map import ALL, Ignored, Mapped, map_columns
from etl.tables.flat import as_texts
from etl.tables.known_columns import DERIVED, KEYS, KNOWN
from etl.tables.normalised_again import is_normalised
from etl.tables.read_table import refuse_empty

GONE = "The rows of {what} that belong to these rejects are not found: {file} is not there. Name them with --with."
UNKNOWN = "Whether rows of {} belong to these rejects is not known any more. If so, name them with --with."
SLICE = 1 << 13
"""The number of rows normalised at once, so that memory does not grow with the file."""


@dataclass(frozen=True)
class InputFile:
    """One file: `own` are its columns as they came, `frame` the values by the target's table. The rest as in
    `Input`."""

    own: pl.DataFrame
    frame: pl.DataFrame
    children: Mapping[str, pl.DataFrame]
    names: Mapping[str, str]
    columns: frozenset[str]
    unread: Mapping[str, int]
    notes: Sequence[str] = ()


def read_file(path: Path, order: Order, destination: Destination, known: Mapping[Source, str] = NO_KEYS) -> InputFile:
    """Read a file, taking `known` keys for those that stand there. Raises UsageError if it is no table, has no key
    column, or has unknown columns."""
    table, odd = read_own(path, order.sheet)
    mended = resubmitted(table, path, destination.state)
    own = table.drop(ADDED, strict=False) if mended is None else mended.own
    if set(KEYS) <= set(own.columns) and order.mapping is None:
        own = with_known_keys(own, "source_id", known)
        found = _read_export(own, mended, path, order, destination)
        return replace(found, notes=[*odd, *found.notes])
    refuse_empty(own, path)
    own = as_texts(own, [name for name, dtype in own.schema.items() if not dtype.is_numeric()], path)
    key = order.key or ("source_id" if "source_id" in own.columns else None)
    if key is None or key not in own.columns:
        raise UsageError(
            f"{path} has no column {key or 'source_id'} to tell its rows apart.",
            remedy=f"Name its key column with --key; there are {', '.join(own.columns[:20])}.",
        )
    own = with_known_keys(own, key, known, order.source)
    mapped, unread = _columns(own, path, order, destination, key, strict=mended is None)
    ours = own.select(
        pl.col(key).cast(pl.String).str.strip_chars().alias("source_id"),
        pl.lit(order.source or None, pl.String).alias("account"),
        pl.lit(None, pl.String).alias("stream"),
    )
    values = mapped.frame.drop(ours.columns, strict=False)
    frame = pl.concat([_normalised(values, destination, mapped.said), ours], how="horizontal") if values.width else ours
    said = stated_columns(mapped.frame.columns, destination.target.table)
    frame = _keyed(_doubtful(frame, own), "source_id", path)
    children, notes = _children_of(mended, frame, order, destination.target.table)
    return InputFile(own, frame, children, mapped.names, said, unread, [*odd, *notes])


def _read_export(
    own: pl.DataFrame, mended: Resubmitted | None, path: Path, order: Order, destination: Destination
) -> InputFile:
    """Read an export, or rejects of one: a Parquet file has our values, of other files those that do not look like ours
    are read again. Its child tables lie beside it, or beside the files that the rejects came from."""
    main = destination.target.table
    left = Ignored(order.ignore).among(own.columns)
    if keys := set(left) & set(KEYS):
        raise UsageError(f"--ignore {min(keys)}: an export's rows are told apart by it.")
    frame = own.drop(left)
    if mended is not None or path.suffix.lower() != ".parquet":
        frame = as_typed(frame, main)
        if main == "contacts":
            frame = proved(
                frame, None if mended is None else mended.touched, _relined(frame, mended), destination.account
            )
    rest = [] if Ignored(order.ignore).rest else [name for name in own.columns if name not in {*fields(main), *left}]
    said = stated_columns(own.drop(left).columns, main)
    frame = _keyed(_doubtful(frame, own), "source_id", path)
    children, notes = _children_of(mended, frame, order, main) if mended else (siblings(path, main), [])
    return InputFile(own, frame, children, {}, said, count_filled(own, rest), notes)


def _relined(frame: pl.DataFrame, mended: Resubmitted | None) -> pl.Series:
    """Tell the rows whose address line was mended."""
    if mended is None or "address_line" not in frame.columns:
        return pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
    if mended.touched is not None:
        return mended.touched["address_line"]
    return mended.fields.fill_null("").str.contains("address_line")


def _children_of(
    mended: Resubmitted | None, frame: pl.DataFrame, order: Order, table: str
) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """Find the child rows of rejects, beside the files they came from and in those named with them, and say which of
    these are gone. Those that this push names count instead."""
    if mended is None:
        return {}, []
    notes, found, origin = list(mended.notes), dict[str, list[pl.DataFrame]](), mended.origin
    for file in origin.inputs:
        for name, child in siblings(file, table).items():
            found.setdefault(name, []).append(child)
        if origin.beside is None and file.parent.name == table and not file.exists() and not beside(file, table):
            notes.append(GONE.format(what=", ".join(child_tables(table)), file=file))
    for file, name in (origin.beside or {}).items():
        if name not in order.children and not file.exists():
            notes.append(GONE.format(what=name, file=file))
    for name, file in origin.children.items():
        if name in order.children:
            continue
        if file.exists():
            child, _, odd = read_child(name, file, order, Ignored([*order.ignore, ALL]))
            found[name] = [fill_in_account(child, frame)]
            notes += odd
        else:
            notes.append(GONE.format(what=name, file=file))
    if mended.doubtful and not found and not order.children and child_tables(table):
        notes.append(UNKNOWN.format(" or ".join(child_tables(table))))
    mine = frame.select(pl.col("source_id").cast(pl.String).str.strip_chars())
    return {
        name: pl.concat(tables, how="diagonal_relaxed").join(mine, on="source_id", how="semi", maintain_order="left")
        for name, tables in found.items()
    }, notes


def _doubtful(frame: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Add the error of rows that are longer than their header."""
    if BEYOND not in own.columns:
        return frame
    names = own.width - 1
    error = f"This row has more fields than the header's {names}: a separator too many, or a text without its quotes?"
    return frame.drop(BEYOND, strict=False).with_columns(
        pl.when(own[BEYOND].is_not_null()).then(pl.lit(error)).otherwise(None).alias("_error")
    )


def _keyed(frame: pl.DataFrame, key: str, path: Path) -> pl.DataFrame:
    frame = frame.with_columns(pl.col(key).cast(pl.String).str.strip_chars().alias(OWN_KEY))
    if frame.height and frame[OWN_KEY].null_count() == frame.height:
        raise UsageError(f"{path}: no row has anything in its key column.")
    return frame


def _columns(
    own: pl.DataFrame, path: Path, order: Order, destination: Destination, key: str | None, *, strict: bool
) -> tuple[Mapped, dict[str, int]]:
    """Return the columns under our names, and the unread ones; if `strict` and without a map, those are an error."""
    mapped = map_columns(own, order.mapping) if order.mapping else _known_columns(own, path, order, destination)
    ignored = Ignored([*order.ignore, *mapped.ignore])
    left = set(ignored.among(own.columns))
    if order.mapping and (used := left & mapped.used):
        raise UsageError(f"{order.mapping} uses the column {min(used)}, and it is to be ignored.")
    Ignored(mapped.ignore, f"{order.mapping}: ignore").check(own.columns)
    if order.mode == "delete" or ignored.rest:
        return mapped, {}
    unread = count_filled(own, (name for name in own.columns if name not in {*mapped.used, *left, key}))
    if strict and not order.mapping:
        table = destination.target.table
        refuse_unknown(unread, KNOWN if table == "contacts" else set(fields(table)) - set(KEYS), path)
    return mapped, unread


def _known_columns(own: pl.DataFrame, path: Path, order: Order, destination: Destination) -> Mapped:
    """Return the columns under the names of the target's table, without the ignored ones."""
    contacts = destination.target.table == "contacts"
    left = set(Ignored(order.ignore).among(own.columns))
    every = match_headers((name for name in own.columns if name not in left), destination.target.table, path)
    known = {ours: name for ours, name in every.items() if not (contacts and ours in DERIVED)}
    if not set(known) - {*KEYS, "extra"} and order.mode != "delete":
        listed = KNOWN if contacts else [name for name in fields(destination.target.table) if name not in KEYS]
        raise UsageError(
            f"{path} has no column that is known.",
            remedy=f"Say with --map which of its columns is what; known are {', '.join(listed)}.",
        )
    columns = own.select(pl.col(name).alias(ours) for ours, name in known.items())
    lost = set(DERIVED) if contacts and not is_normalised(own) else set()  # a user's own columns of these names
    return Mapped(
        columns,
        {ours: [name] for ours, name in known.items()},
        frozenset(name for ours, name in every.items() if ours not in lost),
    )


def _normalised(frame: pl.DataFrame, destination: Destination, said: Mapping[str, str]) -> pl.DataFrame:
    account = destination.account
    texts = frame.with_columns(pl.selectors.numeric().cast(pl.String)) if frame.width else frame
    if destination.target.table != "contacts":
        return texts.with_columns(pl.selectors.string().str.replace(COMMA, "$1.$2"))
    slices = list(texts.iter_slices(SLICE)) or [texts]
    done = pl.concat(
        normalise_own(one, country=account.country, timezone=account.timezone, said=said) for one in slices
    )
    done = done.rename({"originals": "extra"}) if "extra" not in done.columns else done.drop("originals")
    return done.with_columns(pl.lit(None, pl.Null).alias(name) for name in _empty(done) if name != "reference")


def _empty(frame: pl.DataFrame) -> list[str]:
    """List the columns that are empty in every row: as text they would still take 16 bytes a row."""
    return [name for name in frame.columns if frame[name].null_count() == frame.height]
