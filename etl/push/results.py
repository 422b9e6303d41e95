"""Result files: a line for every row in the order of the input, and the rejects to correct.

DIR/results/<run_id>.parquet, .csv    key, outcome, remote id, status, message
DIR/rejects/<run_id>.csv              the user's own columns, with reason, field, suggestion and a mark
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl.push.input.originals import ROW, as_written, keep_originals, row_marks
from etl.push.input.rows import ADDED, OWN_KEY, Input
from etl.state.entries import Line, Source
from etl.state.ledger import Ledger
from etl.tables.write import Layout, TableFile, write_frame

COLUMNS = ("row", "account", "stream", "key", "outcome", "remote_id", "status", "message")
TYPES = {"row": pl.Int64(), "status": pl.Int16()}
ASIDE = ("rejected", "review")
BATCH = 5000


def add_pending_lines(ledger: Ledger, run_id: str, data: Input) -> None:
    """Add a pending line for each row that the run did not reach."""
    if sum(ledger.outcomes(run_id).values()) == data.height:
        return
    known = {row - 1 for page in ledger.results(run_id) for row, *_ in page}
    sources = data.frame.select("account", "stream", OWN_KEY).iter_rows()
    missing = (
        Line(run_id, line, Source(account or "", stream or "", key or ""), "pending", message="Not sent yet.")
        for line, (account, stream, key) in enumerate(sources)
        if line not in known
    )
    while batch := list(islice(missing, BATCH)):
        ledger.write(batch)


def write_results(ledger: Ledger, run_id: str, out: Path) -> list[Path]:
    """Write both files, durably on return. Raises CannotCreate or InputOutputError."""
    schema = pa.schema([(name, pa.int64() if name == "row" else pa.int16() if name == "status" else pa.string())
                        for name in COLUMNS])  # fmt: skip
    targets = [out / "results" / f"{run_id}.{form}" for form in ("parquet", "csv")]
    types = {name: TYPES.get(name, pl.String()) for name in COLUMNS}
    with ExitStack() as stack:
        files: list[TableFile] = []
        for target in targets:
            files.append(TableFile(target, Layout("results", schema)))
            stack.callback(files[-1].discard)
        for page in ledger.results(run_id):
            frame = pl.DataFrame(page, schema=types, orient="row")
            for file in files:
                file.append(frame)
        for file in files:
            file.finish()
    return targets


def write_rejects(ledger: Ledger, run_id: str, data: Input, out: Path) -> list[Path]:
    """Write the rows that were rejected or are in review, as they came; no file if there are none."""
    aside = list(ledger.lines(run_id, ASIDE))
    if not aside:
        return []
    reasons = pl.DataFrame(
        {
            "_at": [line.line for line in aside],
            "reason": [line.message or line.outcome for line in aside],
            "field": [_own_names(line.field, data) for line in aside],
            "suggestion": [line.suggestion for line in aside],
        },
        schema={"_at": pl.UInt32(), **dict.fromkeys(ADDED, pl.String())},
    )
    kept = data.own.with_row_index("_at").join(reasons, on="_at", how="inner", maintain_order="right")
    own, order = as_written(kept.drop("_at", *ADDED)), data.order
    keep_originals(data.destination.state, run_id, own, kept["_at"], order.files, order.children)
    marks = pl.Series(ROW, row_marks(own, run_id, kept["_at"].to_list()))
    target = out / "rejects" / f"{run_id}.csv"
    write_frame(kept.drop("_at").with_columns(marks), target, "rejects")
    return [target]


def _own_names(field: str | None, data: Input) -> str | None:
    """Translate field names to the user's own column names."""
    if field is None:
        return None
    return ", ".join(_own_name(name, data.names) for name in field.split(", "))


def _own_name(name: str, names: Mapping[str, str]) -> str:
    return names.get(name) or names.get(name.removesuffix("_code")) or name
