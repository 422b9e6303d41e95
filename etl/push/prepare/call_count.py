"""Count the calls that a row takes: the reading, the write, and its proof."""

from __future__ import annotations

from dataclasses import dataclass

from etl.push.input.rows import Input, InputRow
from etl.push.job import Action
from etl.push.prepare.draft import row_hash
from etl.push.push_order import Proof
from etl.state.entries import EntryState, LedgerEntry
from etl.state.ledger import Ledger
from etl.systems.declare import Stream, Target, WholeList


def is_shown(target: Target, action: Action, proof: Proof | None) -> bool:
    """Whether the answer must show what was written: as the user asked, else where the API's document says so."""
    return proof == "answer" or (proof is None and action in target.echoes)


def is_listed(target: Target, stream: Stream, action: Action, proof: Proof | None) -> bool:
    """Whether created records are verified by one reading of the target's list, where that comes whole."""
    return action == "create" and not is_shown(target, action, proof) and isinstance(stream.paging, WholeList)


def calls_of(target: Target, stream: Stream, action: Action, proof: Proof | None = None, *, reading: int = 1) -> int:
    """Count the calls of one action, each by its weight. An update and a delete read the record first; a write that its
    answer does not show, and every delete, is read back. `reading` is the number of calls it takes to read a record;
    readings of the list are not included."""
    if action == "create":
        is_read = not is_shown(target, action, proof) and not is_listed(target, stream, action, proof)
        return target.create.weight + stream.weight * is_read
    read = reading * stream.weight
    if action == "delete":
        return read + (target.delete.weight if target.delete else 1) + stream.weight
    return read + (target.update.weight if target.update else 1) + (0 if is_shown(target, action, proof) else read)


@dataclass(frozen=True)
class CallEstimate:
    """The calls that the rows of the input take, and the counts that they are computed from."""

    calls: int
    basis: str


def estimate_calls(ledger: Ledger, data: Input) -> CallEstimate:
    """Estimate the calls of the input from the ledger: new rows are created, changed ones updated."""
    counts = {"new": 0, "changed": 0, "unchanged": 0}
    for part in data.slices():
        meant = [one for one in part if not one.error and not one.skipped]
        known = ledger.entries_of(one.source for one in meant)
        for one in meant:
            counts[_need(one, known.get(one.source), empties=data.order.clear_empty)] += 1
    order, target, stream = data.order, data.destination.target, data.destination.stream
    new = counts["new"] if order.mode in ("create", "upsert") else 0
    changed: Action = "delete" if order.mode == "delete" else "update"
    touched = counts["changed"] + (counts["unchanged"] if order.mode == "delete" else 0)
    calls = new * calls_of(target, stream, "create", order.proof) + touched * calls_of(
        target, stream, changed, order.proof
    )
    lists = bool(new) + bool(new and is_listed(target, stream, "create", order.proof)) + (order.match is not None)
    calls += lists * stream.weight
    counted = ", ".join(f"{rows:,} {name}" for name, rows in counts.items() if rows) or "no"
    more = ", and the list's further pages" if new and not isinstance(stream.paging, WholeList) else ""
    return CallEstimate(calls, f"{counted} rows{more}")


def _need(input_row: InputRow, entry: LedgerEntry | None, *, empties: bool) -> str:
    if entry is None or entry.remote_id is None:
        return "new"
    same = entry.state is EntryState.DONE and entry.hash == row_hash(input_row.row, empties)
    return "unchanged" if same else "changed"
