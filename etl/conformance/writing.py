"""The promises of writing to a target: each row once, whatever happens to its answer."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl

from etl.conformance.checks import Check, DoesNotApply, Subject, expect, must_end_with
from etl.conformance.place import ACCOUNT, Place, place
from etl.conformance.rows import ROWS, Row, changed, changed_columns, edited, rows_for, written
from etl.conformance.tables import table
from etl.push.push_order import Mode
from etl.push.report import PushReport
from etl.runs.lookup import get_record
from etl.simulator.declared.routes import pattern_of
from etl.simulator.engine.faults import Action, FaultPlan
from etl.simulator.engine.store import RecordStore
from etl.simulator.vendors import vendors
from etl.systems.declare import Call, Never, Stream, Target
from etl.systems.shared.dotted import nested, value_at

REFUSED = 422


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


def _all_created(report: PushReport, at: Trial) -> None:
    """Raise Broken unless each row was created, once, at the server as in the report."""
    must_end_with(0, report.exit_code, _why(report))
    told = _outcomes(report)
    expect(set(told) <= {"created", "merged"}, f"the report tells {_words(told)}")
    expect(sum(told.values()) == ROWS, f"the report tells {_words(told)} of {ROWS} rows")
    expect(at.made == ROWS, f"{at.made} records were created, for {ROWS} rows")


def _outcomes(report: PushReport) -> dict[str, int]:
    return {name: rows for name, rows in report.outcomes.items() if rows}


def _words(told: Mapping[str, int]) -> str:
    return ", ".join(f"{rows} {name}" for name, rows in told.items()) or "nothing"


def _why(report: PushReport) -> str:
    told = report.error and str(report.error)
    return told or "; ".join(filter(None, [_words(_outcomes(report)), *_reasons(report)]))


def _reasons(report: PushReport) -> list[str]:
    """Why rows did not go through, the first of them."""
    results = pl.concat([pl.read_parquet(path) for path in report.files["results"] if path.suffix == ".parquet"])
    aside = results.filter(pl.col("outcome").is_in(["rejected", "review", "unknown", "pending", "skipped"]))
    return [text for text in aside["message"].head(1) if text]


async def creates(of: Subject) -> None:
    async with trial(of) as at:
        _all_created(await at.push(), at)


async def stores(of: Subject) -> None:
    """By reading it back, in the list or by itself, in the columns that the target makes a body of."""
    async with trial(of) as at:
        _all_created(await at.push(), at)
        carried = {column.removeprefix(f"{at.target.table}.") for column in at.target.columns.values()}
        if not (columns := [column for column in READ_BACK if column in carried and column in at.rows[0]]):
            raise DoesNotApply("it takes none of the columns that the trial compares")
        report = await at.at.export(at.stream.name)
        must_end_with(0, report.exit_code, report.as_dict()["error"])
        listed = {row["source_id"]: row for row in table(at.at, at.stream, at.target.table).to_dicts()}
        lost: set[str] = set()
        for row in at.rows:
            key = _id_of(at, row)
            found = await get_record(at.at.settings, f"{ACCOUNT}.{at.stream.name}", key)
            shown = [listed.get(key, {}), *found.records]
            lost |= {column for column in columns if row[column] not in [str(one.get(column)) for one in shown]}
        expect(not lost, f"another value is there in {', '.join(sorted(lost))}")


READ_BACK = ("email", "city", "country_code", "last_name", "name", "minimum_quantity")
"""Columns that read back as they are written, whatever is normalised."""


async def again(of: Subject) -> None:
    async with trial(of) as at:
        _all_created(await at.push(), at)
        before, calls = len(at.at.simulator.log), at.at.simulator.stats["requests"]
        report = await at.push()
        must_end_with(0, report.exit_code, _why(report))
        told = _outcomes(report)
        expect(told == {"unchanged": ROWS}, f"the report tells {_words(told)}")
        expect(len(at.at.simulator.log) == before == ROWS, "the server was written to again")
        calls = at.at.simulator.stats["requests"] - calls
        expect(calls < ROWS, f"{calls} calls were made for {ROWS} rows that are as they were")


async def loses_create(of: Subject) -> None:
    """The record is there, and its answer never comes."""
    async with trial(of) as at:
        at.fault(at.target.create, {"drop_after": True}, nth=2)
        report = await at.push()
        if isinstance(at.target.lookup, Never):
            must_end_with(65, report.exit_code, _why(report))
            expect(_outcomes(report).get("review") == 1, "the row in doubt is not left to people")
            await at.push()
            expect(at.made == ROWS, f"{at.made} records were created, for {ROWS} rows")
        else:
            _all_created(report, at)


async def never_arrives(of: Subject) -> None:
    """The call is lost on its way, while a colleague makes a record of somebody else."""
    async with trial(of, rows=1) as at:
        at.fault(at.target.create, {"drop_before": True}, nth=2, then=at.add_stranger)
        report = await at.push()
        if isinstance(at.target.lookup, Never):
            must_end_with(65, report.exit_code, _why(report))
            expect(_outcomes(report).get("review") == 1, "the row in doubt is not left to people")
            expect(at.made == ROWS - 1, "it was sent again, and nobody had looked")
        else:
            _all_created(report, at)


async def updates(of: Subject) -> None:
    """With a colleague's value in a field of the record that nobody declared, and an answer that is lost."""
    target = of.target
    assert target is not None
    if target.update is None or not (columns := changed_columns(target)):
        raise DoesNotApply("it has no update" if target.update is None else "no column of the trial can be changed")
    async with trial(of) as at:
        _all_created(await at.push(), at)
        mine = _id_of(at, at.rows[0])
        others = {key: one for key, one in at.stored().items() if key.rpartition(" ")[2] != mine}
        change = [changed(at.rows[0], columns[0]), *at.rows[1:]]
        report = await at.push(change)
        must_end_with(0, report.exit_code, _why(report))
        told = _outcomes(report)
        expect(told == {"updated": 1, "unchanged": ROWS - 1}, f"the report tells {_words(told)}")
        expect(len(at.done("updated")) == 1, f"{len(at.done('updated'))} changes came to the server")
        expect({key: at.stored()[key] for key in others} == others, "other records were changed, too")


async def loses_update(of: Subject) -> None:
    target = of.target
    assert target is not None
    if target.update is None or not (columns := changed_columns(target)):
        raise DoesNotApply("it has no update" if target.update is None else "no column of the trial can be changed")
    async with trial(of) as at:
        _all_created(await at.push(), at)
        at.fault(target.update, {"drop_after": True})
        change = [changed(at.rows[0], columns[0]), *at.rows[1:]]
        report = await at.push(change)
        must_end_with(0, report.exit_code, _why(report))
        told = _outcomes(report)
        expect(told == {"updated": 1, "unchanged": ROWS - 1}, f"the report tells {_words(told)}")
        must_end_with(0, (second := await at.push(change)).exit_code, _why(second))
        expect(at.made == ROWS, "the change became another record")
        expect(len(at.done("updated")) == 1, f"the change was made {len(at.done('updated'))} times")


async def keeps_others(of: Subject) -> None:
    """Records of others stand in the list before the first row is sent."""
    async with trial(of, rows=3) as at:
        before = at.stored()
        _all_created(await at.push(), at)
        columns = changed_columns(at.target)
        if at.target.update is not None and columns:
            report = await at.push([changed(row, columns[0]) for row in at.rows])
            must_end_with(0, report.exit_code, _why(report))
        now = at.stored()
        expect({key: now.get(key) for key in before} == before, "a record of somebody else was changed")


async def keeps_edits(of: Subject) -> None:
    """A colleague changes one field of a record, the row another one."""
    target = of.target
    assert target is not None
    columns = changed_columns(target)
    if target.update is None or len(columns) < 2:
        raise DoesNotApply("it has no update" if target.update is None else "the trial can change one column, not two")
    async with trial(of) as at:
        _all_created(await at.push(), at)
        key = int(_id_of(at, at.rows[0]))
        store, theirs = at.store_of(key), changed(at.rows[0], columns[1])[columns[1]]
        store.put(key, edited(store.get(key) or {}, target.fields(columns[1])[0], theirs))
        report = await at.push([changed(at.rows[0], columns[0]), *at.rows[1:]])
        must_end_with(0, report.exit_code, _why(report))
        expect(theirs in json.dumps(store.get(key)), "what a colleague wrote is gone")


async def says_why(of: Subject) -> None:
    async with trial(of) as at:
        at.fault(at.target.create, {"status": REFUSED}, nth=2)
        report = await at.push()
        must_end_with(65, report.exit_code, _why(report))
        told = _outcomes(report)
        expect(told.get("rejected") == 1, f"the report tells {_words(told)}")
        expect(at.made == ROWS - 1, f"{at.made} of the other {ROWS - 1} records were created")
        reasons = _reasons(report)
        expect(bool(reasons) and bool(re.search(r"\w{3}", reasons[0])), "no reason is told")


async def deletes(of: Subject) -> None:
    target = of.target
    assert target is not None
    if target.delete is None:
        raise DoesNotApply("it has no delete")
    async with trial(of, rows=3) as at:
        strangers = set(at.stored())
        _all_created(await at.push(), at)
        report = await at.push(at.rows[:1], "delete")
        must_end_with(0, report.exit_code, _why(report))
        expect([entry["id"] for entry in at.done("deleted")] == [_id_of(at, at.rows[0])], "another record was deleted")
        expect(strangers <= set(at.stored()), "a record of somebody else was deleted")


def _id_of(at: Trial, row: Row) -> str:
    """The id of the record that a row became, by a value of the row that only its body has."""
    for column in ("email", "name", "display_name", "last_name"):
        for entry in at.done("created"):
            if column in row and json.dumps(row[column]) in json.dumps(entry["body"]):
                return str(entry["id"])
    return ""


CHECKS = (
    Check("creates", "every row becomes a record, once", creates),
    Check("stores", "a record holds what its row says, in its columns", stores),
    Check("again", "the same rows again: nothing is sent", again),
    Check("loses_create", "a lost answer to a create makes no second record", loses_create),
    Check("never_arrives", "a create that never came there is found absent first", never_arrives),
    Check("updates", "a changed row changes its record, and no other", updates),
    Check("loses_update", "a lost answer to a change is settled", loses_update),
    Check("keeps_edits", "a change keeps what a colleague wrote", keeps_edits),
    Check("keeps_others", "records of others stay as they are", keeps_others),
    Check("says_why", "a refused row says why, the others go through", says_why),
    Check("deletes", "a delete takes its own record, and no other", deletes),
)
