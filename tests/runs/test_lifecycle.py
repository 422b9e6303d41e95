"""The life of a run: whatever ends it, the journal and the file of its run say the same."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from etl.errors import CannotCreate
from etl.push.report import PushReport
from etl.runs.export_order import ExportOrder
from etl.runs.lifecycle import Lifecycle
from etl.runs.replay import replay
from etl.runs.report import RunReport, StreamReport, TablesReport
from etl.runs.stop import Stop, Stopped
from etl.runs.workspace import select
from etl.simulator import Simulator
from etl.state.database import Database
from etl.state.journal import Journal
from etl.state.journal_schema import MIGRATIONS
from etl.state.manifests import Manifests
from tests.support.clock import HandClock, settle
from tests.support.workplace import BIKES, BOOKS, PARK, Project

REPORTS: list[Callable[[str], RunReport]] = [
    lambda run_id: TablesReport("export", run_id, [StreamReport("bikes", "customers")]),
    lambda run_id: PushReport("push", run_id, "bikes.customers"),
]


async def endless() -> None:
    await asyncio.Event().wait()


class Place:
    """A journal and a folder for one run, on a clock that is moved by hand."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.out, self.clock, self.stop = folder / "out", HandClock(), Stop()
        self.journal = Journal(database, Manifests(database, folder / "landing"))
        self.life = Lifecycle(self.out, clock=self.clock, stop=self.stop)
        self.told: list[str] = []
        self._database = folder / "state.db"

    async def live(self, report: RunReport, work: Callable[[], Awaitable[None]]) -> RunReport:
        return await self.life.live(
            report,
            work,
            conclude=lambda: self.told.append("concluded"),
            retain=lambda: self.told.append(f"retained, ended {self.row['ended_at'] is not None}"),
        )

    @property
    def row(self) -> Any:
        with closing(sqlite3.connect(self._database)) as database:
            database.row_factory = sqlite3.Row
            return database.execute("SELECT * FROM runs").fetchone()

    def kept(self, report: RunReport) -> tuple[dict[str, Any], dict[str, Any]]:
        """The summary as the journal and as the file has it."""
        file = self.out / "runs" / f"{report.run_id}.json"
        return json.loads(self.row["summary"]), json.loads(file.read_text("utf-8"))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with closing(Database(tmp_path / "state.db", MIGRATIONS)) as database:
        yield Place(tmp_path, database)


@pytest.mark.parametrize("report_of", REPORTS)
async def test_a_run_begins_works_reports_and_ends(report_of: Callable[[str], RunReport], place: Place) -> None:
    report = report_of(place.life.begin(place.journal, "export", "{}"))
    assert (place.row["run_id"], place.row["ended_at"], place.out.is_dir()) == (report.run_id, None, True)

    async def work() -> None:
        place.told.append("worked")
        await place.clock.advance(12.5)

    assert await place.live(report, work) is report
    assert place.told == ["worked", "concluded", "retained, ended True"]
    journalled, filed = place.kept(report)
    assert journalled == filed == report.as_dict()
    assert (filed["status"], filed["exit_code"], filed["seconds"]) == (
        place.row["status"],
        place.row["exit_code"],
        12.5,
    )


@pytest.mark.parametrize("report_of", REPORTS)
@pytest.mark.parametrize("code", [130, 143])
async def test_a_run_that_is_stopped_ends_with_its_report_and_the_code_of_the_stop(
    code: int, report_of: Callable[[str], RunReport], place: Place
) -> None:
    report = report_of(place.life.begin(place.journal, "export", "{}"))
    running = asyncio.create_task(place.stop.watch(place.live(report, endless)))
    await settle()
    caller = threading.Thread(target=place.stop.now, args=(code,))
    caller.start()
    caller.join()
    await settle()
    assert running.done()
    with pytest.raises(Stopped) as stopped:
        await running
    assert stopped.value.report is report
    assert place.told == ["concluded", "retained, ended True"]
    journalled, filed = place.kept(report)
    assert journalled == filed
    assert (filed["exit_code"], place.row["exit_code"], filed["status"]) == (code, code, "failed")


async def test_whoever_cancels_the_task_itself_interrupts_the_run(place: Place) -> None:
    report = REPORTS[0](place.life.begin(place.journal, "export", "{}"))
    running = asyncio.create_task(place.live(report, endless))
    await settle()
    running.cancel("143")  # a text says nothing
    with pytest.raises(Stopped):
        await running
    assert place.row["exit_code"] == 130


async def test_a_bug_leaves_a_run_without_an_end(place: Place) -> None:
    report = REPORTS[0](place.life.begin(place.journal, "export", "{}"))

    async def work() -> None:
        raise LookupError("odd")

    with pytest.raises(LookupError):
        await place.live(report, work)
    assert (place.row["ended_at"], place.told) == (None, [])


def test_a_run_that_has_nowhere_to_write_does_not_begin(place: Place) -> None:
    place.out.write_text("a file")
    with pytest.raises(CannotCreate):
        place.life.begin(place.journal, "export", "{}")
    assert place.row is None


async def test_a_replay_that_is_stopped_says_what_it_built(project: Project) -> None:
    async with Simulator(rows=1500, page_size=500, products=0, per_minute=None, per_day=None) as server:
        loaded = project.configure(BIKES + PARK + BOOKS, server.base_url).settings()
        await project.export("bikes", "park.contacten", "books.contacts")
    out, stop = project.folder / "again", Stop()
    order = ExportOrder(select(loaded, ["bikes", "park.contacten", "books.contacts"]), out, ("xlsx",))
    running = asyncio.create_task(stop.watch(replay(loaded, order, stop=stop)))
    while not (out / "contacts" / "bikes.customers.xlsx").exists():
        await asyncio.sleep(0.005)
    stop.now()
    with pytest.raises(Stopped) as stopped:
        await running
    summary = json.loads((out / "runs" / f"{stopped.value.report.run_id}.json").read_text("utf-8"))
    assert (summary["command"], summary["status"], summary["exit_code"]) == ("replay", "partial", 143)
    streams = {
        f"{account}.{name}": entry
        for account, told in summary["accounts"].items()
        for name, entry in told["streams"].items()
    }
    left = {name for name, entry in streams.items() if entry.get("status") == "unfinished"}
    assert "books.contacts" in left, "the last one had not begun"
    assert {file.stem for file in (out / "contacts").glob("*.xlsx")} == streams.keys() - left
