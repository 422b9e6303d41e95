"""A field that changes its type does not replace a good table by what is left: it is not believed too easily."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.runs.report import TablesReport
from tests.support.clock import NOON, QuickClock
from tests.support.scripted import Answer, Seen, Server, customer, is_closing, page
from tests.support.workplace import BIKES, Project

DAY = timedelta(days=1)
UNREADABLE = {"city": ["Utrecht"]}


class Shop:
    """A shop of forty, each of whom may be told otherwise than the document says; a day passes with each export."""

    def __init__(self, project: Project, server: Server) -> None:
        self.project, self.server = project.configure(BIKES, server.base_url), server
        self.told: dict[int, dict[str, Any]] = {number: {} for number in range(1, 41)}
        self.changed: list[int] = []
        self.days = 0
        server.script = self.answer

    def answer(self, seen: Seen) -> Answer:
        asked = self.changed if is_closing(seen) else self.told
        body = page([customer(number, **self.told[number]) for number in asked])
        return Answer(body, headers={"Date": format_datetime(self.now, usegmt=True)})

    @property
    def now(self) -> Any:
        return NOON + self.days * DAY

    def spoil(self, numbers: range, **how: Any) -> None:
        self.told |= dict.fromkeys(numbers, how or UNREADABLE)

    async def export(self, **how: Any) -> TablesReport:
        self.days += 1
        return await self.project.export(clock=QuickClock(self.now), **how)

    @property
    def files(self) -> dict[str, bytes]:
        """The tables and the rejects that belong to them."""
        out, left = self.project.out, self.refused_file
        return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*bikes.customers*") if p != left}

    @property
    def refused_file(self) -> Path:
        return self.project.out / "rejects" / "bikes.customers.refused.jsonl"

    @property
    def refused(self) -> list[Any]:
        """The ids of the records of tables that were not written."""
        return [
            json.loads(json.loads(line)["raw"])["customer_id"] for line in self.refused_file.read_text().splitlines()
        ]


@pytest.fixture
def shop(project: Project) -> Iterator[Shop]:
    with Server([]) as server:
        yield Shop(project, server)


@pytest.mark.parametrize(
    "how", [{"city": {"name": "Utrecht"}}, {"name": {"last": "Jansen"}}, {"customer_id": {"id": 1}}]
)
async def test_a_field_that_changes_its_type_keeps_the_table(how: dict[str, Any], shop: Shop) -> None:
    assert (await shop.export()).exit_code == 0
    before = shop.files
    shop.spoil(range(1, 41), **how)
    report = await shop.export()
    assert (report.exit_code, report.status) == (76, "failed")
    (error,) = report.errors
    assert "40 of 40 rows" in str(error)
    assert "--accept-rejects" in str(error)
    assert "The tables are as they were" in str(error)
    (field,) = how
    assert f"{field}: expected" in str(error)
    assert "got an object" in str(error)
    assert shop.files == before


@pytest.mark.parametrize(("unreadable", "code"), [(8, 65), (9, 76)])
async def test_a_fifth_of_the_table_may_become_unreadable(unreadable: int, code: int, shop: Shop) -> None:
    await shop.export()
    before = shop.files
    shop.spoil(range(1, unreadable + 1))
    assert (await shop.export()).exit_code == code
    assert (shop.files == before) == (code == 76)


async def test_what_is_accepted_needs_no_call_and_is_what_there_is_from_then_on(shop: Shop) -> None:
    await shop.export()
    shop.spoil(range(1, 21))
    assert (await shop.export()).exit_code == 76
    asked = len(shop.server.seen)
    shop.days -= 1
    report = await shop.export(accept_rejects=True)
    assert (report.exit_code, report.rejected, len(shop.server.seen)) == (65, 20, asked)
    assert shop.project.table().height == 20
    assert len((shop.project.out / "rejects" / "bikes.customers.jsonl").read_text().splitlines()) == 20
    again = await shop.export()
    assert (again.exit_code, again.rejected) == (65, 20)


async def test_what_is_not_believed_can_be_looked_at_until_the_next_run(shop: Shop) -> None:
    await shop.export()
    for numbers in (range(1, 21), range(21, 31)):
        shop.spoil(numbers)
        report = await shop.export()
        assert report.exit_code == 76
        assert f"What cannot be read is in {shop.refused_file}." in str(report.errors[0])
        told = report.as_dict()["accounts"]["bikes"]["streams"]["customers"]
        assert told["rejects"] == str(shop.refused_file)
        assert sorted(shop.refused) == list(range(1, numbers.stop))
        assert shop.refused_file.stat().st_mode & 0o777 == 0o600
    shop.days -= 1
    assert (await shop.export(accept_rejects=True)).exit_code == 65
    assert not shop.refused_file.exists()


async def test_tables_that_lost_rows_alone_leave_no_file_of_what_cannot_be_read(shop: Shop) -> None:
    await shop.export()
    shop.told = {1: {}}
    report = await shop.export()
    assert (report.exit_code, "cannot be read" in str(report.errors[0])) == (76, False)
    assert not shop.refused_file.exists()
    assert "rejects" not in report.as_dict()["accounts"]["bikes"]["streams"]["customers"]


async def test_who_accepts_deletions_does_not_accept_rejects(shop: Shop) -> None:
    await shop.export()
    shop.told = {number: how for number, how in shop.told.items() if number > 10}
    shop.spoil(range(11, 26))
    for how in ({}, {"accept_deletions": True}, {"accept_rejects": True}):
        report = await shop.export(**how)
        assert report.exit_code == 76
        told = str(report.errors[0])
        assert ("--accept-rejects" in told) == ("accept_rejects" not in how)
        assert ("--accept-deletions" in told) == ("accept_deletions" not in how)
    report = await shop.export(accept_deletions=True, accept_rejects=True)
    assert report.exit_code == 65
    built = report.streams[0].built
    assert built is not None and (built.rejected, built.vanished) == (15, 10)


async def test_rows_that_are_new_and_unreadable_count_by_what_came(shop: Shop) -> None:
    await shop.export()
    shop.spoil(range(41, 56))
    report = await shop.export()
    assert (report.exit_code, "15 of 55 rows" in str(report.errors[0])) == (76, True)
    assert (await shop.export(accept_rejects=True)).exit_code == 65
    assert (await shop.export()).exit_code == 65, "they are known by now"


async def test_changes_of_a_changed_type_do_not_move_the_cursor(shop: Shop) -> None:
    await shop.export()
    before = shop.files
    shop.spoil(range(1, 31))
    shop.changed = list(range(1, 31))
    assert (await shop.export(since="last")).exit_code == 76
    assert shop.files == before
    first = shop.server.seen[-1].query["modified_since"]
    assert (await shop.export(since="last")).exit_code == 76
    assert shop.server.seen[-1].query["modified_since"] == first


async def test_one_change_that_cannot_be_read_is_set_aside(shop: Shop) -> None:
    await shop.export()
    shop.spoil(range(1, 2))
    shop.changed = [1]
    report = await shop.export(since="last")
    assert (report.exit_code, report.rejected, shop.project.table().height) == (65, 1, 40)


async def test_a_first_export_keeps_what_can_be_read(shop: Shop) -> None:
    shop.spoil(range(1, 21))
    report = await shop.export()
    assert (report.exit_code, report.rejected, shop.project.table().height) == (65, 20, 20)
    assert (await shop.export()).exit_code == 65


async def test_a_table_of_which_the_state_knows_nothing_is_kept_too(shop: Shop) -> None:
    await shop.export()
    before = shop.files
    shop.project.state.rename(shop.project.folder / "lost")
    shop.spoil(range(1, 41))
    assert (await shop.export()).exit_code == 76
    assert shop.files == before


async def test_a_replay_that_reads_less_than_the_export_did_keeps_the_table(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from etl.systems import SYSTEMS
    from etl.systems.declare import Integer

    await shop.export()
    again = shop.project.folder / "again"
    assert (await shop.project.replay(out=again)).exit_code == 0
    good = (again / "contacts" / "bikes.customers.parquet").read_bytes()
    system = SYSTEMS["cyclesoftware"]
    streams = tuple(replace(stream, wire={**stream.wire, "city": Integer()}) for stream in system.streams)
    monkeypatch.setitem(SYSTEMS.loaded, "cyclesoftware", replace(system, streams=streams))
    report = await shop.project.replay(out=again)
    assert (report.exit_code, "40 of 40 rows" in str(report.errors[0])) == (76, True)
    assert f"What cannot be read is in {again / 'rejects' / 'bikes.customers.refused.jsonl'}." in str(report.errors[0])
    assert (again / "contacts" / "bikes.customers.parquet").read_bytes() == good
    accepted = await shop.project.replay(out=again, accept_rejects=True)
    assert (accepted.exit_code, accepted.rejected) == (65, 40)
    assert pl.read_parquet(again / "contacts" / "bikes.customers.parquet").height == 0


def test_the_commands_accept_rejects_when_told(project: Project, tmp_path: Path) -> None:
    with Server([]) as server:
        shop = Shop(project, server)
        shop.answer = lambda seen: Answer(  # type: ignore[method-assign]
            page([customer(n, **shop.told[n]) for n in (shop.changed if is_closing(seen) else shop.told)])
        )
        server.script = shop.answer
        assert project.cli("export", "--out", "out").code == 0
        shop.spoil(range(1, 31))
        ran = project.cli("export", "--out", "out", "--json")
        assert (ran.code, ran.summary["exit_code"], "--accept-rejects" in ran.err) == (76, 76, True)
        asked = len(server.seen)
        ran = project.cli("export", "--out", "out", "--accept-rejects", "--json")
        assert (ran.code, ran.summary["rejected"], len(server.seen)) == (65, 30, asked)
        assert project.cli("replay", "--out", "again", "--accept-rejects").code == 65


def test_a_migration_accepts_rejects_when_told(project: Project) -> None:
    """The look at the target, which is no record here, ends each of them with 75: it comes after the export."""
    to = '[accounts.to]\nsystem = "cyclesoftware"\nbase_url = "{url}"\nusername = "other"\npassword = "s3cr3t-2"\n'
    with Server([]) as server:
        shop = Shop(project, server)
        server.script = lambda seen: Answer(
            page([customer(n, **shop.told[n]) for n in (shop.changed if is_closing(seen) else shop.told)])
        )
        project.configure(BIKES + to, server.base_url)
        move = ("migrate", "bikes.customers", "--to", "to.customers", "--dry-run")
        assert project.cli(*move).code == 75
        shop.spoil(range(1, 31))
        ran = project.cli(*move)
        assert (ran.code, "--accept-rejects" in ran.err) == (76, True)
        assert project.cli(*move, "--accept-rejects").code == 75
