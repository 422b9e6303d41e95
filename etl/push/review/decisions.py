"""Decisions about rows in review: read from the command line or a sheet, checked, and stored.

    accept ID    the record belongs to the row: the next push updates it
    new          none of the records does: the next push creates one
    skip         the row is left out from now on

Nothing is written at the target. All decisions are checked before the first one is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.errors import UsageError
from etl.push.dispatch.record import to_json
from etl.push.review.review import ReviewRow, ReviewSession, in_review
from etl.state.entries import Choice, Decision, Source
from etl.tables.read_table import read_table

WORDS = "accept ID, new or skip"


@dataclass(frozen=True)
class RowDecision:
    """A person's decision about one row, by its number counted from 1; `where` it was read, for error texts."""

    row: int
    choice: Choice
    record_id: str | None = None
    where: str = ""


def open_rows(session: ReviewSession, run_id: str) -> dict[int, ReviewRow]:
    """Return the rows that may be decided, by number."""
    return {one.row: one for one in in_review(session.ledger, run_id) if not one.settled}


def decisions_from_options(
    review_rows: Sequence[ReviewRow], rows: Sequence[int], accept: str | None, *, new: bool, skip: bool
) -> list[RowDecision]:
    """Turn the options of the command line into decisions, row by row. Raises UsageError for contradictory ones."""
    if sum((accept is not None, new, skip)) > 1:
        raise UsageError("One of accept, new and skip at a time.")
    if accept is not None:
        return [RowDecision(_row_of(review_rows, rows, accept), Choice.ACCEPT, accept)]
    named = rows or [one.row for one in review_rows if not one.settled]
    return [RowDecision(row, Choice.NEW if new else Choice.SKIP) for row in dict.fromkeys(named)]


def _row_of(review_rows: Sequence[ReviewRow], rows: Sequence[int], accept: str) -> int:
    named = set(rows) or {one.row for one in review_rows if accept in one.ids and not one.settled}
    if len(named) != 1:
        names = ", ".join(map(str, sorted(named)[:10]))
        raise UsageError(
            f"Record {accept} can be one row's only, and {'rows ' + names + ' are meant' if named else 'no row is'}.",
            remedy="Say with --row N whose it is.",
        )
    return named.pop()


def read_decisions(path: Path, review_rows: Mapping[int, ReviewRow]) -> list[RowDecision]:
    """Read the column `decision` of a sheet; an empty cell leaves its row undecided. Raises UsageError naming row and
    cell."""
    table = read_table(path).with_columns(pl.all().cast(pl.String).str.strip_chars())
    if not {"row", "decision"} <= set(table.columns):
        raise UsageError(f"{path} has no columns row and decision.", remedy="etl review RUN writes such a sheet.")
    found: dict[int, RowDecision] = {}
    for number, line in enumerate(table.iter_rows(named=True), 2):
        if not line["decision"]:
            continue
        verdict = _verdict(line["row"] or "", line["decision"], f"{path}, line {number}")
        one = review_rows.get(verdict.row)
        if one is not None and "key" in line and (line["key"] or "") != one.source.key:
            raise UsageError(f"{verdict.where}: row {verdict.row} has the key {one.source.key}: is it another run's?")
        known = found.setdefault(verdict.row, verdict)
        if (known.choice, known.record_id) != (verdict.choice, verdict.record_id):
            raise UsageError(f"{verdict.where}: row {verdict.row} is decided in another way in {known.where}.")
    return list(found.values())


def _verdict(row: str, cell: str, where: str) -> RowDecision:
    number = row.removesuffix(".0")
    if not (number.isascii() and number.isdigit()):
        raise UsageError(f"{where}: {row!r} is no row.")
    word, _, record_id = cell.partition(" ")
    known = (word.lower() in ("new", "skip") and not record_id) or (word.lower() == "accept" and record_id.strip())
    if not known:
        raise UsageError(f"{where}: row {number}: {cell!r} is no decision.", remedy=f"Write {WORDS}.")
    return RowDecision(int(number), Choice(word.lower()), record_id.strip() or None, where)


async def decide(session: ReviewSession, run_id: str, verdicts: Sequence[RowDecision]) -> list[Decision]:
    """Check all decisions, then store them. Raises UsageError for an impossible one, and what reading a record
    raises."""
    known = {one.row: one for one in in_review(session.ledger, run_id)}
    checked = [(_of(known, verdict, run_id), verdict) for verdict in verdicts]
    _check_claims(session, checked)
    bases = {verdict.row: await _base(session, verdict) for _, verdict in checked if verdict.record_id}
    decisions = []
    for one, verdict in checked:
        decision = Decision(one.source, verdict.choice, verdict.record_id)
        sender = (run_id, one.line.line)
        session.ledger.decide(decision, session.setting.clock.now(), bases.get(verdict.row), sender)
        decisions.append(decision)
    return decisions


def _of(known: Mapping[int, ReviewRow], verdict: RowDecision, run_id: str) -> ReviewRow:
    at = f"{verdict.where}: " if verdict.where else ""
    one = known.get(verdict.row)
    if one is None:
        raise UsageError(f"{at}row {verdict.row} of {run_id} is not in review.")
    if one.settled:
        raise UsageError(f"{at}row {verdict.row} was sent since, by {one.settled}: there is nothing left to decide.")
    return one


def _check_claims(session: ReviewSession, checked: Sequence[tuple[ReviewRow, RowDecision]]) -> None:
    """Refuse a record that another row owns by the ledger, by an earlier decision, or by one of these."""
    wanted: dict[str, ReviewRow] = {}
    for one, verdict in checked:
        wanted.setdefault(verdict.record_id or "", one)
    theirs: dict[str, Source] = {
        decision.remote_id: decision.source
        for decision in session.ledger.decisions().values()
        if decision.choice is Choice.ACCEPT and decision.remote_id
    }
    theirs |= session.ledger.claimed(list(wanted))
    theirs |= {record_id: one.source for record_id, one in wanted.items() if record_id and record_id not in theirs}
    for one, verdict in checked:
        owner = theirs.get(verdict.record_id or "")
        if owner is not None and owner != one.source:
            at = f"{verdict.where}: " if verdict.where else ""
            table = f" of {owner.account}" if owner.account != one.source.account else ""
            raise UsageError(
                f"{at}record {verdict.record_id} cannot be row {verdict.row}'s: it is known as that of the row with "
                f"the key {owner.key}{table}.",
                remedy="Nothing was decided.",
            )


async def _base(session: ReviewSession, verdict: RowDecision) -> str:
    """Read the accepted record as the base: later changes to it are reported as conflicts, not overwritten."""
    record = await session.read(verdict.record_id or "")
    if record is None:
        at = f"{verdict.where}: " if verdict.where else ""
        raise UsageError(f"{at}there is no record {verdict.record_id} at {session.destination.name}.")
    return to_json(record).decode()
