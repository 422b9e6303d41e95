"""Drafts: a row's values in the target's fields, for a record to create or for one that exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import orjson

from etl.push.input.rows import InputRow
from etl.push.ownership.references import reference_of
from etl.push.push_order import Destination, Order
from etl.state.redaction import is_forgotten
from etl.systems.declare import Draft, Drafting, Problem, Record, Row, Target
from etl.systems.shared.cells import text

PASSING = ("extracted_at",)
"""Columns that change with every export and are no part of the row's content."""
BLANK: tuple[Any, ...] = (None, "", [], {})


def draft_of(
    input_row: InputRow,
    order: Order,
    destination: Destination,
    ledger_id: str = "",
    *,
    partial: bool = False,
    columns: frozenset[str] | None = None,
) -> Draft | list[Problem]:
    """Make the body of a row, including its reference, or list the row's problems.

    A `partial` draft is for an existing record: it holds only the row's own `columns`, and no reference of ours.
    """
    target, row = destination.target, input_row.row
    reference = None
    if target.reference is not None:
        own = _own_reference(input_row, order)
        reference = own or (None if partial else reference_of(ledger_id, input_row.source))
    return target.draft(
        row, Drafting(reference, destination.account.defaults, partial, None if row.system else columns)
    )


def _own_reference(input_row: InputRow, order: Order) -> str | None:
    """Return the row's own reference, if that is to be sent."""
    own = input_row.row.values.get("reference") if order.reference == "own" and input_row.unique else None
    return str(own) if own else None


def draft_for_existing(
    input_row: InputRow, order: Order, destination: Destination, former: Record, columns: frozenset[str]
) -> Draft | list[Problem]:
    """Make the draft of a row for an existing record, for which it had the values `former` when it was last done.

    A row that would suffice to create the record gives a full draft. One with fewer columns gives only those.
    """
    full = draft_of(input_row, order, destination)
    if not isinstance(full, Draft) or _is_narrower(destination.target, full.body, former):
        return draft_of(input_row, order, destination, partial=True, columns=columns)
    reference, own = destination.target.reference, _own_reference(input_row, order)
    own_is_current = bool(own) and own == text(input_row.row.values.get("reference"))
    if reference is None or (own_is_current and (input_row.row.system or "reference" in columns)):
        return full
    return replace(full, body={name: value for name, value in full.body.items() if name != reference})


def _is_narrower(target: Target, body: Record, former: Record) -> bool:
    """Whether a row has fewer parts of a name than before: a table of family names does not remove first names."""
    if is_forgotten(former):
        return True
    names, before = ([set(name.split()) for name in target.evidence(one).get("name", ())] for one in (body, former))
    return any(name < known for name in names for known in before)


def row_hash(row: Row, empties: bool = False) -> str:
    """Hash a row's content, child rows included. Where empty cells empty fields, the same row has another meaning and
    another hash."""
    values = _content(row.values)
    children = {table: [_content(one) for one in rows] for table, rows in row.children.items()}
    packed = orjson.dumps(
        [values, children, *([1] if empties else [])],
        default=str,
        option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS,
    )
    return blake2b(packed, digest_size=16).hexdigest()


def _content(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and name not in PASSING}


def empty_columns(row: Row, columns: frozenset[str]) -> frozenset[str]:
    """Return the columns of the file that are empty in this row."""
    return frozenset(column for column in columns if _is_empty(row.values.get(column)))


def _is_empty(value: Any) -> bool:
    return value in BLANK or (isinstance(value, str) and not value.strip())
