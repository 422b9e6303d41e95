"""Verify a run: read the target back and compare it with what was sent: equal, differs, missing, or foreign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from etl.push.diff.diff import Difference, differences, field_in, value_of
from etl.push.dispatch.record import read_one
from etl.push.earlier_runs import SentRow, sent_rows
from etl.push.listed_records import read_listed
from etl.push.push import Setting, run
from etl.push.report import PushReport
from etl.push.session import PushSession
from etl.state.entries import LedgerEntry
from etl.state.redaction import is_forgotten, is_same_value
from etl.systems.declare import Record
from etl.tables.write import write_frame

WAYS = ("created", "merged", "updated", "unchanged")
FINDINGS = ("equal", "differs", "missing", "foreign")
DUPLICATE = "duplicate"
"""Another record, which belongs to no row, is equal in all fields that identify it."""


@dataclass
class Verified:
    """The result: `found` counts the findings; `file` holds a line for each row, and for each field that differs."""

    report: PushReport
    found: dict[str, int] = field(default_factory=dict)
    file: Path | None = None

    @property
    def exit_code(self) -> int:
        if self.report.stopped is not None or self.report.error is not None:
            return self.report.exit_code
        return 65 if any(self.found.get(name) for name in (*FINDINGS[1:], DUPLICATE)) else 0


async def verify(setting: Setting, run_id: str) -> Verified:
    """Compare the target with what a run sent. Raises what a push raises; writes nothing at the target."""
    verified = Verified(PushReport("verify", run_id, setting.destination.name))
    rows: list[dict[str, Any]] = []

    async def work(session: PushSession, _: PushReport) -> None:
        listed = await read_listed(session, run_id)
        for batch in sent_rows(session.ledger, run_id, WAYS):
            for past in batch:
                rows.extend(await _compared(session, past, listed.records))
                rows.extend(_twins(past, listed.twins.get(past.line.remote_id or "", ())))

    verified.report = await run(setting, "verify", run_id, work, dry_run=True)
    verified.found = dict(Counter(row["finding"] for row in {row["row"]: row for row in rows}.values()))
    if rows:
        verified.file = setting.out / "results" / f"{run_id}.verified.csv"
        write_frame(pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String())), verified.file, "verified")
    return verified


FORGOTTEN = "(not known any more)"
COLUMNS = ("row", "account", "stream", "key", "remote_id", "finding", "field", "sent", "found")


def _row(past: SentRow) -> dict[str, Any]:
    line = past.line
    return {
        "row": str(line.line + 1), "account": line.source.account, "stream": line.source.stream,
        "key": line.source.key, "remote_id": line.remote_id,
    }  # fmt: skip


def _twins(past: SentRow, ids: Sequence[str]) -> list[dict[str, Any]]:
    return [{**_row(past), "finding": DUPLICATE, "field": None, "sent": None, "found": one} for one in ids]


async def _compared(session: PushSession, past: SentRow, listed: Mapping[str, Record]) -> list[dict[str, Any]]:
    line, entry = past.line, past.entry
    assert line.remote_id is not None
    row = _row(past)
    if line.source.is_erased:
        return [{**row, "finding": "erased", "field": None, "sent": None, "found": None}]
    if entry is None:
        return [{**row, "finding": "missing", "field": None, "sent": None, "found": None}]
    record = listed.get(line.remote_id)
    if record is None or _differences(session, record, entry):  # a list may show less than the record itself
        record = await read_one(session.client, session.stream, line.remote_id)
    if record is None:
        return [{**row, "finding": "missing", "field": None, "sent": None, "found": None}]
    changes = _differences(session, record, entry)
    if not changes:
        return [{**row, "finding": "equal", "field": None, "sent": None, "found": None}]
    finding = "foreign" if _is_foreign(session, record, entry.said.value) else "differs"
    return [
        {**row, "finding": finding, "field": one.field, "sent": str(one.ours), "found": str(one.remote)}
        for one in changes
    ]


def _differences(session: PushSession, record: Record, entry: LedgerEntry) -> list[Difference]:
    found = differences(record, entry.said.value, spelling=session.spelling, shown=True)
    return [
        replace(one, ours=FORGOTTEN) if is_forgotten(one.ours) else one
        for one in found
        if not (is_forgotten(one.ours) and _is_as_it_was(session, record, entry, one))
    ]


def _is_as_it_was(session: PushSession, record: Record, entry: LedgerEntry, one: Difference) -> bool:
    """Whether the record's field still holds the value that it had when the row was last done, by its hash."""
    name = field_in(entry.said.value, one.field)
    return not any(differences(record, {name: value_of(entry.base.value, name)}, spelling=session.spelling))


def _is_foreign(session: PushSession, record: Record, body: Mapping[str, Any]) -> bool:
    """Whether the record under that id has another reference, and so is somebody else's."""
    reference = session.target.reference
    said = body.get(reference) if reference else None
    return bool(said) and not is_same_value(str(said), str(value_of(record, reference or "")))
