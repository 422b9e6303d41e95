"""A target on trial: its rows, what happens to its calls, and what came of them at the server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from etl.conformance.checks import Subject, expect, must_end_with
from etl.conformance.place import Place, place
from etl.conformance.rows import ROWS, Row, rows_for, written
from etl.push.push_order import Mode
from etl.push.report import PushReport
from etl.simulator.declared.routes import pattern_of
from etl.simulator.engine.answer import RefusedRequest
from etl.simulator.engine.faults import Action, FaultPlan
from etl.simulator.engine.store import RecordStore
from etl.simulator.vendors import vendors
from etl.systems.declare import Call, Stream, Target
from etl.systems.shared.dotted import nested, value_at

WORDS = "Something went wrong."
"""What every API here says of a fault."""


@dataclass
class Trial:
    """A target in a place, and the rows that are pushed to it."""

    at: Place
    stream: Stream
    target: Target
    rows: list[Row]

    async def push(self, rows: list[Row] | None = None, mode: Mode = "create") -> PushReport:
        return await self.at.push(self.target.name, written(self.at.folder, rows or self.rows), mode=mode)

    def fault(
        self, call: Call, action: Mapping[str, Any], *, nth: int = 1, then: Callable[[], object] = lambda: None
    ) -> None:
        """Let something happen to one of the calls of a kind, counted from 1, and `then` do it."""
        path = f"^{pattern_of(call.path, self.at.account.options)}(?:\\?|$)"
        rule = {"method": call.method, "path": path, "when": {"nth": nth}, "action": dict(action)}
        self.at.simulator.set_faults(Meanwhile(rule, then))

    def words_of(self, status: int) -> str:
        """The server's words for a refusal, as far as the declaration reads them."""
        told = self.at.simulator.api(self.at.system.id).refuse(RefusedRequest(status, WORDS))
        refusal = self.at.system.refusal(orjson.loads(told.body))
        return WORDS.rstrip(".") if refusal is not None and WORDS in refusal.message else ""

    def done(self, *outcomes: str) -> list[dict[str, Any]]:
        """The writes that took effect at the server, of those kinds."""
        return [entry for entry in self.at.simulator.log if entry["outcome"] in outcomes]

    @property
    def made(self) -> int:
        return len(self.done("created", "merged"))

    def stored(self) -> dict[str, Any]:
        """The records at the server, by list and id: several lists may show the same ones."""
        return {
            f"{name} {key}": store.get(key) for name, store in self.at.simulator.stores.items() for key in store.ids()
        }

    def written(self) -> dict[str, Any]:
        """The same without what only the server writes, such as the time of the last change."""
        return {key: _without(record, self.target.server_made) for key, record in self.stored().items()}

    def add_stranger(self) -> None:
        """Add a record as a colleague does: one that stands there already, under a new id."""
        store = self.store_of(0)
        key = store.reserve()
        first = store.get(store.first_id) or {}
        typed = type(value_at(first, self.stream.key))
        store.add(nested({self.stream.key: typed(key)}, over=first), self.at.clock.now().timestamp())

    def store_of(self, key: int) -> RecordStore:
        """The store that a new record is in."""
        named = self.at.simulator.stores.get(f"{self.at.system.id}.{self.target.stream}")
        return named or next(store for store in self.at.simulator.stores.values() if store.is_written(key))


def _without(value: Any, names: Collection[str]) -> Any:
    """JSON without the fields of these names, on any level."""
    if isinstance(value, dict):
        return {name: _without(one, names) for name, one in value.items() if name not in names}
    return [_without(one, names) for one in value] if isinstance(value, list) else value


class Meanwhile(FaultPlan):
    """A fault during which something else is done at the server."""

    def __init__(self, rule: Mapping[str, Any], then: Callable[[], object]) -> None:
        super().__init__([rule])
        self._then = then

    def strike(self, method: str, target: str) -> Action | None:
        action = super().strike(method, target)
        if action is not None:
            self._then()
        return action


@asynccontextmanager
async def trial(of: Subject, *, rows: int = 0) -> AsyncIterator[Trial]:
    """A target, with so many records of others in its list. An API that is imitated by hand is tried as it is."""
    assert of.stream is not None
    assert of.target is not None
    async with place(of.system, of.targets, rows=rows, vendor=vendors().get(of.system.id)) as at:
        yield Trial(at, of.stream, of.target, rows_for(of.target))


def all_created(report: PushReport, at: Trial) -> None:
    """Raise Broken unless each row was created, once, at the server as in the report."""
    must_end_with(0, report.exit_code, why(report))
    told = outcomes(report)
    expect(set(told) <= {"created", "merged"}, f"the report tells {words(told)}")
    expect(sum(told.values()) == ROWS, f"the report tells {words(told)} of {ROWS} rows")
    expect(at.made == ROWS, f"{at.made} records were created, for {ROWS} rows")


def outcomes(report: PushReport) -> dict[str, int]:
    return {name: rows for name, rows in report.outcomes.items() if rows}


def words(told: Mapping[str, int]) -> str:
    return ", ".join(f"{rows} {name}" for name, rows in told.items()) or "nothing"


def why(report: PushReport) -> str:
    told = report.error and str(report.error)
    return told or "; ".join(filter(None, [words(outcomes(report)), *reasons(report)]))


def reasons(report: PushReport) -> list[str]:
    """Why rows did not go through, the first of them."""
    results = pl.concat([pl.read_parquet(path) for path in report.files["results"] if path.suffix == ".parquet"])
    aside = results.filter(pl.col("outcome").is_in(["rejected", "review", "unknown", "pending", "skipped"]))
    return [text for text in aside["message"].head(1) if text]


def id_of(at: Trial, row: Row) -> str:
    """The id of the record that a row became, by a value of the row that only its body has."""
    for column in ("email", "name", "display_name", "last_name"):
        for entry in at.done("created"):
            if column in row and json.dumps(row[column]) in json.dumps(entry["body"]):
                return str(entry["id"])
    return ""
