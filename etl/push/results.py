"""Result files: a line for every row in the order of the input, and the rejects to correct.

DIR/results/<run_id>.parquet, .csv    key, outcome, remote id, status, message
DIR/rejects/<run_id>.csv              the user's own columns, with reason, field, suggestion and a mark

Of a workbook both are workbooks as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl.config.language import Language
from etl.push.input.originals import ROW, Origin, as_written, keep_originals, row_marks
from etl.push.input.resubmit import SPLIT
from etl.push.input.rows import ADDED, OWN_KEY, Input
from etl.push.push_order import Order
from etl.state.entries import Line, Source
from etl.state.ledger import Ledger
from etl.tables.dialect import DIALECTS, PLAIN, Dialect, dialect_of, is_workbook
from etl.tables.dutch import said_in
from etl.tables.write import Layout, TableFile, write_frame

COLUMNS = ("row", "account", "stream", "key", "outcome", "remote_id", "status", "message")
TYPES = {"row": pl.Int64(), "status": pl.Int16()}
ASIDE = ("rejected", "review")
BATCH = 5000
MADE_OF = {
    **{f"{of}{part}": f"{of}address_line" for of in ("", "invoice_") for part in SPLIT},
    "mobile": "phone",
    "insertion": "last_name",
}
"""Columns of ours, and the one that they are read from where the file has not got them."""
NAMES_THEM = "This is required, "
FIELDS = re.compile(r"([a-z0-9_]+(?:, [a-z0-9_]+)*): ")


@dataclass(frozen=True)
class ResultForm:
    """How results and rejects are written for whoever pushed: the dialect of CSV, whether as workbooks too, and the
    language of reasons. `names` maps columns of ours to those of the files that they are made of."""

    dialect: Dialect = PLAIN
    workbook: bool = False
    language: Language = "en"
    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Input, order: Order, language: Language) -> ResultForm:
        """As the files that are pushed, or as the order says."""
        dialect = DIALECTS[order.dialect] if order.dialect else dialect_of(order.files[0])
        return cls(dialect, any(map(is_workbook, order.files)), language, data.names)

    def said(self, reason: str | None) -> str | None:
        """A reason in the words of whoever pushed: their own columns, their language."""
        if reason is None:
            return None
        for name, own in self.names.items():
            if "_" in name and own:  # a word such as `name` is one of any reason
                ours = rf"\b(?:an? )?{name.replace('_', '[ _]')}\b"
                reason = re.sub(ours, own.replace("\\", r"\\"), reason)
        return said_in(reason, self.language)

    def own_names(self, fields: str | None) -> str | None:
        """The user's own column names for columns of ours."""
        return ", ".join(dict.fromkeys(map(self._own_name, fields.split(", ")))) if fields is not None else None

    def _own_name(self, name: str) -> str:
        given = (name, name.removesuffix("_code"), MADE_OF.get(name, name))
        return next((self.names[one] for one in given if self.names.get(one)), name)

    @property
    def suffixes(self) -> tuple[str, ...]:
        return ("csv", "xlsx") if self.workbook else ("csv",)


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
            told = [(*row[:-1], _told(row[-1], form)) for row in page]
            frame = pl.DataFrame(told, schema=types, orient="row")
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
            "reason": [form.said(_reason(line, form)) for line in aside],
            "field": [form.own_names(line.field) for line in aside],
            "suggestion": [form.said(line.suggestion) for line in aside],
        },
        schema={"_at": pl.UInt32(), **dict.fromkeys(ADDED, pl.String())},
    )
    kept = data.own.with_row_index("_at").join(reasons, on="_at", how="inner", maintain_order="right")
    own, order = as_written(kept.drop("_at", *ADDED)), data.order
    origin = Origin.of(order.files, order.children, data.destination.target.table)
    keep_originals(data.destination.state, run_id, own, kept["_at"], origin)
    marks = pl.Series(ROW, row_marks(own, run_id, kept["_at"].to_list()))
    named = frozenset(name for names in reasons["field"].drop_nulls() for name in names.split(", "))
    targets = [out / "rejects" / f"{run_id}.{suffix}" for suffix in form.suffixes]
    for target in targets:
        write_frame(kept.drop("_at").with_columns(marks), target, "rejects", dialect=form.dialect, shown=named)
    return targets


def _reason(line: Line, form: ResultForm) -> str:
    """A line's reason; one that says "this" says of which columns."""
    reason, names = line.message or line.outcome, form.own_names(line.field)
    names_none = reason.startswith("This ") and not reason.startswith(NAMES_THEM)
    return f"{names}: {reason}" if names and names_none else reason


def _told(message: str | None, form: ResultForm) -> str | None:
    """A message of the results, which begins with the columns that it is about."""
    if message and (fields := FIELDS.match(message)):
        return f"{form.own_names(fields[1])}: {form.said(message[fields.end() :])}"
    return form.said(message)
