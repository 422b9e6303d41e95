"""The promises of writing to a target: each row once, whatever happens to its answer."""

from __future__ import annotations

import json

from etl.conformance.checks import Check, DoesNotApply, Subject, expect, must_end_with
from etl.conformance.place import ACCOUNT
from etl.conformance.pushed import all_created, id_of, outcomes, reasons, trial, why, words
from etl.conformance.rows import ROWS, changed, changed_columns, edited
from etl.conformance.tables import table
from etl.runs.lookup import get_record
from etl.systems.declare import Never

REFUSED = 422


async def creates(of: Subject) -> None:
    async with trial(of) as at:
        all_created(await at.push(), at)


async def stores(of: Subject) -> None:
    """By reading it back, in the list or by itself, in the columns that the target makes a body of."""
    async with trial(of) as at:
        all_created(await at.push(), at)
        carried = {column.removeprefix(f"{at.target.table}.") for column in at.target.columns.values()}
        if not (columns := [column for column in READ_BACK if column in carried and column in at.rows[0]]):
            raise DoesNotApply("it takes none of the columns that the trial compares")
        report = await at.at.export(at.stream.name)
        must_end_with(0, report.exit_code, report.as_dict()["error"])
        listed = {row["source_id"]: row for row in table(at.at, at.stream, at.target.table).to_dicts()}
        lost: set[str] = set()
        for row in at.rows:
            key = id_of(at, row)
            found = await get_record(at.at.settings, f"{ACCOUNT}.{at.stream.name}", key)
            shown = [listed.get(key, {}), *found.records]
            lost |= {column for column in columns if row[column] not in [str(one.get(column)) for one in shown]}
        expect(not lost, f"another value is there in {', '.join(sorted(lost))}")


READ_BACK = ("email", "city", "country_code", "last_name", "name", "minimum_quantity")
"""Columns that read back as they are written, whatever is normalised."""


async def again(of: Subject) -> None:
    async with trial(of) as at:
        all_created(await at.push(), at)
        before, calls = len(at.at.simulator.log), at.at.simulator.stats["requests"]
        report = await at.push()
        must_end_with(0, report.exit_code, why(report))
        told = outcomes(report)
        expect(told == {"unchanged": ROWS}, f"the report tells {words(told)}")
        expect(len(at.at.simulator.log) == before == ROWS, "the server was written to again")
        calls = at.at.simulator.stats["requests"] - calls
        expect(calls < ROWS, f"{calls} calls were made for {ROWS} rows that are as they were")


async def loses_create(of: Subject) -> None:
    """The record is there, and its answer never comes."""
    async with trial(of) as at:
        at.fault(at.target.create, {"drop_after": True}, nth=2)
        report = await at.push()
        if isinstance(at.target.lookup, Never):
            must_end_with(65, report.exit_code, why(report))
            expect(outcomes(report).get("review") == 1, "the row in doubt is not left to people")
            await at.push()
            expect(at.made == ROWS, f"{at.made} records were created, for {ROWS} rows")
        else:
            all_created(report, at)


async def never_arrives(of: Subject) -> None:
    """The call is lost on its way, while a colleague makes a record of somebody else."""
    async with trial(of, rows=1) as at:
        at.fault(at.target.create, {"drop_before": True}, nth=2, then=at.add_stranger)
        report = await at.push()
        if isinstance(at.target.lookup, Never):
            must_end_with(65, report.exit_code, why(report))
            expect(outcomes(report).get("review") == 1, "the row in doubt is not left to people")
            expect(at.made == ROWS - 1, "it was sent again, and nobody had looked")
        else:
            all_created(report, at)


async def updates(of: Subject) -> None:
    """With a colleague's value in a field of the record that nobody declared, and an answer that is lost."""
    target = of.target
    assert target is not None
    if target.update is None or not (columns := changed_columns(target)):
        raise DoesNotApply("it has no update" if target.update is None else "no column of the trial can be changed")
    async with trial(of) as at:
        all_created(await at.push(), at)
        mine = id_of(at, at.rows[0])
        others = {key: one for key, one in at.stored().items() if key.rpartition(" ")[2] != mine}
        change = [changed(at.rows[0], columns[0]), *at.rows[1:]]
        report = await at.push(change)
        must_end_with(0, report.exit_code, why(report))
        told = outcomes(report)
        expect(told == {"updated": 1, "unchanged": ROWS - 1}, f"the report tells {words(told)}")
        expect(len(at.done("updated")) == 1, f"{len(at.done('updated'))} changes came to the server")
        expect({key: at.stored()[key] for key in others} == others, "other records were changed, too")


async def loses_update(of: Subject) -> None:
    target = of.target
    assert target is not None
    if target.update is None or not (columns := changed_columns(target)):
        raise DoesNotApply("it has no update" if target.update is None else "no column of the trial can be changed")
    async with trial(of) as at:
        all_created(await at.push(), at)
        at.fault(target.update, {"drop_after": True})
        change = [changed(at.rows[0], columns[0]), *at.rows[1:]]
        report = await at.push(change)
        must_end_with(0, report.exit_code, why(report))
        told = outcomes(report)
        expect(told == {"updated": 1, "unchanged": ROWS - 1}, f"the report tells {words(told)}")
        must_end_with(0, (second := await at.push(change)).exit_code, why(second))
        expect(at.made == ROWS, "the change became another record")
        expect(len(at.done("updated")) == 1, f"the change was made {len(at.done('updated'))} times")


async def keeps_others(of: Subject) -> None:
    """Records of others stand in the list before the first row is sent."""
    async with trial(of, rows=3) as at:
        before = at.stored()
        all_created(await at.push(), at)
        columns = changed_columns(at.target)
        if at.target.update is not None and columns:
            report = await at.push([changed(row, columns[0]) for row in at.rows])
            must_end_with(0, report.exit_code, why(report))
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
        all_created(await at.push(), at)
        key = int(id_of(at, at.rows[0]))
        store, theirs = at.store_of(key), changed(at.rows[0], columns[1])[columns[1]]
        store.put(key, edited(store.get(key) or {}, target.fields(columns[1])[0], theirs))
        report = await at.push([changed(at.rows[0], columns[0]), *at.rows[1:]])
        must_end_with(0, report.exit_code, why(report))
        expect(theirs in json.dumps(store.get(key)), "what a colleague wrote is gone")


async def verifies(of: Subject) -> None:
    """The records as they were sent, and then one that a colleague has changed."""
    async with trial(of) as at:
        all_created(report := await at.push(), at)
        found = (await at.at.verify(at.target.name, report.run_id)).found
        expect(found == {"equal": ROWS}, f"it finds {words(found)}")
        if columns := changed_columns(at.target):
            key = int(id_of(at, at.rows[0]))
            store, theirs = at.store_of(key), changed(at.rows[0], columns[0])[columns[0]]
            store.put(key, edited(store.get(key) or {}, at.target.fields(columns[0])[0], theirs))
            found = (await at.at.verify(at.target.name, report.run_id)).found
            expect(found == {"equal": ROWS - 1, "differs": 1}, f"after an edit it finds {words(found)}")


async def undoes(of: Subject) -> None:
    """A change of one row."""
    target = of.target
    assert target is not None
    if target.update is None or not (columns := changed_columns(target)):
        raise DoesNotApply("it has no update" if target.update is None else "no column of the trial can be changed")
    async with trial(of) as at:
        all_created(await at.push(), at)
        before = at.written()
        change = await at.push([changed(at.rows[0], columns[0]), *at.rows[1:]])
        must_end_with(0, change.exit_code, why(change))
        expect(at.written() != before, "the record was not changed")
        undone = await at.at.undo(at.target.name, change.run_id)
        must_end_with(0, undone.exit_code, why(undone))
        expect(at.written() == before, "the record is not as it was before")


async def says_why(of: Subject) -> None:
    async with trial(of) as at:
        at.fault(at.target.create, {"status": REFUSED}, nth=2)
        report = await at.push()
        must_end_with(65, report.exit_code, why(report))
        told = outcomes(report)
        expect(told.get("rejected") == 1, f"the report tells {words(told)}")
        expect(at.made == ROWS - 1, f"{at.made} of the other {ROWS - 1} records were created")
        said, reason = at.words_of(REFUSED), " ".join(reasons(report))
        expect(said in reason if said else str(REFUSED) in reason, f"the reason is told as: {reason or 'nothing'}")


async def deletes(of: Subject) -> None:
    target = of.target
    assert target is not None
    if target.delete is None:
        raise DoesNotApply("it has no delete")
    async with trial(of, rows=3) as at:
        strangers = set(at.stored())
        all_created(await at.push(), at)
        report = await at.push(at.rows[:1], "delete")
        must_end_with(0, report.exit_code, why(report))
        expect([entry["id"] for entry in at.done("deleted")] == [id_of(at, at.rows[0])], "another record was deleted")
        expect(strangers <= set(at.stored()), "a record of somebody else was deleted")


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
    Check("verifies", "a comparison finds what differs, and nothing else", verifies),
    Check("undoes", "a change that is taken back leaves the record as it was", undoes),
    Check("deletes", "a delete takes its own record, and no other", deletes),
)
