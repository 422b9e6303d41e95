"""The promises of reading a stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from pydantic import ValidationError

from etl import records
from etl.conformance import lists
from etl.conformance.checks import Broken, Check, DoesNotApply, Subject, expect, must_end_with
from etl.conformance.place import ACCOUNT, Place, place
from etl.conformance.tables import extras, landed_ids, path_of, table
from etl.runs.lookup import get_record
from etl.runs.report import TablesReport
from etl.simulator.declared.values import UNDECLARED
from etl.simulator.declared.vendor import FIRST_ID
from etl.systems.declare import Stream
from etl.systems.shared.dotted import nested

WAIT_S = 7
"""The seconds that a server asks to wait."""
DAY_S = 86_400


@asynccontextmanager
async def shop(of: Subject) -> AsyncIterator[tuple[Place, Stream]]:
    """A place whose list has two pages and a half."""
    assert of.stream is not None
    async with place(of.system, of.targets, rows=lists.rows_of(of.stream)) as at:
        yield at, of.stream


def _complete(report: TablesReport, stream: Stream) -> None:
    """Raise Broken unless every record of the list is there, once."""
    rows = lists.rows_of(stream)
    must_end_with(0, report.exit_code, report.as_dict()["error"])
    told = report.as_dict()
    expect(told["written"] == rows, f"{told['written']} of {rows} records are in the table")


def _refused(report: TablesReport, at: Place, stream: Stream) -> None:
    """Raise Broken unless the list is called wrong, and nothing is written as if it were whole."""
    must_end_with(76, report.exit_code, report.as_dict()["error"])
    expect(not path_of(at, stream).exists(), "a table is written all the same")


async def reads_all(of: Subject) -> None:
    async with shop(of) as (at, stream):
        _complete(await at.export(stream.name), stream)
        ids = set(table(at, stream)["source_id"])
        lost = {str(FIRST_ID + row) for row in range(lists.rows_of(stream))} - ids
        expect(not lost, f"{len(lost)} records have another id in the table than at the server")
        pages = [call for call in at.api.told if call.stream == stream.name and call.rows]
        expect(len(pages) > 1 or not lists.is_paged(stream), "the list came in one page")


async def fits(of: Subject) -> None:
    async with shop(of) as (at, stream):
        _complete(await at.export(stream.name), stream)
        for name in stream.tables:
            frame = table(at, stream, name)
            expect(dict(frame.schema) == records.polars_schema(name), f"{name} has other columns or types")
            try:
                for row in frame.head(lists.size_of(stream)).to_dicts():
                    records.TABLES[name].model_validate(row)
            except ValidationError as error:
                where = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
                raise Broken(f"{name}.{where} has a value that its schema does not allow") from None


async def fills(of: Subject) -> None:
    async with shop(of) as (at, stream):
        _complete(await at.export(stream.name), stream)
        frame, own = table(at, stream), stream.names.get(stream.tables[0], {})
        told = {column for column, path in own.items() if column in FILLED and "[" not in path}  # which of a list: no
        empty = sorted(column for column in told if frame[column].null_count() == frame.height)
        expect(not empty, f"no row has anything in {', '.join(empty)}, for which there is a field")


FILLED = ("display_name", "name", "company_name", "first_name", "last_name", "email", "phone", "postcode", "city")
"""Columns that the records of a trial have values for, whatever the vendor's words are."""


async def keeps_unknown(of: Subject) -> None:
    async with shop(of) as (at, stream):
        _complete(await at.export(stream.name), stream)
        frame = table(at, stream)
        if "extra" not in frame.columns:
            raise DoesNotApply(f"{stream.tables[0]} has no column extra")
        lost = sum(UNDECLARED not in (extra or {}) for extra in extras(frame))
        expect(not lost, f"a field that nobody declared is lost in {lost} of {frame.height} rows")


async def lands(of: Subject) -> None:
    async with shop(of) as (at, stream):
        _complete(await at.export(stream.name), stream)
        lost = set(table(at, stream)["source_id"]) - landed_ids(at, stream)
        expect(not lost, f"{len(lost)} records of the table are in no landed page")


async def replays(of: Subject) -> None:
    async with shop(of) as (at, stream):
        _complete(await at.export(stream.name), stream)
        calls = at.simulator.stats["requests"]
        again = at.folder / "again"
        must_end_with(0, (report := await at.replay(stream.name, again)).exit_code, report.as_dict()["error"])
        expect(at.simulator.stats["requests"] == calls, "the replay made calls")
        for name in stream.tables:
            one, other = table(at, stream, name), table(at, stream, name, again)
            expect(one.equals(other), f"{name} is another after a replay")


async def resumes(of: Subject) -> None:
    if not lists.is_paged(_of(of)):
        raise DoesNotApply("the list is one answer")
    async with shop(of) as (at, stream):
        at.api.twist = lists.BreaksOff()
        broken = await at.export(stream.name)
        must_end_with(75, broken.exit_code, broken.as_dict()["error"])
        expect(not path_of(at, stream).exists(), "a table is written from a part of the list")
        at.api.twist = lists.Twisted()
        _complete(await at.export(stream.name), stream)
        asked = Counter(orjson.dumps([call.stream, sorted(call.parameters.items())]) for call in at.api.told)
        twice = [times for times in asked.values() if times > 1]
        expect(not twice, f"{len(twice)} pages that had landed were asked for again")


async def counts_rows(of: Subject) -> None:
    where = lists.rows_told(_of(of))
    if where is None:
        raise DoesNotApply("no answer tells how many rows there are")
    async with shop(of) as (at, stream):
        at.api.twist = lists.MoreTold(where)
        _refused(await at.export(stream.name), at, stream)


async def counts_page(of: Subject) -> None:
    if not _of(of).envelope.count:
        raise DoesNotApply("no answer tells how many records it holds")
    async with shop(of) as (at, stream):
        at.api.miscounts = 1
        _refused(await at.export(stream.name), at, stream)


async def stands_still(of: Subject) -> None:
    if not lists.shows_that_pages_differ(_of(of)):
        raise DoesNotApply("the list is one answer, or such a page is its end")
    async with shop(of) as (at, stream):
        at.api.twist = lists.StandsStill()
        _refused(await at.export(stream.name), at, stream)


async def hollow(of: Subject) -> None:
    if not lists.goes_on_behind_an_empty_page(_of(of)):
        raise DoesNotApply("an empty page is the end, or none has a next one")
    async with shop(of) as (at, stream):
        at.api.twist = lists.Hollow()
        _refused(await at.export(stream.name), at, stream)


async def waits_429(of: Subject) -> None:
    await _waits(of, 429)


async def waits_503(of: Subject) -> None:
    await _waits(of, 503)


async def _waits(of: Subject, status: int) -> None:
    async with shop(of) as (at, stream):
        number = 2 if lists.is_paged(stream) else 1
        at.api.twist = twist = lists.Refuses(status, {"Retry-After": str(WAIT_S)}, first=number, last=number)
        began = at.clock.now()
        _complete(await at.export(stream.name), stream)
        expect(twist.requests > number, "the server was not asked again")
        waited = (at.clock.now() - began).total_seconds()
        expect(waited >= WAIT_S, f"it asks to wait {WAIT_S} s, and was asked again after {waited:.1f} s")


async def sets_aside(of: Subject) -> None:
    async with shop(of) as (at, stream):
        store, key = at.store(stream.name), FIRST_ID + 3
        damaged = store.get(key) or {}
        store.put(key, nested({stream.key: None}, over=damaged))
        await at.clock.sleep(DAY_S)
        report = await at.export(stream.name)
        must_end_with(65, report.exit_code, report.as_dict()["error"])
        told, rows = report.as_dict(), lists.rows_of(stream)
        expect((told["rejected"], told["written"]) == (1, rows - 1), f"{told['written']} of the other {rows - 1} came")
        kept = at.out / "rejects" / f"{ACCOUNT}.{stream.name}.jsonl"
        expect(kept.exists(), "the record that has no id is kept nowhere")


async def gets_one(of: Subject) -> None:
    if not _of(of).get:
        raise DoesNotApply("it has no get")
    async with shop(of) as (at, stream):
        _complete(await at.export(stream.name), stream)
        found = await get_record(at.settings, f"{ACCOUNT}.{stream.name}", str(FIRST_ID))
        ids = [row["source_id"] for row in found.records]
        expect(ids == [str(FIRST_ID)], "another record came, or none")


async def fetches_changes(of: Subject) -> None:
    if _of(of).since is None:
        raise DoesNotApply("it has no since")
    async with shop(of) as (at, stream):
        _complete(await at.export(stream.name), stream)
        await at.clock.sleep(DAY_S)
        store, key = at.store(stream.name), FIRST_ID + 1
        store.put(key, {**(store.get(key) or {}), UNDECLARED: "changed"})
        before = len(at.api.told)
        report = await at.export(stream.name, since="last")
        must_end_with(0, report.exit_code, report.as_dict()["error"])
        asked = at.api.told[before:]
        expect(all(stream.since in call.parameters for call in asked), "the whole list was asked for")
        frame = table(at, stream)
        expect(frame.height == lists.rows_of(stream), f"{frame.height} of {lists.rows_of(stream)} records are there")
        changed = [extra for extra in extras(frame) if (extra or {}).get(UNDECLARED) == "changed"]
        expect(len(changed) == 1, "the record that changed is there as it was before")


async def tells_gone(of: Subject) -> None:
    async with shop(of) as (at, stream):
        _complete(await at.export(stream.name), stream)
        await at.clock.sleep(DAY_S)
        at.store(stream.name).remove(FIRST_ID + 2)
        report = await at.export(stream.name)
        must_end_with(0, report.exit_code, report.as_dict()["error"])
        frame = table(at, stream)
        if "deleted_at" not in frame.columns:
            raise DoesNotApply(f"{stream.tables[0]} has no column deleted_at")
        expect(frame.height == lists.rows_of(stream), f"{frame.height} of {lists.rows_of(stream)} records are there")
        gone = set(frame.filter(frame["deleted_at"].is_not_null())["source_id"])
        expect(gone == {str(FIRST_ID + 2)}, f"{len(gone)} records are told as deleted, and one is")


def _of(of: Subject) -> Stream:
    assert of.stream is not None
    return of.stream


CHECKS = (
    Check("reads_all", "every record is read, over several pages", reads_all),
    Check("fits", "every table has its published columns, types and values", fits),
    Check("fills", "a field that is for a column fills it", fills),
    Check("keeps_unknown", "a field that nobody declared is kept in extra", keeps_unknown),
    Check("sets_aside", "a record that cannot be read is set aside, the others pass", sets_aside),
    Check("lands", "every page is landed", lands),
    Check("replays", "a replay gives the same tables without a call", replays),
    Check("resumes", "after an interruption no page is fetched again", resumes),
    Check("counts_rows", "fewer rows than the answers tell: refused (76)", counts_rows),
    Check("counts_page", "fewer records than the page says: refused (76)", counts_page),
    Check("stands_still", "a page that comes again: refused (76)", stands_still),
    Check("hollow", "an empty page that is not the end: refused (76)", hollow),
    Check("waits_429", "a 429 is waited out, as long as it says", waits_429),
    Check("waits_503", "a 503 is waited out, as long as it says", waits_503),
    Check("gets_one", "a single record is read", gets_one),
    Check("fetches_changes", "of what changed alone the table is made anew", fetches_changes),
    Check("tells_gone", "a record that is gone is kept, as deleted", tells_gone),
)
