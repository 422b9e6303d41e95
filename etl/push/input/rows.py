"""The rows to push, from exports or from a user's own tables.

An export names the origin of each row, and its values are normalised already. A user's own table is mapped if a map is
given, and normalised as `etl normalise` does. Child tables of an export lie beside it:

    DIR/contacts/<account>.<stream>.parquet  ->  DIR/contact_persons/<account>.<stream>.parquet, …
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from etl.push.input.child_tables import (
    LINE,
    OWN_KEY,
    assign_parents,
    check_tables,
    fill_in_account,
    read_child,
    rows_between,
)
from etl.push.input.known_keys import NO_KEYS, with_known_keys
from etl.push.input.read_file import InputFile, read_file
from etl.push.input.resubmit import ADDED
from etl.push.input.similar_rows import first_lookalike
from etl.push.input.told_rows import ERROR, FIELD, FLAGS, NOTE, SUGGESTION
from etl.push.push_order import Destination, Order
from etl.state.entries import Source
from etl.systems.declare import Row
from etl.tables.column_map import Ignored
from etl.tables.known_columns import KEYS

__all__ = ["ADDED", "KEYS", "OWN_KEY", "Input", "InputRow", "read_input"]

SLICE = 250


@dataclass(frozen=True)
class InputRow:
    """One row of the input; `error` says why it cannot be sent at all, `field` and `suggestion` where, and what would
    help; `note` is reported along with any outcome, `flags` are those of values that were read again.

    `unique` says that no other row has its reference; `skipped` why it is not meant to be sent; `lookalike_of` is the
    line of an earlier row that looks like the same.
    """

    line: int
    source: Source
    row: Row
    error: str | None
    unique: bool
    skipped: str | None = None
    lookalike_of: int | None = None
    field: str | None = None
    suggestion: str | None = None
    note: str | None = None
    flags: Sequence[str] = ()


@dataclass(frozen=True)
class Input:
    """All files as one: `own` are their columns as they came, `frame` the values by the target's table."""

    own: pl.DataFrame
    frame: pl.DataFrame
    children: Mapping[str, pl.DataFrame]
    destination: Destination
    order: Order
    names: Mapping[str, str]
    """Maps a column of the target's table to the user's own columns that it was made from."""
    columns: frozenset[str] = frozenset()
    """The columns of the target's table that the files have values for."""
    unread: Mapping[str, int] = field(default_factory=dict)
    """Columns that are neither read nor ignored, with the number of rows that have a value in them."""
    orphans: Mapping[str, int] = field(default_factory=dict)
    """By child table, the number of rows that belong to no row of the input."""
    notes: Sequence[str] = ()
    """What of the files was not read as it stands, and what was not found, in sentences."""

    @property
    def height(self) -> int:
        return self.frame.height

    @property
    def left_out(self) -> dict[str, Any]:
        """How the files were read, for the run's summary: columns and rows of child tables that are not, columns under
        another name, and what was odd."""
        read = {name: theirs for name, theirs in self.names.items() if theirs != name}
        return {"unread": dict(self.unread), "orphans": dict(self.orphans), "columns": read, "notes": list(self.notes)}

    def slices(self) -> Iterator[list[InputRow]]:
        twice = set(self.frame.filter(pl.struct(*KEYS[:3:2], OWN_KEY).is_duplicated())[OWN_KEY].drop_nulls())
        seen: dict[Source, int] = {}
        for part in self.frame.iter_slices(SLICE):
            children = rows_between(self.children, part[LINE][0], part[LINE][-1])
            filled = part.select(column for column in part if column.null_count() < part.height)
            yield [self._given(values, children, twice, seen) for values in filled.iter_rows(named=True)]

    def _given(
        self, values: dict[str, Any], children: Mapping[int, Any], twice: set[str], seen: dict[Source, int]
    ) -> InputRow:
        line, key, unique = values.pop(LINE), values.pop(OWN_KEY, None) or "", values.pop("_unique")
        erased = values.pop("_erased", None)
        lookalike_of, error = values.pop("_lookalike_of", None), values.pop(ERROR, None)
        field_, suggestion, note = values.pop(FIELD, None), values.pop(SUGGESTION, None), values.pop(NOTE, None)
        source = Source(values.get("account") or "", values.get("stream") or "", key)
        account = self.destination.account
        local = source.account == account.name and values.get("system") == account.system
        row = Row(
            values=values,
            children=children.get(line, {}),
            system=values.get("system") or "",
            local=local,
            mapped=self.columns if self.order.mapping else frozenset(),
        )
        error = error or (None if key else "The row has no key: fill in its key column.")
        if key in twice:
            first = seen.setdefault(source, line)
            error = error or (f"The key stands in row {first + 1} already." if first != line else None)
        flags = values.pop(FLAGS, None) or ()
        skipped = erased or _not_meant(values, self.order)
        return InputRow(
            line,
            source,
            row,
            error,
            bool(unique),
            skipped,
            lookalike_of,
            field_,
            suggestion if error else None,
            note,
            flags,
        )


def _not_meant(values: Mapping[str, Any], order: Order) -> str | None:
    """Return why a row is not meant to be sent, or None."""
    if order.kind is not None and values.get("kind") not in (None, order.kind):
        return f"It is of the kind {values['kind']}, not {order.kind}."
    if order.active_only and str(values.get("active")).casefold() == "false":
        return "It is not active."
    return None


def read_input(order: Order, destination: Destination, known: Mapping[Source, str] = NO_KEYS) -> Input:
    """Read every file; `known` are keys to take for those that stand there. Raises UsageError for a file that is no
    table, has no key column, or has unknown columns, and for a child table or an ignored column that does not exist."""
    check_tables(order.children, destination.target.table)
    parts = [read_file(path, order, destination, known) for path in order.files]
    own = pl.concat([part.own for part in parts], how="diagonal_relaxed")
    frame = pl.concat([part.frame for part in parts], how="diagonal_relaxed").with_row_index(LINE)
    tables, headers, notes = _children(parts, frame, order)
    Ignored(order.ignore).check([*own.columns, *headers])
    children, orphans = {}, {}
    for name, table in tables.items():
        children[name], orphans[name] = assign_parents(with_known_keys(table, "source_id", known), frame)
    if order.limit is not None:
        own, frame = own.head(order.limit), frame.head(order.limit)
    return Input(
        own,
        frame.with_columns(_unique=_unique(frame), _lookalike_of=first_lookalike(frame, destination.target.table)),
        children,
        destination,
        order,
        parts[0].names,
        columns=frozenset().union(*(part.columns for part in parts)),
        unread=sum((Counter(part.unread) for part in parts), Counter()),
        orphans={name: rows for name, rows in orphans.items() if rows},
        notes=list(dict.fromkeys([*(note for part in parts for note in part.notes), *notes])),
    )


def _children(
    parts: Sequence[InputFile], frame: pl.DataFrame, order: Order
) -> tuple[dict[str, pl.DataFrame], list[str], list[str]]:
    """Return the child tables of all parts, replaced by those that `--with` names, the headers of the latter, and what
    of these was not read as it stands."""
    tables = dict.fromkeys(name for part in parts for name in part.children)
    found = {
        name: pl.concat([part.children[name] for part in parts if name in part.children], how="diagonal_relaxed")
        for name in tables
    }
    headers, notes = list[str](), list[str]()
    for name, path in order.children.items():
        child, header, odd = read_child(name, path, order, Ignored(order.ignore))
        found[name] = fill_in_account(child, frame)
        headers, notes = [*headers, *header], [*notes, *odd]
    return found, headers, notes


def _unique(frame: pl.DataFrame) -> pl.Expr | pl.Series:
    if "reference" not in frame.columns:
        return pl.lit(False)
    return pl.col("reference").is_not_null() & ~pl.col("reference").is_duplicated()
