"""Rows that a push left in review, each beside the current state of the records that it may be about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from etl.http.client import Client
from etl.push.diff.diff import differences, value_of
from etl.push.diff.spelling import Spelling
from etl.push.dispatch.record import read_one
from etl.push.ownership.open_ledger import ledger_of
from etl.push.push import Setting, open_target_client
from etl.push.push_order import Destination
from etl.runs.workspace import open_state
from etl.state.entries import Decision, EntryState, LedgerEntry, Line, Source
from etl.state.ledger import Ledger
from etl.state.redaction import is_forgotten
from etl.systems.declare import Record
from etl.systems.shared.cells import BLANK
from etl.tables.write import write_frame

AT_ONCE = 8
COLUMNS = ("row", "key", "reason", "record", "decision", "differs", "row_says", "record_says")
"""The columns of the sheet in which rows may be decided; it has a line for each record that a row may be about."""


@dataclass(frozen=True)
class FieldComparison:
    """A field of the row and of the record. `differs` is None where the row has no value for it."""

    field: str
    row: Any
    record: Any
    differs: bool | None


@dataclass(frozen=True)
class Candidate:
    """A record that a row may be about: its fields, those that differ first; none if it is gone."""

    record_id: str
    fields: Sequence[FieldComparison] = ()
    gone: bool = False

    @property
    def differing(self) -> list[FieldComparison]:
        return [one for one in self.fields if one.differs]


@dataclass(frozen=True)
class ReviewRow:
    """A row in review. `said` holds its values in the target's fields, None if they were redacted; `settled` is the run
    that sent it since."""

    line: Line
    said: Mapping[str, Any] | None
    decision: Decision | None
    settled: str | None
    ids: tuple[str, ...]
    candidates: Sequence[Candidate] = ()

    @property
    def row(self) -> int:
        """Its number, counted from 1."""
        return self.line.line + 1

    @property
    def source(self) -> Source:
        return self.line.source

    @property
    def decided(self) -> str | None:
        """The decision as the user writes it."""
        if self.decision is None:
            return None
        return " ".join(filter(None, (self.decision.choice, self.decision.remote_id)))


@dataclass
class ReviewSession:
    """The ledger and the client of a review, under the target's lock."""

    setting: Setting
    ledger: Ledger
    client: Client
    spelling: Spelling = field(default_factory=Spelling)

    @property
    def destination(self) -> Destination:
        return self.setting.destination

    async def read(self, record_id: str) -> Record | None:
        """Read the record as it is now; None if it is gone."""
        record = await read_one(self.client, self.destination.stream, record_id)
        return None if record is None or self.destination.target.is_removed(record) else record


@asynccontextmanager
async def open_review(setting: Setting) -> AsyncIterator[ReviewSession]:
    """Open the session of a review; the target's lock must be held."""
    destination, now = setting.destination, setting.clock.now()
    with (
        open_state(setting.settings) as state,
        ledger_of(setting.settings, state, destination.key, now=now) as ledger,
    ):
        async with open_target_client(setting) as client:
            yield ReviewSession(setting, ledger, client, Spelling(ledger.spellings()))


def in_review(ledger: Ledger, run_id: str) -> list[ReviewRow]:
    """List the run's rows in review, in the order of its input."""
    lines = list(ledger.lines(run_id, ("review",)))
    entries, decisions = ledger.entries_of(line.source for line in lines), ledger.decisions()
    later = ledger.runs_after(run_id)
    return [_review_row(line, entries.get(line.source), decisions.get(line.source), later) for line in lines]


def _review_row(line: Line, entry: LedgerEntry | None, decision: Decision | None, later: Collection[str]) -> ReviewRow:
    said = orjson.loads(line.said) if line.said else None
    if said is None and entry is not None and entry.state is EntryState.REVIEW:
        said = entry.meant.value or entry.body.value
    settled = entry.run_id if entry is not None and entry.run_id in later else None
    own = (entry.remote_id,) if entry is not None and entry.remote_id else ()
    return ReviewRow(line, None if is_forgotten(said) else said, decision, settled, line.records or own)


async def read_candidates(session: ReviewSession, review_rows: Sequence[ReviewRow]) -> list[ReviewRow]:
    """Read the candidate records of the rows. Raises what reading raises."""
    found: list[ReviewRow] = []
    rest = iter(review_rows)
    while batch := list(islice(rest, AT_ONCE)):
        found += await asyncio.gather(*(_with_candidates(session, one) for one in batch))
    return found


async def _with_candidates(session: ReviewSession, one: ReviewRow) -> ReviewRow:
    candidates = []
    for record_id in one.ids:
        record = await session.read(record_id)
        fields = [] if record is None else _compared(session, one.said or {}, record)
        candidates.append(Candidate(record_id, fields, record is None))
    return replace(one, candidates=candidates)


def _compared(session: ReviewSession, said: Mapping[str, Any], record: Record) -> list[FieldComparison]:
    target = session.destination.target
    whole = target.whole(record)
    both = [
        FieldComparison(
            name, value, value_of(whole, name), any(differences(whole, {name: value}, spelling=session.spelling))
        )
        for name, value in said.items()
    ]
    there = [
        FieldComparison(name, None, value, None)
        for name, value in whole.items()
        if name not in said and value not in BLANK and name not in target.server_made
    ]
    return sorted(both, key=lambda one: not one.differs) + there


def write_sheet(review_rows: Sequence[ReviewRow], run_id: str, out: Path) -> Path:
    """Write the rows as a sheet with a column to fill in: `decision`. Raises CannotCreate or InputOutputError."""
    rows = [
        _cells(one, candidate)
        for one in review_rows
        if not one.settled
        for candidate in (one.candidates or [Candidate("", [], gone=True)])
    ]
    schema = {name: pl.Int64() if name == "row" else pl.String() for name in COLUMNS}
    target = out / "results" / f"{run_id}.review.xlsx"
    write_frame(pl.DataFrame(rows, schema=schema, orient="row"), target, "review")
    return target


def _cells(one: ReviewRow, candidate: Candidate) -> tuple[object, ...]:
    differing = candidate.differing
    if candidate.gone or one.said is None:
        ours = [FieldComparison(name, value, None, None) for name, value in (one.said or {}).items()]
    else:
        ours = differing
    return (
        one.row,
        one.source.key,
        one.line.message,
        candidate.record_id or None,
        one.decided,
        ", ".join(field.field for field in differing) or None,
        "\n".join(f"{field.field}: {shown(field.row)}" for field in ours) or None,
        "\n".join(f"{field.field}: {shown(field.record)}" for field in differing) or None,
    )


def shown(value: Any) -> str:
    """Format a value for people: lists and objects as JSON."""
    if value in BLANK:
        return ""
    return orjson.dumps(value).decode() if isinstance(value, list | dict | bool) else str(value)
