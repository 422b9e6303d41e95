"""Result files: a line for every row in the order of the input, and the rejects to correct.

DIR/results/<run_id>.parquet, .csv    key, outcome, remote id, status, message
DIR/rejects/<run_id>.csv              the user's own columns, with reason, field and suggestion

Of a workbook both are workbooks as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl.push.input.rows import ADDED, OWN_KEY, Input
from etl.push.push_order import Order
from etl.state.entries import Line, Source
from etl.state.ledger import Ledger
from etl.tables.dialect import DIALECTS, PLAIN, Dialect, dialect_of, is_workbook
from etl.tables.write import Layout, TableFile, write_frame

COLUMNS = ("row", "account", "stream", "key", "outcome", "remote_id", "status", "message")
TYPES = {"row": pl.Int64(), "status": pl.Int16()}
ASIDE = ("rejected", "review")
BATCH = 5000


@dataclass(frozen=True)
class ResultForm:
    """How results and rejects are written for whoever pushed: the dialect of CSV, and whether as workbooks too."""

    dialect: Dialect = PLAIN
    workbook: bool = False

    @classmethod
    def of(cls, order: Order) -> ResultForm:
        """As the files that are pushed, or as the order says."""
        dialect = DIALECTS[order.dialect] if order.dialect else dialect_of(order.files[0])
        return cls(dialect, any(map(is_workbook, order.files)))

    @property
    def suffixes(self) -> tuple[str, ...]:
        return ("csv", "xlsx") if self.workbook else ("csv",)


FOR_MACHINES = ResultForm()


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


def write_results(ledger: Ledger, run_id: str, out: Path, form: ResultForm) -> list[Path]:
    """Write the files, durably on return. Raises CannotCreate or InputOutputError."""
    schema = pa.schema([(name, pa.int64() if name == "row" else pa.int16() if name == "status" else pa.string())
                        for name in COLUMNS])  # fmt: skip
    targets = [out / "results" / f"{run_id}.{suffix}" for suffix in ("parquet", *form.suffixes)]
    types = {name: TYPES.get(name, pl.String()) for name in COLUMNS}
    with ExitStack() as stack:
        files: list[TableFile] = []
        for target in targets:
            files.append(TableFile(target, Layout("results", schema, dialect=form.dialect)))
            stack.callback(files[-1].discard)
        for page in ledger.results(run_id):
            frame = pl.DataFrame(page, schema=types, orient="row")
            for file in files:
                file.append(frame)
        for file in files:
            file.finish()
    return targets


def write_rejects(ledger: Ledger, run_id: str, data: Input, out: Path, form: ResultForm) -> list[Path]:
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
    kept = data.own.with_row_index("_at").join(reasons, on="_at", how="inner", maintain_order="right").drop("_at")
    named = frozenset(name for names in reasons["field"].drop_nulls() for name in names.split(", "))
    targets = [out / "rejects" / f"{run_id}.{suffix}" for suffix in form.suffixes]
    for target in targets:
        write_frame(kept, target, "rejects", dialect=form.dialect, shown=named)
    return targets


def _own_names(field: str | None, data: Input) -> str | None:
    """Translate field names to the user's own column names."""
    if field is None:
        return None
    return ", ".join(_own_name(name, data.names) for name in field.split(", "))


def _own_name(name: str, names: Mapping[str, str]) -> str:
    return names.get(name) or names.get(name.removesuffix("_code")) or name
