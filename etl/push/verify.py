"""Reading the target back, and comparing it with what a run sent: equal, differs, missing, or somebody else's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from etl.push.compare import differences, told
from etl.push.lists import read_list
from etl.push.past import Past, done
from etl.push.reading import id_of, read_one
from etl.push.report import PushReport
from etl.push.run import Setting, run
from etl.push.site import Site
from etl.targets.declare import Record
from etl.write import write_frame

WAYS = ("created", "merged", "updated", "unchanged")
FINDINGS = ("equal", "differs", "missing", "foreign")
FEW = 20
"""So many records are read one by one; for more the list is read first."""


@dataclass
class Verified:
    """`found` counts the findings; `file` holds a line for each row, and for each field that differs."""

    report: PushReport
    found: dict[str, int] = field(default_factory=dict)
    file: Path | None = None

    @property
    def exit_code(self) -> int:
        if self.report.stopped is not None or self.report.error is not None:
            return self.report.exit_code
        return 65 if any(self.found.get(name) for name in FINDINGS[1:]) else 0


async def verify(setting: Setting, run_id: str) -> Verified:
    """Compare. Raises what a push raises; writes nothing at the target."""
    verified = Verified(PushReport("verify", run_id, setting.destination.name))
    rows: list[dict[str, Any]] = []

    async def work(site: Site, _: PushReport) -> None:
        listed = await _listed(site, run_id)
        for batch in done(site.ledger, run_id, WAYS):
            for past in batch:
                rows.extend(await _compared(site, past, listed))

    verified.report = await run(setting, "verify", run_id, work, dry_run=True)
    verified.found = dict(Counter(row["finding"] for row in {row["row"]: row for row in rows}.values()))
    if rows:
        verified.file = setting.out / "results" / f"{run_id}.verified.csv"
        write_frame(pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String())), verified.file, "verified")
    return verified


COLUMNS = ("row", "account", "stream", "key", "remote_id", "finding", "field", "sent", "found")


async def _listed(site: Site, run_id: str) -> Mapping[str, Record]:
    """The run's records as the list shows them; empty where there are few."""
    wanted = {past.line.remote_id for batch in done(site.ledger, run_id, WAYS) for past in batch}
    if len(wanted) <= FEW:
        return {}
    found: dict[str, Record] = {}

    def note(records: list[Record]) -> None:
        found.update((key, record) for record in records if (key := id_of(record, site.stream)) in wanted)

    await read_list(site.client, site.stream, {}, note)
    return found


async def _compared(site: Site, past: Past, listed: Mapping[str, Record]) -> list[dict[str, Any]]:
    line, entry = past.line, past.entry
    assert line.remote_id is not None
    row = {
        "row": str(line.line + 1), "account": line.source.account, "stream": line.source.stream,
        "key": line.source.key, "remote_id": line.remote_id,
    }  # fmt: skip
    if entry is None:
        return [{**row, "finding": "missing", "field": None, "sent": None, "found": None}]
    record = listed.get(line.remote_id)
    if record is None or any(
        differences(record, entry.body, shown=True)
    ):  # a list may show less than the record itself
        record = await read_one(site.client, site.stream, line.remote_id)
    if record is None:
        return [{**row, "finding": "missing", "field": None, "sent": None, "found": None}]
    changes = list(differences(record, entry.body, shown=True))
    if not changes:
        return [{**row, "finding": "equal", "field": None, "sent": None, "found": None}]
    finding = "foreign" if _is_foreign(site, record, entry.body) else "differs"
    return [
        {**row, "finding": finding, "field": one.field, "sent": str(one.ours), "found": str(one.remote)}
        for one in changes
    ]


def _is_foreign(site: Site, record: Record, body: Mapping[str, Any]) -> bool:
    """Whether the record under that id has another reference: it is somebody else's."""
    reference = site.target.reference
    return reference is not None and bool(body.get(reference)) and str(told(record, reference)) != str(body[reference])
